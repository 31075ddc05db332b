/** Kinds that are objects on the wire. */
import { isObject } from "../values.js";
import { isJson } from "./any.js";
import { into } from "./check.js";
/** The fields of an object, or of the variant of a union whose tag field is `tag`. */
function compileFields({ fields, closed }, scope, tag) {
    const plan = fields.map(({ name, type, optional, default: value }) => ({
        name,
        check: scope.compile(type),
        due: optional !== true && value === undefined,
        // Every object has these, so that only a look tells whether they are its own.
        inherited: name in Object.prototype,
    }));
    const known = new Set(fields.map((field) => field.name));
    if (tag !== undefined)
        known.add(tag);
    return (value, depth, report) => {
        if (!isObject(value))
            return report !== undefined && report.add("type", "an object", value);
        let valid = true;
        for (let at = 0; at < plan.length && (valid || report !== undefined); at += 1) {
            const { name, check, due, inherited } = plan[at];
            const content = inherited && !Object.hasOwn(value, name) ? undefined : value[name];
            if (content !== undefined)
                valid = into(check, content, depth, report, name) && valid;
            else if (due)
                valid = report !== undefined && report.add("required", "a value", content, name);
        }
        if (closed !== true)
            return valid;
        for (const key in value) {
            if (!known.has(key) && Object.hasOwn(value, key) && value[key] !== undefined) {
                valid = report !== undefined && report.add("unknown_field", "only fields of the type", value[key], key);
            }
        }
        return valid;
    };
}
/** Fields by name. */
export const checkObject = (type, scope) => compileFields(type, scope);
/** Several shapes, told apart by the text in one field. */
export const checkUnion = ({ tag, variants, open }, scope) => {
    const known = new Map(variants.map((variant) => [variant.value, compileFields(variant, scope, tag)]));
    return (value, depth, report) => {
        if (!isObject(value))
            return report !== undefined && report.add("type", "an object", value);
        const found = Object.hasOwn(value, tag) ? value[tag] : undefined;
        const variant = known.get(found);
        if (variant !== undefined)
            return variant(value, depth, report);
        if (open === true && typeof found === "string")
            return isJson(value, depth, report);
        return report !== undefined && report.add("tag", `one of ${variants.map((each) => JSON.stringify(each.value)).join(", ")}`, found, tag);
    };
};
/** Entries of one type under any names, or under those that match a pattern. */
export const checkMap = ({ values, keys, minEntries = 0, maxEntries = Infinity }, scope) => {
    const entry = scope.compile(values);
    const pattern = keys === undefined ? undefined : new RegExp(keys, "u");
    return (value, depth, report) => {
        if (!isObject(value))
            return report !== undefined && report.add("type", "an object", value);
        let valid = true;
        let count = 0;
        for (const key in value) {
            const content = value[key];
            if (content === undefined || !Object.hasOwn(value, key))
                continue;
            count += 1;
            if (pattern !== undefined && !pattern.test(key))
                valid = report !== undefined && report.add("key", `a name that matches ${keys}`, key, key);
            if (valid || report !== undefined)
                valid = into(entry, content, depth, report, key) && valid;
            if (!valid && report === undefined)
                return false;
        }
        if (count < minEntries)
            valid = report !== undefined && report.add("too_few", `at least ${minEntries} entries`, count);
        if (count > maxEntries)
            valid = report !== undefined && report.add("too_many", `at most ${maxEntries} entries`, count);
        return valid;
    };
};
