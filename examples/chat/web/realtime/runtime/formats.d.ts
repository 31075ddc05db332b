/** The formats of text, each with the verdict of the server's validator. */
/** Counts Unicode code points without allocating; half of a surrogate pair counts as one. */
export declare function countCharacters(text: string): number;
/** Whether `text` is a UUID: 8-4-4-4-12 hexadecimal digits of any case. */
export declare function isUuid(text: string): boolean;
/** Whether `text` is an RFC 3339 date-time: a day that exists, an offset, and second 60 only where a leap second can be (23:59:60 UTC). */
export declare function isDateTime(text: string): boolean;
/** Whether `text` is a 64-bit integer in its one decimal spelling: no sign but a minus, no leading zero, in range. */
export declare function isInt64(text: string, signed: boolean): boolean;
