/**
 * The validator: closures compiled from the contract's table, the same algorithm as the server's.
 *
 * The first pass answers yes or no and allocates nothing; only a refused value is walked a second time to say why. Nothing is compiled
 * before it is needed, and nothing is evaluated as code, so a strict content security policy is no obstacle.
 */
import type { ContractData, EventSpec, TypeSpec } from "./contract.js";
import { type Issue } from "./issues.js";
/** Checks values against the types of one contract. */
export declare class Validator {
    private readonly contract;
    private readonly compiled;
    constructor(contract: ContractData);
    /** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
    payload(event: EventSpec, data: unknown): readonly Issue[];
    /** What is wrong with a value of a type; an empty list for a valid one. */
    value(type: TypeSpec, value: unknown): readonly Issue[];
    private check;
    private compile;
    /** Compiles on first use, which is also what lets a type refer to itself. */
    private later;
    private reference;
    private fields;
}
