/** Lists on the wire. */
import { areUnique } from "./canonical.js";
import { fail, into, within } from "./check.js";
/** As many items as `min` and `max` say, all of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function list(item, min = 0, max = Infinity) {
    return (value, depth) => {
        if (!Array.isArray(value))
            return fail("type", value, "a list");
        let going = within(value.length, min, max, "too_few", "too_many");
        for (let at = 0; going && at < value.length; at += 1)
            going = into(item, value[at], depth, at);
        return going;
    };
}
/** A fixed number of items, each of a type of its own. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple(...items) {
    const { length } = items;
    return (value, depth) => Array.isArray(value)
        ? within(value.length, length, length, "too_few", "too_many") && items.every((item, at) => at >= value.length || into(item, value[at], depth, at))
        : fail("type", value, "a list");
}
/** Of lists, those without two items that are equal. */
export const unique = (value) => !Array.isArray(value) || areUnique(value) || fail("not_unique", value);
