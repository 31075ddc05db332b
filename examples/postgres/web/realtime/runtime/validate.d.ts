/** Checks what events carry. What decides comes with the contract, so this module knows no kind of type. */
import type { ContractData, EventSpec, ValueSpec } from "./contract.js";
import type { Issue } from "./issues.js";
/** What is wrong with what an event carries; an empty list for valid data. `data` is `undefined` where the event came without any. */
export declare function payloadIssues({ payload }: ValueSpec, data: unknown): readonly Issue[];
/** Valid data with its defaults filled in: the same data where nothing is missing. */
export declare function filled({ fill }: ValueSpec, data: unknown): unknown;
/**
 * The event that a client publishes, once its data is checked.
 *
 * @throws RangeError if the channel has no such event, or clients may not publish it, which the types already rule out.
 * @throws {@link PayloadError} if the data violates the contract.
 */
export declare function publishable(contract: ContractData, pattern: string, channel: string, event: string, data: unknown): EventSpec;
