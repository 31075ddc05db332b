/** What is wrong with a value, in words. */
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
/** More issues than this help nobody, and a long list of bad items must not cost more than it is worth. */
export declare const MAX_ISSUES = 50;
/** Puts a problem into words. */
export declare function issue(path: Issue["path"], code: IssueCode, value: unknown, limit: unknown): Issue;
