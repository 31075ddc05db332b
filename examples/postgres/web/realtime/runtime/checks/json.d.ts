/** Checked JSON: the assertions of JSON Schema, each as a closure of its own. */
import { type Check } from "./check.js";
/** The names that JSON Schema has for JSON's types; an integer is a number without a fraction. */
export type JsonTypeName = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";
/** The formats of text. */
export type FormatName = "date-time" | "date" | "uuid" | "email" | "uri" | "ipv4" | "ipv6";
/** The part of JSON Schema (2020-12) that is checked as it stands. `$ref` names a type of the contract: `#/types/Name`. */
export type JsonSchema = boolean | {
    readonly type?: readonly JsonTypeName[];
    readonly enum?: readonly unknown[];
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly format?: FormatName;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
    readonly exclusiveMaximum?: number;
    readonly multipleOf?: number;
    readonly prefixItems?: readonly JsonSchema[];
    readonly items?: JsonSchema;
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly uniqueItems?: boolean;
    readonly properties?: {
        readonly [name: string]: JsonSchema;
    };
    readonly required?: readonly string[];
    readonly patternProperties?: {
        readonly [pattern: string]: JsonSchema;
    };
    readonly additionalProperties?: JsonSchema;
    readonly minProperties?: number;
    readonly maxProperties?: number;
    readonly allOf?: readonly JsonSchema[];
    readonly anyOf?: readonly JsonSchema[];
    readonly oneOf?: readonly JsonSchema[];
    readonly $ref?: string;
};
/** What a schema names: types of the contract, and formats. */
export interface JsonScope {
    readonly types?: {
        readonly [name: string]: () => Check;
    };
    readonly formats?: {
        readonly [name: string]: Check;
    };
}
/** JSON that a schema describes. It is checked as it stands, and as JSON first: no keyword looks at what nests too deep. */
export declare function json(schema: JsonSchema, scope?: JsonScope): Check;
