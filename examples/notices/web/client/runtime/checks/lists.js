/** Kinds that are lists on the wire. */
import { fail, into, within } from "./check.js";
/** Items of one type. A contract that asks for items that differ says who compares them. */
export const checkList = ({ items, minItems = 0, maxItems = Infinity, unique }, scope) => {
    const item = scope.compile(items);
    return (value, depth, report) => {
        if (!Array.isArray(value))
            return fail(report, "type", value, "a list");
        let valid = within(value.length, minItems, maxItems, report, "too_few", "too_many");
        for (let at = 0; at < value.length && (valid || report !== undefined); at += 1)
            valid = into(item, value[at], depth, report, at) && valid;
        // Last, because it alone costs more than a look at each item: a list with a bad item has been refused by then.
        return unique === true && (valid || report !== undefined) && scope.contract.checks.unique?.(value) !== true ? fail(report, "not_unique", value) : valid;
    };
};
/** A fixed number of items, each of a type of its own. */
export const checkTuple = ({ items }, scope) => {
    const checks = items.map((type) => scope.compile(type));
    return (value, depth, report) => {
        if (!Array.isArray(value))
            return fail(report, "type", value, "a list");
        let valid = within(value.length, checks.length, checks.length, report, "too_few", "too_many");
        checks.forEach((check, at) => {
            if (at < value.length && (valid || report !== undefined))
                valid = into(check, value[at], depth, report, at) && valid;
        });
        return valid;
    };
};
