/** Equality of JSON values, decided on a text that is the same for equal values. */
/** A text that two JSON values share exactly if they are equal: fields in any order, numbers as doubles, `0` and `-0` the same. */
export declare function canonical(value: unknown, depth?: number): string;
/** Whether no two items of a list are equal. */
export declare function areUnique(list: readonly unknown[]): boolean;
