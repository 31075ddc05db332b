/** Kinds that stand for other types, and the one kind that has no content. */
import type { ContractData, TypeSpec } from "../contract.js";
import { type CheckOf } from "./check.js";
/** `true` or `false`. */
export declare const checkBoolean: CheckOf<"boolean">;
/** A type by its name. */
export declare const checkRef: CheckOf<"ref">;
/** A type, or `null`. */
export declare const checkNullable: CheckOf<"nullable">;
/** One of several types, chosen by the JSON type of the value. */
export declare const checkChoice: CheckOf<"choice">;
/** The JSON types that values of a type have. */
export declare function jsonTypes(type: TypeSpec, types: ContractData["types"]): readonly string[];
