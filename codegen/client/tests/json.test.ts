import { describe, expect, test } from "vitest";
import { json as checkedJson, ref } from "../src/checks.js";
import { type Check, issuesOf } from "../src/checks/check.js";
import type { JsonSchema } from "../src/checks/json.js";
import type { IssueCode } from "../src/issues.js";
import { FromData, type Types } from "./from-data.js";

const types: Types = {
  Name: { kind: "string", minLength: 1 },
  Tree: { kind: "json", schema: { type: ["object"], properties: { children: { items: { $ref: "#/types/Tree" } }, label: { $ref: "#/types/Name" } }, required: ["label"] } },
  Loop: { kind: "json", schema: { $ref: "#/types/Loop" } },
  Ping: { kind: "json", schema: { allOf: [{ $ref: "#/types/Pong" }] } },
  Pong: { kind: "nullable", of: { kind: "ref", name: "Ping" } },
  Folder: { kind: "object", fields: [{ name: "extra", type: { kind: "json", schema: { anyOf: [{ type: ["null"] }, { $ref: "#/types/Folder" }] } } }] },
};

type Verdict = readonly (readonly [path: string, code: IssueCode])[];

const subject = new FromData(types);
const verdict = (schema: JsonSchema, value: unknown): Verdict => subject.issues({ kind: "json", schema }, value).map(({ path, code }) => [`/${path.join("/")}`, code]);
const json = (text: string): unknown => JSON.parse(text);

const own = json('{"properties":{"constructor":{"type":["string"]}}}') as JsonSchema;
const both: JsonSchema = { allOf: [{ minimum: 5 }, { multipleOf: 2 }, { type: ["string"] }] };

const table: readonly (readonly [schema: JsonSchema, value: unknown, issues: Verdict])[] = [
  [true, { a: [null] }, []],
  [false, 1, [["/", "never"]]],
  [{}, "x", []],
  [true, undefined, [["/", "type"]]],
  [true, [NaN], [["/0", "type"]]],
  [{ type: ["integer"] }, 1, []],
  [{ type: ["integer"] }, 1e308, []],
  [{ type: ["integer"] }, 1.5, [["/", "type"]]],
  [{ type: ["null", "string"] }, null, []],
  [{ type: ["null", "string"] }, [], [["/", "type"]]],
  [{ type: ["number"] }, true, [["/", "type"]]],
  [{ type: ["string"], minimum: 5 }, 3, [["/", "type"], ["/", "too_small"]]],
  [{ enum: [1, "a", { a: 1, b: [null] }] }, json('{"b":[null],"a":1.0}'), []],
  [{ enum: [0] }, -0, []],
  [{ enum: [9007199254740992] }, json("9007199254740993"), []],
  [{ enum: [1] }, "1", [["/", "enum"]]],
  [{ enum: [true] }, 1, [["/", "enum"]]],
  [{ enum: [[]] }, {}, [["/", "enum"]]],
  [{ enum: ["\ud800"] }, "\udbff", [["/", "enum"]]],
  [{ minLength: 2, maxLength: 2 }, "😀😀", []],
  [{ minLength: 2, pattern: "^b" }, "a", [["/", "pattern"], ["/", "too_short"]]],
  [{ maxLength: 1 }, "\ud83d\ud83d", [["/", "too_long"]]],
  [{ minLength: 2, pattern: "x", format: "email" }, 5, []],
  [{ format: "email" }, "nobody", [["/", "format"]]],
  [{ minimum: 1, maximum: 2 }, 2, []],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, 1, [["/", "too_small"]]],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, 2, [["/", "too_big"]]],
  [{ maximum: 9007199254740992 }, json("9007199254740993"), []],
  [{ multipleOf: 0.0001 }, 0.0075, []],
  [{ multipleOf: 1e-8 }, 12391239123, []],
  [{ multipleOf: 0.1 }, 0.3, []],
  [{ multipleOf: 0.1 }, -0.35, [["/", "not_multiple"]]],
  [{ multipleOf: 0.123456789 }, 1e308, [["/", "not_multiple"]]],
  [{ multipleOf: 1e-300 }, 1e308, []],
  [{ multipleOf: 5e-324 }, 1.7976931348623157e308, []],
  [{ multipleOf: 7e-324 }, 1.7976931348623157e308, []],
  [{ multipleOf: 3e-10 }, 1e308, [["/", "not_multiple"]]],
  [{ multipleOf: 3 }, -0, []],
  [{ multipleOf: 2 }, -4, []],
  [{ prefixItems: [{ type: ["string"] }, false], items: { type: ["number"] } }, ["a"], []],
  [{ prefixItems: [{ type: ["string"] }, false], items: { type: ["number"] } }, [1, 2, "x"], [["/0", "type"], ["/1", "never"], ["/2", "type"]]],
  [{ minItems: 1 }, [], [["/", "too_few"]]],
  [{ maxItems: 1, items: {} }, [1, 1], [["/", "too_many"]]],
  [{ uniqueItems: true }, [1, true, "1", [1], { a: 1 }, null, "null", "true"], []],
  [{ uniqueItems: true }, json('[{"a":1,"b":2},{"b":2.0,"a":1}]'), [["/", "not_unique"]]],
  [{ uniqueItems: true }, [0, -0], [["/", "not_unique"]]],
  [{ uniqueItems: true }, json("[9007199254740992,9007199254740993]"), [["/", "not_unique"]]],
  [{ uniqueItems: true }, [["a,b"], ["a", "b"], ['a","b']], []],
  [{ uniqueItems: false }, [1, 1], []],
  [{ required: ["a", "__proto__", "toString"] }, { a: 1 }, [["/__proto__", "required"], ["/toString", "required"]]],
  [{ required: ["__proto__"] }, json('{"__proto__":1}'), []],
  [{ properties: json('{"__proto__":{"type":["string"]}}') as { [name: string]: JsonSchema } }, json('{"__proto__":1}'), [["/__proto__", "type"]]],
  [own, {}, []],
  [own, { constructor: 1 }, [["/constructor", "type"]]],
  [{ properties: { a: {} }, patternProperties: { "^x": { type: ["number"] } }, additionalProperties: false }, { a: 1, xy: 2, yx: 3 }, [["/yx", "unknown_field"]]],
  [{ properties: { xa: { minimum: 5 } }, patternProperties: { "^x": { multipleOf: 2 }, a: { maximum: 2 } } }, { xa: 3 }, [["/xa", "too_small"], ["/xa", "not_multiple"], ["/xa", "too_big"]]],
  [{ additionalProperties: { type: ["string"] } }, { a: "a", b: 1, c: undefined }, [["/b", "type"]]],
  [{ minProperties: 2 }, { a: 1, b: undefined }, [["/", "too_few"]]],
  [{ maxProperties: 1 }, { a: 1, b: 2 }, [["/", "too_many"]]],
  [both, 3, [["/", "too_small"], ["/", "not_multiple"], ["/", "type"]]],
  [{ anyOf: [{ type: ["string"] }, { minimum: 5 }] }, 7, []],
  [{ anyOf: [{ type: ["string"] }, { minimum: 5 }] }, 3, [["/", "choice"]]],
  [{ oneOf: [{ type: ["integer"] }, { minimum: 2 }] }, 2.5, []],
  [{ oneOf: [{ type: ["integer"] }, { minimum: 2 }] }, 3, [["/", "choice"]]],
  [{ oneOf: [{ type: ["integer"] }, { minimum: 2 }] }, 1.5, [["/", "choice"]]],
  [{ $ref: "#/types/Name" }, "a", []],
  [{ $ref: "#/types/Name" }, "", [["/", "too_short"]]],
  [{ $ref: "#/types/Nobody" }, "a", [["/", "never"]]],
  [{ items: { $ref: "#/types/Tree" } }, json('[{"label":"a","children":[{"label":"b"},{"label":""},{}]}]'), [["/0/children/1/label", "too_short"], ["/0/children/2/label", "required"]]],
  [{ $ref: "#/types/Loop" }, 1, [["/", "too_deep"]]],
  [{ $ref: "#/types/Ping" }, null, []],
  [{ $ref: "#/types/Ping" }, 1, [["/", "too_deep"]]],
  [{ $ref: "#/types/Folder" }, json('{"extra":{"extra":{"extra":null}}}'), []],
  [{ $ref: "#/types/Folder" }, json('{"extra":{"extra":5}}'), [["/extra", "choice"]]],
];

describe("checked JSON", () => {
  test.each(table)("%j and %j", (schema, value, issues) => {
    expect(verdict(schema, value)).toEqual(issues);
  });

  test("is as deep as any other value may be, whether a keyword looks there or not", () => {
    const nested = (depth: number): unknown => json(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(verdict({ type: ["array"] }, nested(33))).toEqual([]);
    expect(verdict({ type: ["array"] }, nested(34)).map(([, code]) => code)).toEqual(["too_deep"]);
    expect(verdict({ uniqueItems: true }, nested(100_000)).map(([, code]) => code)).toEqual(["too_deep"]);
  });

  test("follows a chain of types of any length that consumes levels, and forgets it afterwards", () => {
    const tree = (depth: number): string => (depth === 0 ? '{"label":"x"}' : `{"label":"x","children":[${tree(depth - 1)}]}`);
    for (let turn = 0; turn < 100; turn += 1) expect(verdict({ $ref: "#/types/Tree" }, json(tree(15)))).toEqual([]);
  });

  test("compares long lists quickly", () => {
    const items = Array.from({ length: 30_000 }, (_, at) => ({ id: at, name: `item ${at}`, tags: [at, "x"] }));
    const began = performance.now();
    expect(verdict({ uniqueItems: true }, items)).toEqual([]);
    expect(verdict({ uniqueItems: true }, [...items, { tags: [7, "x"], name: "item 7", id: 7 }])).toEqual([["/", "not_unique"]]);
    // A comparison of each with each would take minutes.
    expect(performance.now() - began).toBeLessThan(5000);
  });

  describe("looks at each part once, however many branches ask for it", () => {
    const self: JsonSchema = { $ref: "#/types/Expression" };
    const branch = (kind: string): JsonSchema => ({ properties: { a: self, kind: { enum: [kind] } } });
    const schemas: readonly (readonly [name: string, schema: JsonSchema, wrong: IssueCode])[] = [
      ["exactly one of several", { oneOf: [branch("p"), branch("q")] }, "choice"],
      ["at least one of several", { anyOf: [branch("p"), branch("q")] }, "choice"],
      ["all of several", { allOf: [branch("q"), branch("q")] }, "enum"],
      ["a name and what stands beside it", { $ref: "#/types/Same", properties: { a: self } }, "enum"],
      ["a field by its name and by a pattern", { properties: { a: self, kind: { enum: ["q"] } }, patternProperties: { "^a": self } }, "enum"],
    ];
    const nested = (depth: number, inner: unknown): unknown => (depth === 0 ? inner : { a: nested(depth - 1, inner), kind: "q" });
    const subjectOf = (schema: JsonSchema): FromData => new FromData({ Expression: { kind: "json", schema }, Same: { kind: "json", schema: branch("q") } });

    test.each(schemas)("%s", (_name, schema, wrong) => {
      const subject = subjectOf(schema);
      const codes = (value: unknown): readonly IssueCode[] => subject.issues({ kind: "ref", name: "Expression" }, value).map(({ code }) => code);
      const began = performance.now();
      expect(codes(nested(30, { kind: "q" }))).toEqual([]);
      const found = codes(nested(30, { kind: 5 }));
      expect(new Set(found)).toEqual(new Set([wrong]));
      expect(found.length).toBeLessThanOrEqual(50);
      // There are a thousand million ways down.
      expect(performance.now() - began).toBeLessThan(2000);
    });

    test("and what was found of one value says nothing of the next", () => {
      const shared: { kind: unknown } = { kind: "q" };
      const value = nested(5, shared);
      const subject = subjectOf({ oneOf: [branch("p"), branch("q")] });
      const valid = (): boolean => subject.issues({ kind: "ref", name: "Expression" }, value).length === 0;
      expect(valid()).toBe(true);
      shared.kind = 5;
      expect(valid()).toBe(false);
    });
  });

  test("refuses what it does not know: a type, and a format", () => {
    const codes = (schema: JsonSchema, value: unknown): readonly string[] => issuesOf(checkedJson(schema), value).map(({ code }) => code);
    expect(codes({ $ref: "#/types/Name" }, "a")).toEqual(["never"]);
    expect(codes({ $ref: "#/types/toString" }, "a")).toEqual(["never"]);
    expect(codes({ format: "email" }, "a@b.c")).toEqual(["format"]);
    expect(codes({ format: "email" }, 5)).toEqual([]);
  });

  test("comes to an end where a schema, or a type, is nothing but itself", () => {
    const schema: { allOf?: JsonSchema[]; items?: JsonSchema } = {};
    schema.allOf = [schema];
    expect(issuesOf(checkedJson(schema), 1).map(({ code }) => code)).toEqual(["too_deep"]);
    const lists: { type: readonly ["array"]; items?: JsonSchema } = { type: ["array"] };
    lists.items = lists;
    expect(issuesOf(checkedJson(lists), [[], [[]]])).toEqual([]);
    expect(issuesOf(checkedJson(lists), [[], [5]]).map(({ path, code }) => [path, code])).toEqual([[[1, 0], "type"]]);
    const loop: Check = ref(() => loop);
    expect(issuesOf(loop, 1).map(({ code }) => code)).toEqual(["too_deep"]);
  });
});
