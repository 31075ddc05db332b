/** Numbers on the wire. */
import { type Check } from "./check.js";
/** A number without a fraction, between two bounds that it may reach. */
export declare function integer(min: number, max: number): Check;
/** Any number, perhaps between two bounds that it may reach. */
export declare function number(min?: number, max?: number): Check;
/** Of numbers, those above a bound. */
export declare function above(bound: number): Check;
/** Of numbers, those below a bound. */
export declare function below(bound: number): Check;
/** Of numbers, the multiples of another. */
export declare function multipleOf(divisor: number): Check;
/** Of integers, the multiples of another number. */
export declare function integerMultipleOf(divisor: number): Check;
