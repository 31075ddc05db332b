/**
 * How long to wait before the next attempt.
 *
 * Full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog): a delay drawn evenly from zero to a ceiling that doubles. It
 * spreads a crowd that lost the same server better than a fixed delay with a little noise. One thing differs: a delay is never below
 * {@link MIN_DELAY}, so that a server which ends each connection at once is not asked in a loop.
 */
/** No delay is shorter, in milliseconds. */
export declare const MIN_DELAY = 100;
/** The ceiling of the first delay, in milliseconds; it doubles with each failure. */
export declare const FIRST_CEILING = 500;
/** No ceiling is higher, in milliseconds. */
export declare const MAX_DELAY = 30000;
/** A server's wish is obeyed up to this many milliseconds: a slip of a unit must not silence a page for days. */
export declare const MAX_HINT = 600000;
/**
 * The delay in milliseconds after `failures` failures in a row, with `random` in [0, 1).
 *
 * @example
 * ```ts
 * backoff(0, 0.5); // 250
 * ```
 */
export declare function backoff(failures: number, random: number): number;
/** The part of a server's wish that is obeyed, in milliseconds. */
export declare function obeyed(hint: number): number;
