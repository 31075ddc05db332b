/** JSON of any shape. */
import { isObject } from "../values.js";
import { fail, into } from "./check.js";
/** Any JSON value, told from what JSON cannot say: functions, symbols, big integers, numbers that are not finite. */
export const isJson = (value, depth, report) => {
    if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
        return true;
    let valid = true;
    if (Array.isArray(value)) {
        for (let at = 0; at < value.length && (valid || report !== undefined); at += 1)
            valid = into(isJson, value[at], depth, report, at) && valid;
    }
    else if (isObject(value)) {
        for (const key in value) {
            if (!Object.hasOwn(value, key) || value[key] === undefined)
                continue;
            valid = into(isJson, value[key], depth, report, key) && valid;
            if (!valid && report === undefined)
                return false;
        }
    }
    else
        valid = fail(report, "type", value, "any JSON");
    return valid;
};
/** Any JSON, limited in depth alone. */
export const checkAny = () => isJson;
