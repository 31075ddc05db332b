/** Kinds that are objects on the wire. */
import { isObject } from "../values.js";
import { fail, into, within } from "./check.js";
/** The fields of an object, or of the variant of a union whose tag field is `tag`. */
function compileFields({ fields, closed }, scope, tag) {
    const plan = fields.map(({ name, type, optional, default: absent }) => ({
        name,
        check: scope.compile(type),
        free: optional === true || absent !== undefined,
        // Every object has these, so that only a closer look tells whether they are its own.
        inherited: name in Object.prototype,
    }));
    const known = new Set([tag, ...fields.map(({ name }) => name)]);
    return (value, depth, report) => {
        if (!isObject(value))
            return fail(report, "type", value, "an object");
        let valid = true;
        for (let at = 0; at < plan.length; at += 1) {
            const { name, check, free, inherited } = plan[at];
            const content = inherited && !Object.hasOwn(value, name) ? undefined : value[name];
            if (!(content === undefined ? free || fail(report, "required", content, name, name) : into(check, content, depth, report, name))) {
                if (report === undefined)
                    return false;
                valid = false;
            }
        }
        if (closed === true) {
            for (const key in value) {
                if (!known.has(key) && Object.hasOwn(value, key) && value[key] !== undefined)
                    valid = fail(report, "unknown_field", value[key], key, key);
            }
        }
        return valid;
    };
}
/** Fields by name. */
export const checkObject = (type, scope) => compileFields(type, scope);
/** Several shapes, told apart by the text in one field. What an open union does not know is any JSON. */
export const checkUnion = ({ tag, variants, open }, scope) => {
    const known = new Map(variants.map((variant) => [variant.value, compileFields(variant, scope, tag)]));
    const other = scope.compile({ kind: "any" });
    return (value, depth, report) => {
        if (!isObject(value))
            return fail(report, "type", value, "an object");
        // What every object inherits is no text, so a tag that is not its own is none of the known ones.
        const found = value[tag];
        const variant = known.get(found) ?? (open === true && typeof found === "string" ? other : undefined);
        return variant === undefined ? fail(report, "tag", found, [...known.keys()], tag) : variant(value, depth, report);
    };
};
/** Entries of one type under any names, or under those that match a pattern. */
export const checkMap = ({ values, keys, minEntries = 0, maxEntries = Infinity }, scope) => {
    const entry = scope.compile(values);
    const pattern = keys === undefined ? undefined : new RegExp(keys, "u");
    return (value, depth, report) => {
        if (!isObject(value))
            return fail(report, "type", value, "an object");
        let valid = true;
        let count = 0;
        for (const key in value) {
            const content = value[key];
            if (content === undefined || !Object.hasOwn(value, key))
                continue;
            count += 1;
            if (pattern !== undefined && !pattern.test(key))
                valid = fail(report, "key", key, keys, key);
            valid = (valid || report !== undefined) && into(entry, content, depth, report, key) && valid;
            if (!valid && report === undefined)
                return false;
        }
        return within(count, minEntries, maxEntries, report, "too_few", "too_many") && valid;
    };
};
