import { describe, expect, test } from "vitest";
import { issuesOf } from "../src/checks/check.js";
import type { IssueCode } from "../src/issues.js";
import { validator } from "../src/standard.js";
import { FromData, type Types, type TypeSpec } from "./from-data.js";
import { contract } from "./generated/contract.js";

const named: Types = {
  Tree: { kind: "object", fields: [{ name: "label", type: { kind: "string" } }, { name: "children", optional: true, type: { kind: "list", items: { kind: "ref", name: "Tree" } } }] },
  Chain: { kind: "object", fields: [{ name: "next", type: { kind: "nullable", of: { kind: "ref", name: "Chain" } } }] },
};

type Verdict = readonly (readonly [path: string, code: IssueCode])[];

const subject = new FromData(named);
const verdict = (type: TypeSpec, value: unknown): Verdict => subject.issues(type, value).map(({ path, code }) => [`/${path.join("/")}`, code]);
const json = (text: string): unknown => JSON.parse(text);

const point = { kind: "object", fields: [{ name: "x", type: { kind: "number" } }, { name: "y", optional: true, type: { kind: "number" } }] } as const satisfies TypeSpec;
const closed = { ...point, closed: true } as const;
const change = {
  kind: "union",
  tag: "op",
  variants: [
    { value: "add", fields: [{ name: "at", type: { kind: "integer", min: 0, max: 10 } }], closed: true },
    { value: "remove", fields: [] },
  ],
} as const satisfies TypeSpec;
const odd = { kind: "object", fields: [{ name: "__proto__", type: { kind: "string" } }, { name: "constructor", optional: true, type: { kind: "string" } }] } as const satisfies TypeSpec;

const mixed = { kind: "nullable", of: { kind: "choice", of: [{ kind: "string" }, point, { kind: "list", items: { kind: "string" } }] } } as const satisfies TypeSpec;
const pair = { kind: "tuple", items: [{ kind: "string" }, { kind: "number" }] } as const satisfies TypeSpec;
const limited = { kind: "map", values: { kind: "number" }, keys: "^[a-z]{2}$", minEntries: 1, maxEntries: 2 } as const satisfies TypeSpec;

const table: readonly (readonly [type: TypeSpec, value: unknown, issues: Verdict])[] = [
  [{ kind: "string" }, "", []],
  [{ kind: "string" }, 7, [["/", "type"]]],
  [{ kind: "string" }, null, [["/", "type"]]],
  [{ kind: "string", minLength: 2, maxLength: 3 }, "ab", []],
  [{ kind: "string", minLength: 2, maxLength: 3 }, "😀😀😀", []],
  [{ kind: "string", minLength: 2, maxLength: 3 }, "😀", [["/", "too_short"]]],
  [{ kind: "string", minLength: 2, maxLength: 3 }, "abcd", [["/", "too_long"]]],
  [{ kind: "string", minLength: 2, maxLength: 3 }, "😀😀😀😀", [["/", "too_long"]]],
  [{ kind: "string", pattern: "b+" }, "abc", []],
  [{ kind: "string", pattern: "^b+$" }, "abc", [["/", "pattern"]]],
  [{ kind: "string", pattern: "^.$" }, "😀", []],
  [{ kind: "string", pattern: "^[a-z]$", maxLength: 1 }, "AB", [["/", "too_long"], ["/", "pattern"]]],
  [{ kind: "dateTime" }, "2026-11-21T01:02:03Z", []],
  [{ kind: "dateTime" }, "2026-11-21", [["/", "format"]]],
  [{ kind: "dateTime" }, 0, [["/", "type"]]],
  [{ kind: "uuid" }, "f81d4fae-7dec-11d0-a765-00A0C91E6BF6", []],
  [{ kind: "uuid" }, "f81d4fae", [["/", "format"]]],
  [{ kind: "int64", signed: true }, "-9223372036854775808", []],
  [{ kind: "int64", signed: false }, "-1", [["/", "format"]]],
  [{ kind: "int64", signed: true }, 5, [["/", "type"]]],
  [{ kind: "integer", min: -1, max: 10 }, 10, []],
  [{ kind: "integer", min: -1, max: 10 }, json("1.0"), []],
  [{ kind: "integer", min: -1, max: 10 }, json("1e1"), []],
  [{ kind: "integer", min: -1, max: 10 }, -0, []],
  [{ kind: "integer", min: -1, max: 10 }, 1.5, [["/", "type"]]],
  [{ kind: "integer", min: -1, max: 10 }, Infinity, [["/", "type"]]],
  [{ kind: "integer", min: -1, max: 10 }, NaN, [["/", "type"]]],
  [{ kind: "integer", min: -1, max: 10 }, -2, [["/", "too_small"]]],
  [{ kind: "integer", min: -1, max: 10 }, 11, [["/", "too_big"]]],
  [{ kind: "integer", min: -1, max: 10 }, "1", [["/", "type"]]],
  [{ kind: "number" }, 1.5, []],
  [{ kind: "number" }, json("1e999"), [["/", "type"]]],
  [{ kind: "number", min: 0 }, -0.1, [["/", "too_small"]]],
  [{ kind: "number", max: 1 }, 1.1, [["/", "too_big"]]],
  [{ kind: "boolean" }, false, []],
  [{ kind: "boolean" }, 0, [["/", "type"]]],
  [{ kind: "any" }, json('[null,{"a":[1,"x",true]}]'), []],
  [{ kind: "any" }, { a: [undefined] }, [["/a/0", "type"]]],
  [{ kind: "any" }, { a: () => 0 }, [["/a", "type"]]],
  [{ kind: "any" }, [NaN], [["/0", "type"]]],
  [{ kind: "any" }, { a: undefined }, []],
  [{ kind: "enum", values: [{ value: "a" }, { value: "b" }] }, "b", []],
  [{ kind: "enum", values: [{ value: "a" }, { value: "b" }] }, "c", [["/", "enum"]]],
  [{ kind: "enum", values: [{ value: "a" }] }, ["a"], [["/", "type"]]],
  [point, { x: 1 }, []],
  [point, { x: 1, z: 2 }, []],
  [point, { y: 1 }, [["/x", "required"]]],
  [point, { x: undefined }, [["/x", "required"]]],
  [point, { x: 1, y: undefined }, []],
  [point, { x: 1, y: null }, [["/y", "type"]]],
  [point, [1], [["/", "type"]]],
  [point, null, [["/", "type"]]],
  [point, "x", [["/", "type"]]],
  [closed, { x: 1, z: 2 }, [["/z", "unknown_field"]]],
  [closed, { x: 1, z: undefined }, []],
  [closed, json('{"x":1,"__proto__":2}'), [["/__proto__", "unknown_field"]]],
  [odd, json('{"__proto__":"a"}'), []],
  [odd, {}, [["/__proto__", "required"]]],
  [odd, json('{"__proto__":{"x":1},"constructor":"b"}'), [["/__proto__", "type"]]],
  [change, { op: "add", at: 3 }, []],
  [change, { op: "remove", more: 1 }, []],
  [change, { op: "add", at: 11 }, [["/at", "too_big"]]],
  [change, { op: "add", at: 1, more: 1 }, [["/more", "unknown_field"]]],
  [change, { op: "move" }, [["/op", "tag"]]],
  [change, { at: 3 }, [["/op", "tag"]]],
  [change, { op: ["add"], at: 3 }, [["/op", "tag"]]],
  [change, "add", [["/", "type"]]],
  [{ kind: "list", items: { kind: "boolean" }, minItems: 1, maxItems: 2 }, [true], []],
  [{ kind: "list", items: { kind: "boolean" }, minItems: 1, maxItems: 2 }, [], [["/", "too_few"]]],
  [{ kind: "list", items: { kind: "boolean" }, minItems: 1, maxItems: 2 }, [true, 1, true], [["/", "too_many"], ["/1", "type"]]],
  [{ kind: "list", items: { kind: "boolean" } }, { length: 0 }, [["/", "type"]]],
  [{ kind: "list", items: { kind: "boolean" } }, Array(2), [["/0", "type"], ["/1", "type"]]],
  [{ kind: "map", values: { kind: "number" } }, { a: 1, b: 2 }, []],
  [{ kind: "map", values: { kind: "number" } }, json('{"a":1,"__proto__":"x"}'), [["/__proto__", "type"]]],
  [{ kind: "map", values: { kind: "number" } }, [1], [["/", "type"]]],
  [{ kind: "nullable", of: { kind: "number" } }, null, []],
  [{ kind: "nullable", of: { kind: "number" } }, "1", [["/", "type"]]],
  [{ kind: "ref", name: "Tree" }, json('{"label":"a","children":[{"label":"b"},{"label":"c","children":[]}]}'), []],
  [{ kind: "ref", name: "Tree" }, json('{"label":"a","children":[{"label":"b"},{"children":[]}]}'), [["/children/1/label", "required"]]],
  [{ kind: "string", format: "email" }, "ann@example.com", []],
  [{ kind: "string", format: "date-time" }, "2026-11-21T01:02:03Z", []],
  [{ kind: "string", format: "uuid", minLength: 40 }, "x", [["/", "too_short"], ["/", "format"]]],
  [{ kind: "string", format: "date" }, 5, [["/", "type"]]],
  [{ kind: "string", minLength: 1, maxLength: 1 }, "\ud83d", []],
  [{ kind: "string", minLength: 2 }, "\ude00\ud83d", []],
  [{ kind: "integer", min: 0, max: 100, multipleOf: 5 }, 15, []],
  [{ kind: "integer", min: 0, max: 100, multipleOf: 5 }, -4, [["/", "too_small"], ["/", "not_multiple"]]],
  [{ kind: "number", multipleOf: 0.01 }, 19.99, []],
  [{ kind: "number", multipleOf: 0.01 }, 0.015, [["/", "not_multiple"]]],
  [{ kind: "number", multipleOf: 0.123456789 }, 1e308, [["/", "not_multiple"]]],
  [{ kind: "number", exclusiveMin: 0, exclusiveMax: 1 }, 0.5, []],
  [{ kind: "number", exclusiveMin: 0, exclusiveMax: 1 }, -0, [["/", "too_small"]]],
  [{ kind: "number", exclusiveMin: 0, exclusiveMax: 1 }, 1, [["/", "too_big"]]],
  [{ kind: "enum", values: [{ value: "a" }], open: true }, "b", []],
  [{ kind: "enum", values: [{ value: "a" }], open: true }, 1, [["/", "type"]]],
  [{ kind: "object", fields: [{ name: "a", default: 1, type: { kind: "number" } }, { name: "b", default: null, type: { kind: "nullable", of: { kind: "number" } } }], closed: true }, {}, []],
  [{ kind: "object", fields: [{ name: "a", default: 1, type: { kind: "number" } }] }, { a: null }, [["/a", "type"]]],
  [{ ...change, open: true }, { op: "move", to: [1] }, []],
  [{ ...change, open: true }, { op: "move", to: [NaN] }, [["/to/0", "type"]]],
  [{ ...change, open: true }, { op: 5 }, [["/op", "tag"]]],
  [{ ...change, open: true }, { op: "add", at: 11 }, [["/at", "too_big"]]],
  [{ kind: "union", tag: "constructor", open: true, variants: [] }, {}, [["/constructor", "tag"]]],
  [{ kind: "union", tag: "__proto__", variants: [{ value: "a", fields: [], closed: true }] }, json('{"__proto__":"a"}'), []],
  [mixed, "a", []],
  [mixed, null, []],
  [mixed, { x: 1 }, []],
  [mixed, { x: "1" }, [["/x", "type"]]],
  [mixed, [1], [["/0", "type"]]],
  [mixed, true, [["/", "choice"]]],
  [mixed, undefined, [["/", "choice"]]],
  [{ kind: "list", items: { kind: "any" }, unique: true }, [1, "1", [1], { a: 1 }, true], []],
  [{ kind: "list", items: { kind: "any" }, unique: true }, json('[{"a":1,"b":[]},{"b":[],"a":1.0}]'), [["/", "not_unique"]]],
  [{ kind: "list", items: { kind: "number" }, unique: true, maxItems: 2 }, [0, -0, 1], [["/", "too_many"], ["/", "not_unique"]]],
  [pair, ["a", 1], []],
  [pair, ["a"], [["/", "too_few"]]],
  [pair, ["a", 1, 2], [["/", "too_many"]]],
  [pair, [1, "a"], [["/0", "type"], ["/1", "type"]]],
  [pair, { 0: "a", 1: 1, length: 2 }, [["/", "type"]]],
  [limited, { aa: 1 }, []],
  [limited, {}, [["/", "too_few"]]],
  [limited, { a: undefined, aa: 1 }, []],
  [limited, { aa: 1, bb: 2, cc: 3 }, [["/", "too_many"]]],
  [limited, { a: 1 }, [["/a", "key"]]],
  [limited, { a: "1" }, [["/a", "type"], ["/a", "key"]]],
  [limited, json('{"__proto__":1}'), [["/__proto__", "key"]]],
];

describe("the validator", () => {
  test.each(table)("%j and %j", (type, value, issues) => {
    expect(verdict(type, value)).toEqual(issues);
  });

  test("gives the same verdict with a report and without, for every type with every value of the table", () => {
    for (const [type] of table) {
      for (const [, value] of table) {
        const check = subject.check(type);
        expect(check(value, 0), `${JSON.stringify(type)} and ${JSON.stringify(value)}`).toBe(issuesOf(check, value).length === 0);
      }
    }
  });

  test("reports too deep a value instead of exhausting the stack", () => {
    const nested = (depth: number): unknown => json(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    const chain = (depth: number): unknown => json(`${'{"next":'.repeat(depth)}null${"}".repeat(depth)}`);
    expect(verdict({ kind: "any" }, nested(33))).toEqual([]);
    expect(verdict({ kind: "any" }, nested(34))).toEqual([[`/${Array(33).fill(0).join("/")}`, "too_deep"]]);
    expect(verdict({ kind: "ref", name: "Chain" }, chain(32))).toEqual([]);
    expect(verdict({ kind: "ref", name: "Chain" }, chain(33)).map(([, code]) => code)).toEqual(["too_deep"]);
    expect(verdict({ kind: "ref", name: "Chain" }, chain(5000)).map(([, code]) => code)).toEqual(["too_deep"]);
  });

  test("never repeats more than 80 characters of a value, and stops after 50 issues", () => {
    const [issue] = subject.issues({ kind: "string", pattern: "^a$" }, `secret${"x".repeat(10_000)}`);
    expect(issue?.received.length).toBeLessThanOrEqual(82);
    expect(issue?.message.length).toBeLessThan(140);
    expect(subject.issues({ kind: "list", items: { kind: "boolean" } }, Array(100_000).fill(1))).toHaveLength(50);
  });

  test("compares long lists quickly, and stops early at a bad item", () => {
    const began = performance.now();
    const unique = { kind: "list", items: { kind: "any" }, unique: true } as const;
    expect(verdict(unique, Array.from({ length: 30_000 }, (_, at) => [at]))).toEqual([]);
    expect(verdict(unique, [...Array.from({ length: 30_000 }, (_, at) => [at]), [3]])).toEqual([["/", "not_unique"]]);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("tells what was expected and what came", () => {
    expect(subject.issues(point, { x: "1" })).toEqual([{ path: ["x"], code: "type", message: 'expected a number, got "1"', expected: "a number", received: '"1"' }]);
  });

  test("allocates no list for a valid value", () => {
    expect(subject.issues(point, { x: 1 })).toBe(subject.issues(change, { op: "remove" }));
  });

  test("forgets where it was when a value throws", () => {
    const thrower = { get x(): number { throw new Error("no"); } };
    for (const value of [[thrower], [1, thrower]]) expect(() => subject.issues({ kind: "list", items: point }, value)).toThrow("no");
    expect(verdict(point, { x: "1" })).toEqual([["/x", "type"]]);
  });
});

describe("an event's validator", () => {
  const message = validator(contract, "chat/{roomId}", "message.sent");

  test("checks the payload", () => {
    expect(message.issues({ author: "ann", text: "hi", replyTo: null })).toEqual([]);
    expect(message.issues({ author: "ann", text: "hi", replyTo: "5" })).toEqual([]);
    expect(message.issues({ author: "", text: "hi", replyTo: 5 }).map(({ path, code }) => [path, code])).toEqual([[["author"], "too_short"], [["replyTo"], "type"]]);
    expect(message.issues(undefined)[0]?.code).toBe("payload");
  });

  test("knows that a signal carries nothing", () => {
    const typing = validator(contract, "chat/{roomId}", "typing");
    expect(typing.issues(undefined)).toEqual([]);
    expect(typing.issues(null)[0]?.code).toBe("payload");
  });

  test("is a Standard Schema", () => {
    const standard = message["~standard"];
    const value = { author: "ann", text: "hi" };
    expect([standard.version, standard.vendor]).toEqual([1, "tidewire"]);
    expect(standard.validate(value)).toEqual({ value });
    expect(standard.validate({})).toMatchObject({ issues: [{ path: ["author"] }, { path: ["text"] }] });
  });

  test("is refused for an event that the channel does not carry", () => {
    expect(() => validator(contract, "default", "typing" as never)).toThrow(RangeError);
  });
});
