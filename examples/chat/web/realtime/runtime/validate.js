/**
 * The validator: closures compiled from the contract's table, the same algorithm as the server's.
 *
 * The first pass answers yes or no and allocates nothing; only a refused value is walked a second time to say why. Nothing is compiled
 * before it is needed, and nothing is evaluated as code, so a strict content security policy is no obstacle.
 */
import { countCharacters, isDateTime, isInt64, isUuid } from "./formats.js";
import { collectIssues, describe } from "./issues.js";
import { isObject, MAX_DEPTH, patternOf } from "./values.js";
/** One list for all valid values: the answer for a valid one allocates nothing. */
const NONE = Object.freeze([]);
/** Checks values against the types of one contract. */
export class Validator {
    contract;
    compiled = new Map();
    constructor(contract) {
        this.contract = contract;
    }
    /** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
    payload(event, data) {
        if (event.payload !== undefined && data !== undefined)
            return this.value(event.payload, data);
        if (event.payload === undefined && data === undefined)
            return NONE;
        const expected = event.payload === undefined ? "no data: this event is a signal" : "data";
        const received = describe(data);
        return [{ path: [], code: "payload", message: `expected ${expected}, got ${received}`, expected, received }];
    }
    /** What is wrong with a value of a type; an empty list for a valid one. */
    value(type, value) {
        return this.check(type)(value, 0) ? NONE : collectIssues(this.contract.types, type, value);
    }
    check(type) {
        let check = this.compiled.get(type);
        if (check === undefined) {
            const content = this.compile(type);
            check = (value, depth) => depth <= MAX_DEPTH && content(value, depth);
            this.compiled.set(type, check);
        }
        return check;
    }
    compile(type) {
        switch (type.kind) {
            case "string":
                return compileString(type.minLength ?? 0, type.maxLength ?? Infinity, type.pattern);
            case "dateTime":
                return (value) => typeof value === "string" && isDateTime(value);
            case "uuid":
                return (value) => typeof value === "string" && isUuid(value);
            case "int64":
                return (value) => typeof value === "string" && isInt64(value, type.signed);
            case "integer":
                return (value) => Number.isInteger(value) && value >= type.min && value <= type.max;
            case "number": {
                const { min = -Infinity, max = Infinity } = type;
                return (value) => Number.isFinite(value) && value >= min && value <= max;
            }
            case "boolean":
                return (value) => typeof value === "boolean";
            case "any":
                return isJson;
            case "enum": {
                const known = new Set(type.values.map((each) => each.value));
                return (value) => known.has(value);
            }
            case "object": {
                const fields = this.fields(type, undefined);
                return (value, depth) => isObject(value) && fields(value, depth);
            }
            case "union": {
                const variants = new Map(type.variants.map((each) => [each.value, this.fields(each, type.tag)]));
                return (value, depth) => isObject(value) && Object.hasOwn(value, type.tag) && (variants.get(value[type.tag])?.(value, depth) ?? false);
            }
            case "list": {
                const item = this.later(type.items);
                const { minItems = 0, maxItems = Infinity } = type;
                return (value, depth) => {
                    if (!Array.isArray(value) || value.length < minItems || value.length > maxItems)
                        return false;
                    for (let at = 0; at < value.length; at += 1)
                        if (!item(value[at], depth + 1))
                            return false;
                    return true;
                };
            }
            case "map": {
                const entry = this.later(type.values);
                return (value, depth) => isObject(value) && everyEntry(value, depth, entry);
            }
            case "ref":
                return this.reference(type.name);
            case "nullable": {
                const inner = this.later(type.of);
                return (value, depth) => value === null || inner(value, depth);
            }
        }
    }
    /** Compiles on first use, which is also what lets a type refer to itself. */
    later(type) {
        let check;
        return (value, depth) => (check ??= this.check(type))(value, depth);
    }
    reference(name) {
        const type = this.contract.types[name];
        return type === undefined ? () => false : this.later(type);
    }
    fields({ fields, closed }, tag) {
        const checks = fields.map((field) => [field, this.later(field.type)]);
        const known = new Set(fields.map((field) => field.name));
        if (tag !== undefined)
            known.add(tag);
        return (value, depth) => {
            for (const [field, check] of checks) {
                const content = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
                if (content === undefined ? field.optional !== true : !check(content, depth + 1))
                    return false;
            }
            if (closed !== true)
                return true;
            for (const key in value)
                if (Object.hasOwn(value, key) && value[key] !== undefined && !known.has(key))
                    return false;
            return true;
        };
    }
}
function compileString(minLength, maxLength, source) {
    let pattern;
    return (value) => {
        if (typeof value !== "string")
            return false;
        // UTF-16 has at least as many units as code points, and at most twice as many: most texts need no count.
        if (value.length < minLength || value.length > maxLength * 2)
            return false;
        if (value.length > maxLength || value.length < minLength * 2) {
            const length = countCharacters(value);
            if (length < minLength || length > maxLength)
                return false;
        }
        return source === undefined || (pattern ??= patternOf(source)).test(value);
    };
}
function everyEntry(value, depth, check) {
    for (const key in value) {
        if (Object.hasOwn(value, key) && value[key] !== undefined && !check(value[key], depth + 1))
            return false;
    }
    return true;
}
/** Any JSON value, told from what JSON cannot say: functions, symbols, big integers, numbers that are not finite. */
function isJson(value, depth) {
    if (depth > MAX_DEPTH)
        return false;
    if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
        return true;
    if (Array.isArray(value)) {
        for (let at = 0; at < value.length; at += 1)
            if (!isJson(value[at], depth + 1))
                return false;
        return true;
    }
    return isObject(value) && everyEntry(value, depth, isJson);
}
