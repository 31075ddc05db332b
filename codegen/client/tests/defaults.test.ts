import { expect, test } from "vitest";
import { absent, entries, fields, integer, items, list, nullable, object, optional, positions, several, string, tagged } from "../src/checks.js";
import { canonical } from "../src/checks/canonical.js";
import type { Fill } from "../src/checks/defaults.js";
import type { Contract } from "../src/contract.js";
import { Intake } from "../src/intake.js";
import { validator } from "../src/standard.js";

const fillOptions: Fill = fields({
  size: absent(10),
  tags: absent([]),
  note: absent(null),
  ["__proto__"]: absent("p"),
  more: (value) => fillOptions(value),
});
const isOptions = object({ size: optional(integer(0, 99)), tags: optional(list(string())), note: optional(nullable(string())) });
const full = JSON.parse('{"size":10,"tags":[],"note":null,"__proto__":"p"}') as object;
test("absent fields get their defaults, wherever they are", () => {
  const table: readonly (readonly [Fill, unknown, unknown])[] = [
    [fillOptions, {}, full],
    [fillOptions, { size: undefined, more: {} }, { ...full, more: full }],
    [fillOptions, null, null],
    [items(fillOptions), [{}, full], [full, full]],
    [positions({ 1: fillOptions }), [null, {}], [null, full]],
    [entries(fillOptions), { a: {} }, { a: full }],
    [several(fillOptions, items(fillOptions)), [{}], [full]],
    [several(fillOptions, items(fillOptions)), {}, full],
    [several(fillOptions, items(fillOptions)), "text", "text"],
    [tagged("op", { a: fields({ n: absent(1) }) }), { op: "a" }, { op: "a", n: 1 }],
    [tagged("op", { a: fields({ n: absent(1) }) }), { op: "b" }, { op: "b" }],
    [fields({ o: absent({}, fillOptions) }), { x: 1 }, { x: 1, o: full }],
  ];
  for (const [fill, value, filled] of table) {
    const result = fill(value);
    expect(canonical(result), JSON.stringify(value)).toBe(canonical(filled));
    expect(fill(result), "what has been filled").toBe(result);
  }
});

test("what lacks nothing is handed on as it is, and what does is not changed", () => {
  for (const [fill, value] of [[fillOptions, full], [items(fillOptions), [full]], [entries(fillOptions), {}], [fillOptions, [1]]] as const) {
    expect(fill(value)).toBe(value);
  }
  const frozen = Object.freeze({ more: Object.freeze({ size: 3 }) });
  expect(fillOptions(frozen)).toMatchObject({ size: 10, more: { size: 3, tags: [] } });
  expect(frozen).toEqual({ more: { size: 3 } });
});

test("each value gets defaults of its own", () => {
  const [first, second] = [fillOptions({}), fillOptions({})] as { tags: string[] }[];
  first?.tags.push("changed");
  expect(second?.tags).toEqual([]);
});

interface Sample {
  readonly c: { readonly params: undefined; readonly events: { readonly e: { readonly size: number } }; readonly publishes: never };
}
const contract: Contract<Sample> = {
  name: "t",
  hash: "0",
  channels: { c: { params: [], events: { e: { publish: ["server"], payload: isOptions, fill: fillOptions } } } },
};

test("events and Standard Schema hand on filled values; a field with a default may be absent", () => {
  const frame = (data: unknown) => ({ type: "event", channel: "c", event: "e", id: null, number: null, time: 0, sender: null, data }) as const;
  const intake = new Intake({ contract, onInvalid: "pass", warn: () => undefined, self: () => undefined });
  expect(intake.read("c", frame({ size: 3 }))?.data).toMatchObject({ size: 3, tags: [], note: null });
  const invalid = { size: "3" };
  expect(intake.read("c", frame(invalid))?.data).toBe(invalid);
  const schema = validator(contract, "c", "e");
  expect(schema.issues({})).toEqual([]);
  expect(schema["~standard"].validate({})).toMatchObject({ value: { size: 10 } });
  expect(schema["~standard"].validate({ tags: null })).toMatchObject({ issues: [{ path: ["tags"] }] });
});
