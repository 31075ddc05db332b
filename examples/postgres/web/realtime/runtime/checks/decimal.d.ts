/** Division of numbers as people write them: 0.3 is a multiple of 0.1, although no double is exactly either. */
/** Whether `value / divisor` is an integer, where both are the shortest decimals that give the doubles. */
export declare function isMultiple(value: number, divisor: number): boolean;
