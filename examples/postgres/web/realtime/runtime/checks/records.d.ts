/** Objects on the wire. */
import { type Check } from "./check.js";
/** Fields by name. A field that may be absent says so itself. */
export declare function object(fields: {
    readonly [name: string]: Check;
}): Check;
/** Of objects, those that have no other fields. */
export declare function only(...names: readonly string[]): Check;
/** Several shapes, told apart by the text in one field; `other` is what a text stands for that none of them has. */
export declare function union(tag: string, variants: {
    readonly [value: string]: Check;
}, other?: Check): Check;
/** As many entries as `min` and `max` say, all of one type, under any names. */
export declare function map(entry: Check, min?: number, max?: number): Check;
/** Of objects, those whose names all match a pattern. */
export declare function keys(source: string): Check;
