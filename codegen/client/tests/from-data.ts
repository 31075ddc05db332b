/** Checks made from types as data, the form that `contract.json` and the corpus have them in. The generator does the same in print. */

import * as checks from "../src/checks.js";
import type { Check } from "../src/checks.js";
import { issuesOf } from "../src/checks/check.js";
import type { FormatName, JsonSchema } from "../src/checks/json.js";
import type { Issue } from "../src/issues.js";

export interface FieldSpec {
  readonly name: string;
  readonly optional?: boolean;
  readonly default?: unknown;
  readonly type: TypeSpec;
}

interface ObjectSpec {
  readonly fields: readonly FieldSpec[];
  readonly closed?: boolean;
}

export type TypeSpec =
  | { readonly kind: "string"; readonly minLength?: number; readonly maxLength?: number; readonly pattern?: string; readonly format?: FormatName }
  | { readonly kind: "dateTime" | "uuid" | "boolean" | "any" }
  | { readonly kind: "int64"; readonly signed: boolean }
  | { readonly kind: "integer"; readonly min: number; readonly max: number; readonly multipleOf?: number }
  | { readonly kind: "number"; readonly min?: number; readonly max?: number; readonly exclusiveMin?: number; readonly exclusiveMax?: number; readonly multipleOf?: number }
  | { readonly kind: "json"; readonly schema: JsonSchema }
  | { readonly kind: "enum"; readonly values: readonly { readonly value: string }[]; readonly open?: boolean }
  | ({ readonly kind: "object" } & ObjectSpec)
  | { readonly kind: "union"; readonly tag: string; readonly variants: readonly ({ readonly value: string } & ObjectSpec)[]; readonly open?: boolean }
  | { readonly kind: "choice"; readonly of: readonly TypeSpec[] }
  | { readonly kind: "list"; readonly items: TypeSpec; readonly minItems?: number; readonly maxItems?: number; readonly unique?: boolean }
  | { readonly kind: "tuple"; readonly items: readonly TypeSpec[] }
  | { readonly kind: "map"; readonly values: TypeSpec; readonly keys?: string; readonly minEntries?: number; readonly maxEntries?: number }
  | { readonly kind: "ref"; readonly name: string }
  | { readonly kind: "nullable"; readonly of: TypeSpec };

export type Types = { readonly [name: string]: TypeSpec };

const formats: { readonly [Name in FormatName]: Check } = {
  "date-time": checks.asDateTime,
  date: checks.asDate,
  uuid: checks.asUuid,
  email: checks.asEmail,
  uri: checks.asUri,
  ipv4: checks.asIpv4,
  ipv6: checks.asIpv6,
};

/** A check and those that are there besides. */
function all(check: Check, ...more: readonly (Check | false | undefined)[]): Check {
  const there = more.filter((each): each is Check => typeof each === "function");
  return there.length === 0 ? check : checks.all(check, ...there);
}

/** Makes the checks of types; what is named by others is in `types`. */
export class FromData {
  private readonly types: Types;
  private readonly named = new Map<string, Check>();

  constructor(types: Types) {
    this.types = types;
  }

  issues(type: TypeSpec, value: unknown): readonly Issue[] {
    return issuesOf(this.check(type), value);
  }

  check(type: TypeSpec): Check {
    switch (type.kind) {
      case "string": {
        const { minLength, maxLength, pattern, format } = type;
        return all(checks.string(minLength, maxLength), pattern !== undefined && checks.pattern(pattern), format && formats[format]);
      }
      case "dateTime":
      case "uuid":
      case "boolean":
      case "any":
        return checks[type.kind];
      case "int64":
        return type.signed ? checks.int64 : checks.uint64;
      case "integer":
        return all(checks.integer(type.min, type.max), type.multipleOf !== undefined && checks.integerMultipleOf(type.multipleOf));
      case "number": {
        const { min, max, exclusiveMin, exclusiveMax, multipleOf } = type;
        return all(
          checks.number(min, max),
          exclusiveMin !== undefined && checks.above(exclusiveMin),
          exclusiveMax !== undefined && checks.below(exclusiveMax),
          multipleOf !== undefined && checks.multipleOf(multipleOf),
        );
      }
      case "json":
        return checks.json(type.schema, { types: Object.fromEntries(Object.keys(this.types).map((name) => [name, () => this.ref(name)])), formats });
      case "enum":
        return type.open === true ? checks.string() : checks.oneOf(...type.values.map(({ value }) => value));
      case "object":
        return this.object(type);
      case "union":
        return checks.union(
          type.tag,
          Object.fromEntries(type.variants.map((variant) => [variant.value, this.object(variant, type.tag)])),
          type.open === true ? checks.any : undefined,
        );
      case "choice":
        return checks.choice(Object.fromEntries(type.of.flatMap((each) => this.jsonTypes(each).map((name) => [name, this.check(each)]))));
      case "list":
        return all(checks.list(this.check(type.items), type.minItems, type.maxItems), type.unique === true && checks.unique);
      case "tuple":
        return checks.tuple(...type.items.map((item) => this.check(item)));
      case "map":
        return all(checks.map(this.check(type.values), type.minEntries, type.maxEntries), type.keys !== undefined && checks.keys(type.keys));
      case "ref":
        return checks.ref(() => this.ref(type.name));
      case "nullable":
        return checks.nullable(this.check(type.of));
    }
  }

  private object({ fields, closed }: ObjectSpec, tag?: string): Check {
    const entries = fields.map(({ name, type, optional, default: absent }) => {
      const check = this.check(type);
      return [name, optional === true || absent !== undefined ? checks.optional(check) : check] as const;
    });
    const names = [...(tag === undefined ? [] : [tag]), ...fields.map(({ name }) => name)];
    return all(checks.object(Object.fromEntries(entries)), closed === true && checks.only(...names));
  }

  private ref(name: string): Check {
    const type = this.types[name];
    if (type === undefined) throw new Error(`there is no type ${name}`);
    const known = this.named.get(name) ?? this.check(type);
    this.named.set(name, known);
    return known;
  }

  private jsonTypes(type: TypeSpec): readonly string[] {
    switch (type.kind) {
      case "ref": {
        const named = this.types[type.name];
        return named === undefined ? [] : this.jsonTypes(named);
      }
      case "nullable":
        return ["null", ...this.jsonTypes(type.of)];
      case "choice":
        return type.of.flatMap((each) => this.jsonTypes(each));
      case "boolean":
        return ["boolean"];
      case "integer":
      case "number":
        return ["number"];
      case "list":
      case "tuple":
        return ["array"];
      case "object":
      case "union":
      case "map":
        return ["object"];
      default:
        return ["string"];
    }
  }
}
