/** What every check knows about values: the limit of depth, and what JSON calls them. */
/** Values nest at most this deep, so that no input can exhaust the stack. The payload itself is at depth 0. */
export declare const MAX_DEPTH = 32;
/** Whether `value` is an object and neither a list nor `null`. */
export declare function isObject(value: unknown): value is {
    readonly [key: string]: unknown;
};
/** The JSON type of a value: `null`, `array`, or what `typeof` says. */
export declare function jsonType(value: unknown): string;
