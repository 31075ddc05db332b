/** What is wrong with a value, and where: found in a second pass, after a check has failed. */
import type { TypeSpec } from "./contract.js";
/** The kinds of problems; the same codes as in the server's validator. */
export type IssueCode = "type" | "required" | "unknown_field" | "too_short" | "too_long" | "pattern" | "too_small" | "too_big" | "enum" | "tag" | "too_few" | "too_many" | "format" | "too_deep" | "payload";
/** One thing that is wrong with a value. */
export interface Issue {
    /** The way from the payload to the offending value: names of fields and positions in lists. */
    readonly path: readonly (string | number)[];
    /** The kind of problem. */
    readonly code: IssueCode;
    /** What was expected and what came, in one sentence. */
    readonly message: string;
    /** What was expected. */
    readonly expected: string;
    /** What came: never more than 80 characters of the value. */
    readonly received: string;
}
/** Names a value without repeating more than 80 characters of it. */
export declare function describe(value: unknown): string;
/** Collects what is wrong with `value`. Gives an empty list for exactly the values that the compiled check accepts. */
export declare function collectIssues(types: {
    readonly [name: string]: TypeSpec;
}, type: TypeSpec, value: unknown): readonly Issue[];
