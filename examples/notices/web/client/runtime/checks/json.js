/** Checked JSON: the assertions of JSON Schema, each as a closure of its own. */
import { countCharacters } from "../formats.js";
import { isObject, jsonType } from "../values.js";
import { isJson } from "./any.js";
import { areUnique, canonical } from "./canonical.js";
import { fail, into } from "./check.js";
import { isMultiple } from "./decimal.js";
/** JSON that a schema describes. It is checked as it stands, and as JSON first: no keyword looks at what nests too deep. */
export const checkJson = ({ schema }, scope) => {
    const check = compileSchema(schema, scope);
    return (value, depth, report) => isJson(value, depth, report) && check(value, depth, report);
};
function compileSchema(schema, scope) {
    if (schema === true)
        return () => true;
    if (schema === false)
        return (value, _depth, report) => fail(report, "never", value);
    return scope.once(schema, () => all([...simpleKeywords(schema, scope), ...listKeywords(schema, scope), ...objectKeywords(schema, scope), ...combinations(schema, scope)]));
}
/** Passes what passes every check. */
function all(checks) {
    return (value, depth, report) => {
        let valid = true;
        for (let at = 0; at < checks.length && (valid || report !== undefined); at += 1)
            valid = checks[at](value, depth, report) && valid;
        return valid;
    };
}
/** Keywords that look at one value and at nothing inside it; each leaves values of another type alone. */
function* simpleKeywords(schema, { contract }) {
    const { type, enum: values, pattern, format, multipleOf } = schema;
    if (type !== undefined) {
        const names = new Set(type);
        const fits = (value) => names.has(jsonType(value)) || (names.has("integer") && Number.isInteger(value));
        yield assertion("type", type.join(" or "), fits);
    }
    if (values !== undefined) {
        const known = new Set(values.map((value) => canonical(value)));
        yield assertion("enum", "a list of values", (value) => known.has(canonical(value)));
    }
    if (pattern !== undefined) {
        const regexp = new RegExp(pattern, "u");
        yield assertion("pattern", pattern, (value) => typeof value !== "string" || regexp.test(value));
    }
    if (format !== undefined) {
        const formatted = contract.formats?.[format];
        yield assertion("format", format, (value) => typeof value !== "string" || (formatted?.(value) ?? false));
    }
    if (multipleOf !== undefined)
        yield assertion("not_multiple", multipleOf, (value) => typeof value !== "number" || isMultiple(value, multipleOf));
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
function assertion(code, limit, holds) {
    return (value, _depth, report) => holds(value) || fail(report, code, value, limit);
}
function* listKeywords({ prefixItems, items, uniqueItems }, scope) {
    if (uniqueItems === true)
        yield assertion("not_unique", undefined, (value) => !Array.isArray(value) || areUnique(value));
    if (prefixItems === undefined && items === undefined)
        return;
    const prefix = (prefixItems ?? []).map((schema) => compileSchema(schema, scope));
    const rest = compileSchema(items ?? true, scope);
    yield (value, depth, report) => {
        if (!Array.isArray(value))
            return true;
        let valid = true;
        for (let at = 0; at < value.length && (valid || report !== undefined); at += 1)
            valid = into(prefix[at] ?? rest, value[at], depth, report, at) && valid;
        return valid;
    };
}
function* objectKeywords({ properties, required, patternProperties, additionalProperties = true }, scope) {
    for (const name of required ?? []) {
        yield (value, _depth, report) => !isObject(value) || (Object.hasOwn(value, name) && value[name] !== undefined) || fail(report, "required", undefined, name, name);
    }
    if (properties === undefined && patternProperties === undefined && additionalProperties === true)
        return;
    const named = new Map(Object.entries(properties ?? {}).map(([name, schema]) => [name, compileSchema(schema, scope)]));
    const matched = Object.entries(patternProperties ?? {}).map(([pattern, schema]) => [new RegExp(pattern, "u"), compileSchema(schema, scope)]);
    const additional = additionalProperties === false
        ? (value, _depth, report) => fail(report, "unknown_field", value)
        : compileSchema(additionalProperties, scope);
    yield (value, depth, report) => {
        if (!isObject(value))
            return true;
        let valid = true;
        for (const key of Object.keys(value)) {
            if (value[key] === undefined)
                continue;
            const property = named.get(key);
            const checks = matched.filter(([pattern]) => pattern.test(key)).map(([, check]) => check);
            if (property !== undefined)
                checks.unshift(property);
            if (checks.length === 0)
                checks.push(additional);
            for (const check of checks)
                valid = into(check, value[key], depth, report, key) && valid;
            if (!valid && report === undefined)
                return false;
        }
        return valid;
    };
}
function* combinations({ allOf, anyOf, oneOf, $ref }, scope) {
    for (const schema of allOf ?? [])
        yield compileSchema(schema, scope);
    if (anyOf !== undefined) {
        const branches = anyOf.map((schema) => compileSchema(schema, scope));
        yield (value, depth, report) => branches.some((branch) => branch(value, depth)) || fail(report, "choice", value, "several schemas");
    }
    if (oneOf !== undefined) {
        const branches = oneOf.map((schema) => compileSchema(schema, scope));
        yield (value, depth, report) => {
            let count = 0;
            for (let at = 0; at < branches.length && count < 2; at += 1)
                if (branches[at](value, depth))
                    count += 1;
            return count === 1 || fail(report, "choice", value, "several schemas, and no other of them");
        };
    }
    if ($ref !== undefined)
        yield reference($ref.slice("#/types/".length), scope);
}
/** The longest way from type to type that stays at one value. */
const MAX_STEPS = 64;
/** How many references are being followed at each depth. Whatever lies deeper lies inside, so one depth means one value. */
const steps = [];
function reference(name, scope) {
    const type = Object.hasOwn(scope.contract.types, name) ? scope.contract.types[name] : undefined;
    // What is JSON for one schema is JSON for another, and need not be walked again.
    const target = type === undefined ? compileSchema(false, scope) : type.kind === "json" ? compileSchema(type.schema, scope) : scope.compile(type);
    return (value, depth, report) => {
        const before = steps[depth] ?? 0;
        if (before >= MAX_STEPS)
            return fail(report, "too_deep", value, `${MAX_STEPS} types that only name each other in`);
        steps[depth] = before + 1;
        try {
            return target(value, depth, report);
        }
        finally {
            steps[depth] = before;
        }
    };
}
