/** Checked JSON: the assertions of JSON Schema, each as a closure of its own. */
import { countCharacters } from "../formats.js";
import { isObject, jsonType } from "../values.js";
import { all, ref } from "./alternatives.js";
import { any } from "./any.js";
import { canonical } from "./canonical.js";
import { fail, holds, into } from "./check.js";
import { unique } from "./lists.js";
import { multipleOf } from "./numbers.js";
import { pattern } from "./text.js";
import { forgetVerdicts, named } from "./verdicts.js";
/** Whether what is being looked at lies in a value that has been found to be JSON, and need not be walked again. */
let walked = false;
/** JSON that a schema describes. It is checked as it stands, and as JSON first: no keyword looks at what nests too deep. */
/* @__NO_SIDE_EFFECTS__ */
export function json(schema, scope = {}) {
    const check = new Compiler(scope).compile(schema);
    return (value, depth) => {
        if (walked)
            return check(value, depth);
        if (!holds(any, value, depth))
            return any(value, depth);
        walked = true;
        try {
            return check(value, depth);
        }
        finally {
            walked = false;
            forgetVerdicts();
        }
    };
}
/** Compiles schemas once each: one that leads back to itself meets a check that waits for its own. */
class Compiler {
    scope;
    made = new Map();
    constructor(scope) {
        this.scope = scope;
    }
    compile(schema) {
        if (schema === true)
            return anything;
        if (schema === false)
            return never;
        const known = this.made.get(schema);
        if (known !== undefined)
            return known;
        if (this.made.has(schema))
            return ref(() => this.made.get(schema) ?? never);
        this.made.set(schema, undefined);
        const check = all(...simpleKeywords(schema, this.scope), ...listKeywords(schema, this), ...objectKeywords(schema, this), ...combinations(schema, this));
        this.made.set(schema, check);
        return check;
    }
}
const anything = () => true;
const never = (value) => fail("never", value);
/** Keywords that look at one value and at nothing inside it; each leaves values of another type alone. */
function* simpleKeywords(schema, { formats = {} }) {
    const { type, enum: values, format } = schema;
    if (type !== undefined) {
        const names = new Set(type);
        const fits = (value) => names.has(jsonType(value)) || (names.has("integer") && Number.isInteger(value));
        yield assertion("type", type.join(" or "), fits);
    }
    if (values !== undefined) {
        const known = new Set(values.map((value) => canonical(value)));
        yield assertion("enum", "a list of values", (value) => known.has(canonical(value)));
    }
    if (schema.pattern !== undefined)
        yield pattern(schema.pattern);
    // A format that nobody knows refuses every text.
    if (format !== undefined)
        yield formats[format] ?? assertion("format", format, (value) => typeof value !== "string");
    if (schema.multipleOf !== undefined)
        yield multipleOf(schema.multipleOf);
    const characters = (value) => (typeof value === "string" ? countCharacters(value) : NaN);
    const number = (value) => (typeof value === "number" ? value : NaN);
    const items = (value) => (Array.isArray(value) ? value.length : NaN);
    const entries = (value) => (isObject(value) ? Object.keys(value).filter((key) => value[key] !== undefined).length : NaN);
    // What has no such measure gives NaN, which is on the wrong side of nothing.
    const measures = [
        [schema.minLength, characters, "too_short", (is, bound) => is < bound],
        [schema.maxLength, characters, "too_long", (is, bound) => is > bound],
        [schema.minimum, number, "too_small", (is, bound) => is < bound],
        [schema.maximum, number, "too_big", (is, bound) => is > bound],
        [schema.exclusiveMinimum, number, "too_small", (is, bound) => is <= bound, " (exclusive)"],
        [schema.exclusiveMaximum, number, "too_big", (is, bound) => is >= bound, " (exclusive)"],
        [schema.minItems, items, "too_few", (is, bound) => is < bound],
        [schema.maxItems, items, "too_many", (is, bound) => is > bound],
        [schema.minProperties, entries, "too_few", (is, bound) => is < bound],
        [schema.maxProperties, entries, "too_many", (is, bound) => is > bound],
    ];
    for (const [bound, measure, code, violates, remark = ""] of measures) {
        if (bound !== undefined)
            yield assertion(code, `${bound}${remark}`, (value) => !violates(measure(value), bound));
    }
}
function assertion(code, limit, passes) {
    return (value) => passes(value) || fail(code, value, limit);
}
function* listKeywords({ prefixItems = [], items = true, uniqueItems }, compiler) {
    if (uniqueItems === true)
        yield unique;
    const prefix = prefixItems.map((schema) => compiler.compile(schema));
    const rest = compiler.compile(items);
    if (prefix.length === 0 && rest === anything)
        return;
    yield (value, depth) => !Array.isArray(value) || value.every((item, at) => into(prefix[at] ?? rest, item, depth, at));
}
function* objectKeywords({ properties, required = [], patternProperties, additionalProperties = true }, compiler) {
    for (const name of required) {
        yield (value) => !isObject(value) || (Object.hasOwn(value, name) && value[name] !== undefined) || fail("required", undefined, name, name);
    }
    if (properties === undefined && patternProperties === undefined && additionalProperties === true)
        return;
    const named = new Map(Object.entries(properties ?? {}).map(([name, schema]) => [name, compiler.compile(schema)]));
    const matched = Object.entries(patternProperties ?? {}).map(([source, schema]) => [new RegExp(source, "u"), compiler.compile(schema)]);
    const additional = additionalProperties === false ? (value) => fail("unknown_field", value) : compiler.compile(additionalProperties);
    const checksOf = (key) => {
        const property = named.get(key);
        const checks = matched.filter(([regexp]) => regexp.test(key)).map(([, check]) => check);
        if (property !== undefined)
            checks.unshift(property);
        return checks.length === 0 ? [additional] : checks;
    };
    yield (value, depth) => !isObject(value) ||
        Object.keys(value).every((key) => value[key] === undefined || checksOf(key).every((check) => into(check, value[key], depth, key)));
}
function* combinations({ allOf = [], anyOf, oneOf, $ref }, compiler) {
    for (const schema of allOf)
        yield compiler.compile(schema);
    if (anyOf !== undefined) {
        const branches = anyOf.map((schema) => compiler.compile(schema));
        yield (value, depth) => branches.some((branch) => holds(branch, value, depth)) || fail("choice", value, "several schemas");
    }
    if (oneOf !== undefined) {
        const branches = oneOf.map((schema) => compiler.compile(schema));
        yield (value, depth) => {
            let count = 0;
            for (let at = 0; at < branches.length && count < 2; at += 1)
                if (holds(branches[at], value, depth))
                    count += 1;
            return count === 1 || fail("choice", value, "several schemas, and no other of them");
        };
    }
    if ($ref !== undefined) {
        const { types = {} } = compiler.scope;
        const name = $ref.slice("#/types/".length);
        yield Object.hasOwn(types, name) ? named(types[name]) : never;
    }
}
