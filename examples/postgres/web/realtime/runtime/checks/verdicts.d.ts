/**
 * Verdicts that are asked for again and again: branches of a schema that look at the same part double the work at each level of a type that leads back
 * to itself. What a schema asks of a list or an object by the name of a type is remembered while one value is looked at.
 */
import { type Check } from "./check.js";
/** Ends what is known: the value that comes next may be the same object with something else in it. */
export declare function forgetVerdicts(): void;
/** A type that a schema names. */
export declare function named(type: () => Check): Check;
