/** What a check is, and what all of them share. */
import type { ContractData, TypeSpec } from "../contract.js";
import type { IssueCode } from "../issues.js";
/**
 * Decides whether a value is of a type. Without a report it stops at the first problem and allocates nothing for a valid value; with one it goes
 * on and notes every problem. Both are one function, so they cannot disagree.
 */
export type Check = (value: unknown, depth: number, report?: Report) => boolean;
/** Takes down what is wrong with one value. */
export interface Report {
    /** Notes a problem at the current place, or one step further in, and the limit that was expected. Gives `false`. */
    add(code: IssueCode, value: unknown, limit?: unknown, part?: string): false;
    /** Runs a check one step further in. */
    inside(part: string | number, check: Check, value: unknown, depth: number): boolean;
}
/** Compiles the check of one type of a kind. */
export type CheckOf<Kind extends TypeSpec["kind"]> = (type: Extract<TypeSpec, {
    readonly kind: Kind;
}>, scope: Scope) => Check;
/** What a check may ask for while it is compiled. */
export interface Scope {
    /** The contract whose types are checked. */
    readonly contract: ContractData;
    /** The check of a type of the contract; there may be none of that name. */
    compile(type: TypeSpec | undefined): Check;
    /** The check of a node of the contract, made once; a node that leads back to itself gets a check that waits for its own. */
    once(node: object, make: () => Check): Check;
}
/** Notes a problem where there is a report to note it in. The verdict is `false` either way. */
export declare function fail(report: Report | undefined, code: IssueCode, value: unknown, limit?: unknown, part?: string): boolean;
/** The verdict on what lies one step further into a value, which may be too deep. */
export declare function into(check: Check, value: unknown, depth: number, report: Report | undefined, part: string | number): boolean;
/** The verdict on a number or a count between two bounds, which it may reach. */
export declare function within(is: number, min: number, max: number, report: Report | undefined, low: IssueCode, high: IssueCode): boolean;
