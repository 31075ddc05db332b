/**
 * The validator: closures compiled from the contract's table, the same algorithm as the server's.
 *
 * What is compiled comes with the contract, so this module knows no kind of type. Nothing is compiled before it is needed, and nothing is
 * evaluated as code, so a strict content security policy is no obstacle.
 */
import { type Check, type Scope } from "./checks/check.js";
import type { ContractData, EventSpec, TypeSpec } from "./contract.js";
import { type Issue } from "./issues.js";
/** What a check finds wrong: it runs a second time, with a report, only on a value that it has refused. */
export declare function issuesOf(check: Check, value: unknown): readonly Issue[];
/** Checks values against the types of one contract. */
export declare class Validator implements Scope {
    readonly contract: ContractData;
    private readonly compiled;
    private readonly fill;
    constructor(contract: ContractData);
    /** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
    payload({ payload }: EventSpec, data: unknown): readonly Issue[];
    /** What is wrong with a value of a type; an empty list for a valid one. */
    value(type: TypeSpec, value: unknown): readonly Issue[];
    /** Valid data with its defaults filled in: the same data where nothing is missing. */
    filled({ payload }: EventSpec, data: unknown): unknown;
    compile(type: TypeSpec | undefined): Check;
    once(node: object, make: () => Check): Check;
}
