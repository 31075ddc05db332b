/** Kinds that are numbers on the wire. */
import { type CheckOf } from "./check.js";
/** A number without a fraction between two bounds. */
export declare const checkInteger: CheckOf<"integer">;
/** Any number, perhaps between bounds. */
export declare const checkNumber: CheckOf<"number">;
