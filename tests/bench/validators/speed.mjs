// How many valid messages a second each library checks: ours, Zod, and what ajv compiles ahead of time. All in one process and in turns, so
// that a busy machine is busy for all. Ends with 1 if ours is less than four times as fast as Zod, or not faster than ajv.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import { build } from "esbuild";
import * as z from "zod";
import { moduleText } from "./contract.mjs";
import { five, messages, types } from "./events.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "../../../codegen/client/dist");
const ROUNDS = 5;
const MILLISECONDS = Number(process.env.BENCH_MS ?? 500);

/** A type as JSON Schema. */
function toJsonSchema(type) {
  switch (type.kind) {
    case "string":
      return { type: "string", ...pick(type, "minLength", "maxLength", "pattern", "format") };
    case "dateTime":
      return { type: "string", format: "date-time" };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "integer":
      return { type: "integer", minimum: type.min, maximum: type.max };
    case "number":
      return { type: "number", ...(type.min !== undefined && { minimum: type.min }), ...(type.max !== undefined && { maximum: type.max }) };
    case "boolean":
      return { type: "boolean" };
    case "enum":
      return { type: "string", enum: type.values.map(({ value }) => value) };
    case "list":
      return { type: "array", items: toJsonSchema(type.items), ...pick(type, "minItems", "maxItems") };
    case "nullable":
      return { anyOf: [{ type: "null" }, toJsonSchema(type.of)] };
    case "ref":
      return { $ref: `#/$defs/${type.name}` };
    case "object":
      return toRecord(type.fields);
    case "union":
      return {
        type: "object",
        discriminator: { propertyName: type.tag },
        required: [type.tag],
        oneOf: type.variants.map(({ value, fields }) => toRecord([{ name: type.tag, type: { kind: "enum", values: [{ value }] } }, ...fields])),
      };
  }
}

function toRecord(fields) {
  const required = fields.filter(({ optional }) => !optional).map(({ name }) => name);
  return { type: "object", properties: Object.fromEntries(fields.map(({ name, type }) => [name, toJsonSchema(type)])), required };
}

function pick(object, ...names) {
  return Object.fromEntries(names.filter((name) => object[name] !== undefined).map((name) => [name, object[name]]));
}

/** A type as a Zod schema. */
function toZod(type) {
  switch (type.kind) {
    case "string": {
      let schema = type.format === "email" ? z.email() : z.string();
      if (type.minLength !== undefined) schema = schema.min(type.minLength);
      if (type.maxLength !== undefined) schema = schema.max(type.maxLength);
      return type.pattern === undefined ? schema : schema.regex(new RegExp(type.pattern, "u"));
    }
    case "dateTime":
      return z.iso.datetime({ offset: true });
    case "uuid":
      return z.guid();
    case "integer":
      return z.int().min(type.min).max(type.max);
    case "number": {
      let schema = z.number();
      if (type.min !== undefined) schema = schema.min(type.min);
      return type.max === undefined ? schema : schema.max(type.max);
    }
    case "boolean":
      return z.boolean();
    case "enum":
      return z.enum(type.values.map(({ value }) => value));
    case "list": {
      let schema = z.array(toZod(type.items));
      if (type.minItems > 0) schema = schema.min(type.minItems);
      return type.maxItems === undefined ? schema : schema.max(type.maxItems);
    }
    case "nullable":
      return toZod(type.of).nullable();
    case "ref":
      return toZod(types[type.name]);
    case "object":
      return z.object(zodFields(type.fields));
    case "union":
      return z.discriminatedUnion(type.tag, type.variants.map(({ value, fields }) => z.object({ [type.tag]: z.literal(value), ...zodFields(fields) })));
  }
}

function zodFields(fields) {
  return Object.fromEntries(fields.map(({ name, type, optional }) => [name, optional ? toZod(type).optional() : toZod(type)]));
}

async function load(folder, name, contents) {
  const file = join(folder, `${name}.mjs`);
  await build({ stdin: { contents, resolveDir: here, loader: "js" }, bundle: true, outfile: file, format: "esm", platform: "node", target: "node20", logLevel: "error" });
  return import(pathToFileURL(file).href);
}

/** Each event's check by name, for each library. */
async function contenders(folder) {
  const { contract, validator } = await load(folder, "ours", `${moduleText(types, five, dist)}\nexport { validator } from ${JSON.stringify(`${dist}/index.js`)};`);
  const $defs = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, toJsonSchema(type)]));
  const ajv = new Ajv({ discriminator: true, code: { source: true, esm: true }, schemas: Object.entries(five).map(([name, type]) => ({ $id: name, $defs, ...toJsonSchema(type) })) });
  addFormats(ajv);
  const names = Object.fromEntries(Object.keys(five).map((name) => [name.replace(".", "_"), name]));
  const standalone = await load(folder, "ajv", standaloneCode(ajv, names));
  const each = (make) => Object.fromEntries(Object.keys(five).map((name) => [name, make(name)]));
  return {
    ours: each((name) => {
      const check = validator(contract, "room/{id}", name);
      return (data) => check.issues(data).length === 0;
    }),
    "zod 4": each((name) => {
      const schema = toZod(five[name]);
      return (data) => schema.safeParse(data).success;
    }),
    "ajv standalone": each((name) => standalone[name.replace(".", "_")]),
  };
}

/** The time that this process has computed, in milliseconds: what others do on the machine is not in it. */
const now = () => process.cpuUsage().user / 1000;

/** Messages a second. */
function measure(checks) {
  const work = messages.map(([name, message]) => [checks[name], message]);
  const began = now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let turn = 0; turn < 20; turn += 1) {
      for (const [check, message] of work) if (!check(message)) throw new Error(`a valid message was refused: ${JSON.stringify(message)}`);
    }
    count += 20 * work.length;
    elapsed = now() - began;
  } while (elapsed < MILLISECONDS);
  return (count / elapsed) * 1000;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const folder = mkdtempSync(join(tmpdir(), "tidewire-speed-"));
try {
  writeFileSync(join(folder, "package.json"), "{}");
  const all = await contenders(folder);
  // A verdict that all give alike, so that none is fast because it looks at less.
  for (const [name, checks] of Object.entries(all)) {
    for (const [event, message] of messages) {
      const broken = Object.keys(message).filter((field) => checks[event]({ ...message, [field]: {} }));
      if (broken.some((field) => typeof message[field] !== "object")) throw new Error(`${name} accepts ${event} with a bad ${broken}`);
    }
    measure(checks);
  }
  const rates = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) for (const [name, checks] of Object.entries(all)) rates[name].push(measure(checks));
  const ours = median(rates.ours);
  console.log(`${"".padEnd(20)}${"messages/s".padStart(14)}${"ours is".padStart(12)}`);
  for (const [name, list] of Object.entries(rates)) console.log(`${name.padEnd(20)}${Math.round(median(list)).toLocaleString("en").padStart(14)}${`${(ours / median(list)).toFixed(2)} ×`.padStart(12)}`);
  if (ours < 4 * median(rates["zod 4"]) || ours <= median(rates["ajv standalone"])) {
    console.log("a bound is broken: at least 4 × Zod, and ahead of ajv");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
