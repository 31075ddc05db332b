/** What both passes over a value share: the limit of depth, what an object is, and compiled patterns. */
/** Values nest at most this deep, so that no input can exhaust the stack. The payload itself is at depth 0. */
export declare const MAX_DEPTH = 32;
/** Whether `value` is an object and neither a list nor `null`. */
export declare function isObject(value: unknown): value is {
    readonly [key: string]: unknown;
};
/** The compiled form of a pattern of the contract. Patterns are searched for, not anchored; there are as many as contracts declare. */
export declare function patternOf(source: string): RegExp;
