/**
 * The validator: closures compiled from the contract's table, the same algorithm as the server's.
 *
 * What is compiled comes with the contract, so this module knows no kind of type. Nothing is compiled before it is needed, and nothing is
 * evaluated as code, so a strict content security policy is no obstacle.
 */
import { Collector } from "./issues.js";
/** One list for all valid values: the answer for a valid one allocates nothing. */
const NONE = [];
/** Checks values against the types of one contract. */
export class Validator {
    contract;
    compiled = new Map();
    fill;
    constructor(contract) {
        this.contract = contract;
        this.fill = contract.defaults?.(contract.types);
    }
    /** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
    payload({ payload }, data) {
        if (payload !== undefined && data !== undefined)
            return this.value(payload, data);
        if (payload === data)
            return NONE;
        const report = new Collector();
        report.add("payload", payload === undefined ? "no data: this event is a signal" : "data", data);
        return report.issues;
    }
    /** What is wrong with a value of a type; an empty list for a valid one. */
    value(type, value) {
        const check = this.compile(type);
        if (check(value, 0))
            return NONE;
        const report = new Collector();
        check(value, 0, report);
        return report.issues;
    }
    /** Valid data with its defaults filled in: the same data where nothing is missing. */
    filled({ payload }, data) {
        return this.fill === undefined || payload === undefined ? data : this.fill(payload, data);
    }
    compile(type) {
        return this.once(type, () => {
            // Each kind has a compiler of its own type, which the kind has just chosen.
            const kind = this.contract.checks[type.kind];
            return kind?.(type, this) ?? ((value, _depth, report) => report?.add("type", `a type that can be checked`, value) ?? false);
        });
    }
    once(node, make) {
        const known = this.compiled.get(node);
        if (known !== undefined)
            return known;
        let made;
        this.compiled.set(node, (value, depth, report) => made !== undefined && made(value, depth, report));
        made = make();
        this.compiled.set(node, made);
        return made;
    }
}
