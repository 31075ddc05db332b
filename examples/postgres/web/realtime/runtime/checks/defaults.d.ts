/**
 * Fills in the fields that are absent and have a default, in values that passed their check. Where nothing is missing it gives the value itself,
 * otherwise a copy of the objects on the way to what is missing. What is not of a type's JSON type is left alone.
 */
/** Gives a value in which nothing is missing. */
export type Fill = (value: unknown) => unknown;
/** A default in place of what is absent; the default may itself lack something. */
export declare function absent(json: unknown, fill?: Fill): Fill;
/** The fields of an object that may lack something. */
export declare function fields(fills: {
    readonly [name: string]: Fill;
}): Fill;
/** The variants of a union that may lack something. */
export declare function tagged(tag: string, fills: {
    readonly [value: string]: Fill;
}): Fill;
/** The entries of a map. */
export declare function entries(fill: Fill): Fill;
/** The items of a list. */
export declare function items(fill: Fill): Fill;
/** Those items of a tuple that may lack something, by position. */
export declare function positions(fills: {
    readonly [position: number]: Fill;
}): Fill;
/** The alternatives of a choice: no two are of one JSON type, so that each leaves alone what is not its own. */
export declare function several(...fills: readonly Fill[]): Fill;
