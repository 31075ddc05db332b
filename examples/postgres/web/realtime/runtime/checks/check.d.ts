/** What a check is, and how checks say what they found. */
import { type Issue, type IssueCode } from "../issues.js";
/**
 * Looks at a value and says whether to go on. Where nobody asks for issues that is the verdict: the first problem ends it, and a valid value
 * allocates nothing. Where somebody does, a problem is noted and the check goes on. Both are one function, so they cannot disagree.
 *
 * A field that is absent is the value `undefined`.
 */
export type Check = (value: unknown, depth: number) => boolean;
/** What is wrong with a value; an empty list for a valid one. It is looked at again, with a report, only if it has been refused. */
export declare function issuesOf(check: Check, value: unknown): readonly Issue[];
/** The verdict on a value, with nothing noted even where others are noted. */
export declare function holds(check: Check, value: unknown, depth: number): boolean;
/** The verdict on a value, or what is wrong with it where somebody asks for that. `verdict` is quicker than the check where the answer is known. */
export declare function noted(check: Check, verdict: () => boolean, value: unknown, depth: number): boolean;
/** Notes a problem at the current place, or one step further in, and what was expected. Gives what the check gives: whether to go on. */
export declare function fail(code: IssueCode, value: unknown, limit?: unknown, part?: string): boolean;
/** Looks at what lies one step further into a value, which may be too deep; what is absent lies nowhere. */
export declare function into(check: Check, value: unknown, depth: number, part: string | number): boolean;
/** Compares a number or a count with two bounds, which it may reach. */
export declare function within(is: number, min: number, max: number, low: IssueCode, high: IssueCode): boolean;
