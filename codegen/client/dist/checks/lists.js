/** Kinds that are lists on the wire. */
import { repeats } from "./canonical.js";
import { into } from "./check.js";
/** Items of one type. */
export const checkList = ({ items, minItems = 0, maxItems = Infinity, unique }, scope) => {
    const item = scope.compile(items);
    return (value, depth, report) => {
        if (!Array.isArray(value))
            return report !== undefined && report.add("type", "a list", value);
        const { length } = value;
        let valid = true;
        if (length < minItems)
            valid = report !== undefined && report.add("too_few", `at least ${minItems} items`, length);
        if (length > maxItems)
            valid = report !== undefined && report.add("too_many", `at most ${maxItems} items`, length);
        for (let at = 0; at < length && (valid || report !== undefined); at += 1)
            valid = into(item, value[at], depth, report, at) && valid;
        // Last, because it is the only part that costs more than a look: a list with bad items has been refused by then.
        if (unique === true && (valid || report !== undefined) && repeats(value))
            valid = report !== undefined && report.add("not_unique", "items that differ", value);
        return valid;
    };
};
/** A fixed number of items, each of a type of its own. */
export const checkTuple = ({ items }, scope) => {
    const checks = items.map((type) => scope.compile(type));
    return (value, depth, report) => {
        if (!Array.isArray(value))
            return report !== undefined && report.add("type", "a list", value);
        let valid = true;
        if (value.length !== checks.length) {
            valid = report !== undefined && report.add(value.length < checks.length ? "too_few" : "too_many", `${checks.length} items`, value.length);
        }
        checks.forEach((check, at) => {
            if (at < value.length && (valid || report !== undefined))
                valid = into(check, value[at], depth, report, at) && valid;
        });
        return valid;
    };
};
