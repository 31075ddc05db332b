/** What stands for other types, and the one kind that has no content. */
import { type Check } from "./check.js";
/** `true` or `false`. */
export declare const boolean: Check;
/** A type, or `null`. */
export declare function nullable(check: Check): Check;
/** A field that may be absent. */
export declare function optional(check: Check): Check;
/** A type that also passes other checks, which leave alone what is of another type. */
export declare function all(...checks: readonly Check[]): Check;
/** One of several types, chosen by the JSON type of the value. */
export declare function choice(arms: {
    readonly [jsonType: string]: Check;
}): Check;
/** How often a way was cut because it was too long; a verdict that came of it depends on where the way began. */
export declare let cuts: number;
/** A type that may lead back to itself, and so is not there yet. */
export declare function ref(type: () => Check): Check;
