/** What is wrong with a value, and where: noted by the checks themselves, on a second run with a report. */

import type { Check, Report } from "./checks/check.js";
import { MAX_DEPTH } from "./values.js";

/** The kinds of problems; the same codes as in the server's validator. */
export type IssueCode =
  | "type"
  | "required"
  | "unknown_field"
  | "too_short"
  | "too_long"
  | "pattern"
  | "too_small"
  | "too_big"
  | "not_multiple"
  | "enum"
  | "tag"
  | "choice"
  | "too_few"
  | "too_many"
  | "not_unique"
  | "key"
  | "format"
  | "never"
  | "too_deep"
  | "payload";

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
const MAX_ISSUES = 50;

const MAX_EXCERPT = 80;

/** Names a value without repeating more than 80 characters of it. */
function describe(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > MAX_EXCERPT ? `${value.slice(0, MAX_EXCERPT - 1)}…` : value);
  }
  if (Array.isArray(value)) return "a list";
  if (value === undefined) return "nothing";
  return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, MAX_EXCERPT);
}

/** Collects what is wrong with one value. */
export class Collector implements Report {
  /** What was found, at most 50 issues. */
  readonly issues: Issue[] = [];
  private readonly path: (string | number)[] = [];

  add(code: IssueCode, expected: string, value: unknown, ...part: readonly string[]): false {
    if (this.issues.length < MAX_ISSUES) {
      const received = describe(value);
      this.issues.push({ path: [...this.path, ...part], code, message: `expected ${expected}, got ${received}`, expected, received });
    }
    return false;
  }

  inside(part: string | number, check: Check, value: unknown, depth: number): boolean {
    if (this.issues.length >= MAX_ISSUES) return false;
    this.path.push(part);
    const valid = depth > MAX_DEPTH ? this.add("too_deep", `values that nest at most ${MAX_DEPTH} deep`, value) : check(value, depth, this);
    this.path.pop();
    return valid;
  }
}
