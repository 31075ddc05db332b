/** JSON of any shape. */
import { type Check } from "./check.js";
/** Any JSON value, told from what JSON cannot say: functions, symbols, big integers, numbers that are not finite. */
export declare const any: Check;
