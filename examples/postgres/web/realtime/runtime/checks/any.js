/** JSON of any shape. */
import { isObject } from "../values.js";
import { fail, into } from "./check.js";
/** Any JSON value, told from what JSON cannot say: functions, symbols, big integers, numbers that are not finite. */
export const any = (value, depth) => {
    if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
        return true;
    let going = true;
    if (Array.isArray(value)) {
        for (let at = 0; going && at < value.length; at += 1)
            going = into(any, value[at], depth, at);
    }
    else if (isObject(value)) {
        for (const key in value) {
            if (!Object.hasOwn(value, key) || value[key] === undefined)
                continue;
            if (!into(any, value[key], depth, key))
                return false;
        }
    }
    else
        going = fail("type", value, "any JSON");
    return going;
};
