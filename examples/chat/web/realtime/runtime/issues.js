/** What is wrong with a value, and where: found in a second pass, after a check has failed. */
import { countCharacters, isDateTime, isInt64, isUuid } from "./formats.js";
import { isObject, MAX_DEPTH, patternOf } from "./values.js";
/** More issues than this help nobody, and a long list of bad items must not cost more than it is worth. */
const MAX_ISSUES = 50;
const MAX_EXCERPT = 80;
/** Names a value without repeating more than 80 characters of it. */
export function describe(value) {
    if (typeof value === "string") {
        return JSON.stringify(value.length > MAX_EXCERPT ? `${value.slice(0, MAX_EXCERPT - 1)}…` : value);
    }
    if (Array.isArray(value))
        return "a list";
    if (value === undefined)
        return "nothing";
    return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, MAX_EXCERPT);
}
const nouns = {
    string: "a string",
    dateTime: "an RFC 3339 date-time with an offset",
    uuid: "a UUID",
    int64: "a 64-bit integer as decimal text",
    integer: "an integer",
    number: "a number",
    boolean: "a boolean",
    any: "any JSON",
    enum: "one of a list of strings",
    object: "an object",
    union: "an object",
    list: "a list",
    map: "an object",
    ref: "a named type",
    nullable: "a value or null",
};
/** Collects what is wrong with `value`. Gives an empty list for exactly the values that the compiled check accepts. */
export function collectIssues(types, type, value) {
    const walk = new Walk(types);
    walk.value(type, value, 0);
    return walk.issues;
}
/** One walk through one value. */
class Walk {
    issues = [];
    path = [];
    types;
    constructor(types) {
        this.types = types;
    }
    value(type, value, depth) {
        if (this.issues.length >= MAX_ISSUES)
            return;
        if (depth > MAX_DEPTH)
            return this.report("too_deep", `values that nest at most ${MAX_DEPTH} deep`, "one more level");
        switch (type.kind) {
            case "ref": {
                const named = this.types[type.name];
                return named === undefined ? this.mismatch(type, value) : this.value(named, value, depth);
            }
            case "nullable":
                return value === null ? undefined : this.value(type.of, value, depth);
            case "any":
                return this.any(value, depth);
            case "boolean":
                return typeof value === "boolean" ? undefined : this.mismatch(type, value);
            case "integer":
                return Number.isInteger(value) ? this.bounds(type, value) : this.mismatch(type, value);
            case "number":
                return Number.isFinite(value) ? this.bounds(type, value) : this.mismatch(type, value);
            case "string":
            case "dateTime":
            case "uuid":
            case "int64":
            case "enum":
                return typeof value === "string" ? this.text(type, value) : this.mismatch(type, value);
            case "list":
                return Array.isArray(value) ? this.list(type, value, depth) : this.mismatch(type, value);
            default:
                return isObject(value) ? this.record(type, value, depth) : this.mismatch(type, value);
        }
    }
    report(code, expected, received) {
        if (this.issues.length >= MAX_ISSUES)
            return;
        this.issues.push({ path: [...this.path], code, message: `expected ${expected}, got ${received}`, expected, received });
    }
    mismatch(type, value) {
        this.report("type", nouns[type.kind], describe(value));
    }
    inside(part, check) {
        this.path.push(part);
        check();
        this.path.pop();
    }
    text(type, value) {
        if (type.kind === "string") {
            const length = countCharacters(value);
            const { minLength, maxLength, pattern } = type;
            if (minLength !== undefined && length < minLength)
                this.report("too_short", `at least ${minLength} characters`, String(length));
            if (maxLength !== undefined && length > maxLength)
                this.report("too_long", `at most ${maxLength} characters`, String(length));
            if (pattern !== undefined && !patternOf(pattern).test(value))
                this.report("pattern", `text that matches ${pattern}`, describe(value));
        }
        else if (type.kind === "enum") {
            if (type.values.some((known) => known.value === value))
                return;
            this.report("enum", `one of ${type.values.map((known) => JSON.stringify(known.value)).join(", ")}`, describe(value));
        }
        else {
            const valid = type.kind === "dateTime" ? isDateTime(value) : type.kind === "uuid" ? isUuid(value) : isInt64(value, type.signed);
            if (!valid)
                this.report("format", nouns[type.kind], describe(value));
        }
    }
    bounds({ min, max }, value) {
        if (min !== undefined && value < min)
            this.report("too_small", `at least ${min}`, String(value));
        if (max !== undefined && value > max)
            this.report("too_big", `at most ${max}`, String(value));
    }
    list(type, value, depth) {
        const { minItems, maxItems } = type;
        if (minItems !== undefined && value.length < minItems)
            this.report("too_few", `at least ${minItems} items`, String(value.length));
        if (maxItems !== undefined && value.length > maxItems)
            this.report("too_many", `at most ${maxItems} items`, String(value.length));
        for (let at = 0; at < value.length; at += 1)
            this.inside(at, () => this.value(type.items, value[at], depth + 1));
    }
    record(type, value, depth) {
        if (type.kind === "object")
            return this.fields(type, undefined, value, depth);
        if (type.kind === "map") {
            for (const [key, entry] of Object.entries(value)) {
                if (entry !== undefined)
                    this.inside(key, () => this.value(type.values, entry, depth + 1));
            }
            return;
        }
        const tag = Object.hasOwn(value, type.tag) ? value[type.tag] : undefined;
        const variant = type.variants.find((known) => known.value === tag);
        if (variant !== undefined)
            return this.fields(variant, type.tag, value, depth);
        const known = type.variants.map((each) => JSON.stringify(each.value)).join(", ");
        this.inside(type.tag, () => this.report("tag", `one of ${known}`, describe(tag)));
    }
    fields(type, tag, value, depth) {
        for (const field of type.fields)
            this.inside(field.name, () => this.field(field, value, depth));
        if (type.closed !== true)
            return;
        const known = new Set(type.fields.map((field) => field.name));
        if (tag !== undefined)
            known.add(tag);
        for (const key of Object.keys(value)) {
            if (known.has(key) || value[key] === undefined)
                continue;
            this.inside(key, () => this.report("unknown_field", "only fields of the type", "one more"));
        }
    }
    field(field, value, depth) {
        const content = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
        if (content !== undefined)
            return this.value(field.type, content, depth + 1);
        if (field.optional !== true)
            this.report("required", nouns[field.type.kind], "nothing: the field is missing");
    }
    any(value, depth) {
        if (depth > MAX_DEPTH)
            return this.report("too_deep", `values that nest at most ${MAX_DEPTH} deep`, "one more level");
        if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
            return;
        if (typeof value !== "object")
            return this.report("type", "any JSON", describe(value));
        if (Array.isArray(value)) {
            for (let at = 0; at < value.length; at += 1)
                this.inside(at, () => this.any(value[at], depth + 1));
            return;
        }
        for (const [key, entry] of Object.entries(value)) {
            if (entry !== undefined)
                this.inside(key, () => this.any(entry, depth + 1));
        }
    }
}
