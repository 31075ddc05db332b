/** Fills in the fields that are absent and have a default, in values that passed their check. */
import type { ContractData, TypeSpec } from "../contract.js";
/**
 * Makes the function that fills in defaults. It gives a value in which no such field is absent: the value itself where nothing is missing, a copy
 * of the objects on the way to what is missing otherwise.
 */
export declare function fillDefaults(types: ContractData["types"]): (type: TypeSpec, value: unknown) => unknown;
