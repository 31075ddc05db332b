/**
 * The validator: closures compiled from the contract's table, the same algorithm as the server's.
 *
 * What is compiled comes with the contract, so this module knows no kind of type. Nothing is compiled before it is needed, and nothing is
 * evaluated as code, so a strict content security policy is no obstacle.
 */
import { fail } from "./checks/check.js";
import { Collector } from "./issues.js";
/** One list for all valid values: the answer for a valid one allocates nothing. */
const NONE = [];
/** The check of a type that the contract does not have, or does not say how to check. */
const refuse = (value, _depth, report) => fail(report, "type", value, "a type of the contract");
/** What a check finds wrong: it runs a second time, with a report, only on a value that it has refused. */
export function issuesOf(check, value) {
    if (check(value, 0))
        return NONE;
    const report = new Collector();
    check(value, 0, report);
    return report.issues;
}
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
        report.add("payload", data, payload === undefined ? "no data: this event is a signal" : "data");
        return report.issues;
    }
    /** What is wrong with a value of a type; an empty list for a valid one. */
    value(type, value) {
        return issuesOf(this.compiled.get(type) ?? this.compile(type), value);
    }
    /** Valid data with its defaults filled in: the same data where nothing is missing. */
    filled({ payload }, data) {
        return this.fill === undefined || payload === undefined ? data : this.fill(payload, data);
    }
    compile(type) {
        // Each kind has a compiler of its own type, which the kind has just chosen.
        const compile = type && this.contract.checks[type.kind];
        return compile === undefined ? refuse : this.once(type, () => compile(type, this));
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
