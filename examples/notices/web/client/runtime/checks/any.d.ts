/** JSON of any shape. */
import { type Check, type CheckOf } from "./check.js";
/** Any JSON value, told from what JSON cannot say: functions, symbols, big integers, numbers that are not finite. */
export declare const isJson: Check;
/** Any JSON, limited in depth alone. */
export declare const checkAny: CheckOf<"any">;
