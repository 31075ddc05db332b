/** Lists on the wire. */
import { type Check } from "./check.js";
/** As many items as `min` and `max` say, all of one type. */
export declare function list(item: Check, min?: number, max?: number): Check;
/** A fixed number of items, each of a type of its own. */
export declare function tuple(...items: readonly Check[]): Check;
/** Of lists, those without two items that are equal. */
export declare const unique: Check;
