/** What is wrong with a value, and where: noted by the checks themselves, on a second run with a report, and put into words here. */
import type { Check, Report } from "./checks/check.js";
/** The kinds of problems; the same codes as in the server's validator. */
export type IssueCode = "type" | "required" | "unknown_field" | "too_short" | "too_long" | "pattern" | "too_small" | "too_big" | "not_multiple" | "enum" | "tag" | "choice" | "too_few" | "too_many" | "not_unique" | "key" | "format" | "never" | "too_deep" | "payload";
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
/** Collects what is wrong with one value. */
export declare class Collector implements Report {
    /** What was found, at most 50 issues. */
    readonly issues: Issue[];
    private readonly path;
    add(code: IssueCode, value: unknown, limit?: unknown, part?: string): false;
    inside(part: string | number, check: Check, value: unknown, depth: number): boolean;
}
