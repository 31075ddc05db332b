/** What is wrong with a value, in words. */

/** What is expected, by the kind of problem; `#` stands for the limit. The codes are the same as in the server's validator. */
const words = {
  type: "#",
  required: "a value",
  unknown_field: "no such field",
  too_short: "at least # characters",
  too_long: "at most # characters",
  pattern: "text that matches #",
  too_small: "at least #",
  too_big: "at most #",
  not_multiple: "a multiple of #",
  enum: "one of #",
  tag: "one of #",
  choice: "one of #",
  too_few: "at least # entries",
  too_many: "at most # entries",
  not_unique: "entries that differ",
  key: "a name that matches #",
  format: "text of the format #",
  never: "nothing",
  too_deep: "at most # levels",
  payload: "#",
} as const;

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
export const MAX_ISSUES = 50;

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

/** Puts a problem into words. */
export function issue(path: Issue["path"], code: IssueCode, value: unknown, limit: unknown): Issue {
  // Not replaced as a text: a dollar sign in the limit would be read as a command.
  const expected = words[code].split("#").join(String(limit));
  const received = describe(value);
  return { path, code, message: `expected ${expected}, got ${received}`, expected, received };
}
