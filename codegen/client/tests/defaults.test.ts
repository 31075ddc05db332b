import { expect, test } from "vitest";
import { allChecks, allFormats } from "../src/checks/all.js";
import { canonical } from "../src/checks/canonical.js";
import { fillDefaults } from "../src/checks.js";
import type { Contract, ContractData, TypeSpec } from "../src/contract.js";
import { Intake } from "../src/intake.js";
import { validator } from "../src/standard.js";
import { Validator } from "../src/validate.js";

const types: ContractData["types"] = {
  Options: {
    kind: "object",
    fields: [
      { name: "size", default: 10, type: { kind: "integer", min: 0, max: 99 } },
      { name: "tags", default: [], type: { kind: "list", items: { kind: "string" } } },
      { name: "note", default: null, type: { kind: "nullable", of: { kind: "string" } } },
      { name: "__proto__", default: "p", type: { kind: "string" } },
      { name: "more", optional: true, type: { kind: "ref", name: "Options" } },
    ],
  },
  Plain: { kind: "object", fields: [{ name: "a", type: { kind: "number" } }] },
};
const full = JSON.parse('{"size":10,"tags":[],"note":null,"__proto__":"p"}') as object;
const options = { kind: "ref", name: "Options" } as const;
const plain = { kind: "ref", name: "Plain" } as const;
const fill = fillDefaults(types);

test("absent fields get their defaults, wherever they are", () => {
  const table: readonly (readonly [TypeSpec, unknown, unknown])[] = [
    [options, {}, full],
    [options, { size: undefined, more: {} }, { ...full, more: full }],
    [{ kind: "nullable", of: options }, {}, full],
    [{ kind: "nullable", of: options }, null, null],
    [{ kind: "list", items: options }, [{}, full], [full, full]],
    [{ kind: "tuple", items: [{ kind: "number" }, options] }, [1, {}], [1, full]],
    [{ kind: "map", values: options }, { a: {} }, { a: full }],
    [{ kind: "choice", of: [{ kind: "string" }, options, { kind: "list", items: options }] }, [{}], [full]],
    [{ kind: "choice", of: [{ kind: "string" }, options] }, "text", "text"],
    [{ kind: "union", tag: "op", variants: [{ value: "a", fields: [{ name: "n", default: 1, type: { kind: "number" } }] }] }, { op: "a" }, { op: "a", n: 1 }],
    [{ kind: "union", tag: "op", open: true, variants: [{ value: "a", fields: [{ name: "n", default: 1, type: { kind: "number" } }] }] }, { op: "b" }, { op: "b" }],
    [{ kind: "object", fields: [{ name: "o", default: {}, type: options }] }, { x: 1 }, { x: 1, o: full }],
  ];
  for (const [type, value, filled] of table) {
    const result = fill(type, value);
    expect(canonical(result), JSON.stringify(value)).toBe(canonical(filled));
    expect(fill(type, result), "what has been filled").toBe(result);
  }
});

test("what lacks nothing is handed on as it is, and what does is not changed", () => {
  for (const [type, value] of [[options, full], [{ kind: "list", items: options }, [full]], [{ kind: "map", values: plain }, { a: { a: 1 } }], [plain, { a: 1 }], [{ kind: "any" }, {}]] as const) {
    expect(fill(type, value)).toBe(value);
  }
  const frozen = Object.freeze({ more: Object.freeze({ size: 3 }) });
  expect(fill(options, frozen)).toMatchObject({ size: 10, more: { size: 3, tags: [] } });
  expect(frozen).toEqual({ more: { size: 3 } });
});

test("each value gets defaults of its own", () => {
  const [first, second] = [fill(options, {}), fill(options, {})] as { tags: string[] }[];
  first?.tags.push("changed");
  expect(second?.tags).toEqual([]);
});

interface Sample {
  readonly c: { readonly params: undefined; readonly events: { readonly e: { readonly size: number } }; readonly publishes: never };
}
const contract: Contract<Sample> = {
  name: "t",
  hash: "0",
  types,
  channels: { c: { params: [], events: { e: { publish: ["server"], payload: options } } } },
  checks: allChecks,
  formats: allFormats,
  defaults: fillDefaults,
};

test("events and Standard Schema hand on filled values; a field with a default may be absent", () => {
  const frame = (data: unknown) => ({ type: "event", channel: "c", event: "e", id: null, number: null, time: 0, sender: null, data }) as const;
  const intake = new Intake({ contract, validator: new Validator(contract), onInvalid: "pass", warn: () => undefined });
  expect(intake.read("c", frame({ size: 3 }))?.data).toMatchObject({ size: 3, tags: [], note: null });
  const invalid = { size: "3" };
  expect(intake.read("c", frame(invalid))?.data).toBe(invalid);
  const schema = validator(contract, "c", "e");
  expect(schema.issues({})).toEqual([]);
  expect(schema["~standard"].validate({})).toMatchObject({ value: { size: 10 } });
  expect(schema["~standard"].validate({ tags: null })).toMatchObject({ issues: [{ path: ["tags"] }] });
});
