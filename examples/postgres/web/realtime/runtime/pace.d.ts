/** How often something may happen: a bucket of tokens that fills with time. */
export declare class Pace {
    private readonly perSecond;
    private readonly burst;
    private tokens;
    private filledAt;
    constructor(perSecond: number, burst: number);
    /** Takes one token. Whether there was one. */
    take(now: number): boolean;
    /** How long until there is a token, in milliseconds. */
    wait(now: number): number;
    /** Empties the bucket: somebody else knows better how full it is. */
    empty(now: number): void;
    private fill;
}
