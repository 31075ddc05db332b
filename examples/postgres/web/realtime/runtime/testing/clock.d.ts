/** The clock of a test: it goes by itself, and can be put forward. */
import { type Clock } from "../platform.js";
/** Follows the platform's clock, which a test framework may hold still, with a lead that grows with each `advance`. */
export declare class TestClock implements Clock {
    private lead;
    private readonly timers;
    now(): number;
    /** No chance: delays that a client draws are half of what they can be. */
    random(): number;
    after(delay: number, task: () => void): () => void;
    /** Lets time pass at once: whatever is due on the way happens, each at its moment. `between` runs before the first and after each. */
    advance(milliseconds: number, between: () => void): void;
    private reach;
    private arm;
    private run;
    private drop;
}
