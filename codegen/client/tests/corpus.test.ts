import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FromData, type Types, type TypeSpec } from "./from-data.js";

/** The corpus that the Rust validator runs as well: the two never disagree on a verdict. */
interface Corpus {
  readonly types: Types;
  readonly groups: readonly {
    readonly type: TypeSpec;
    readonly cases: readonly { readonly value: unknown; readonly issues: string | readonly (readonly [readonly (string | number)[], string])[] }[];
  }[];
}

const corpus = JSON.parse(readFileSync(new URL("../../../schema/tests/fixtures/checks.json", import.meta.url), "utf8")) as Corpus;
const subject = new FromData(corpus.types);

const text = (issue: unknown): string => JSON.stringify(issue);

test.each(corpus.groups.map((group) => [JSON.stringify(group.type), group] as const))("values as %s", (_name, group) => {
  expect(group.cases.length).toBeGreaterThan(0);
  for (const { value, issues } of group.cases) {
    const found = subject.issues(group.type, value).map(({ path, code }) => [path, code]);
    if (typeof issues === "string") {
      // Where a value is too deep, the place is where the validator stopped, and not part of the verdict.
      expect(new Set(found.map(([, code]) => code)), JSON.stringify(value)).toEqual(new Set([issues]));
    } else {
      // Which of several problems comes first is not part of the verdict: the two languages do not keep the fields of JSON in the same order.
      expect(found.map(text).sort(), JSON.stringify(value)).toEqual(issues.map(text).sort());
    }
  }
});
