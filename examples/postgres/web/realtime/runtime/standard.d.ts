/** One event's validator, also in the form that other libraries accept: Standard Schema, version 1. */
import type { ChannelMap, ConnectionShape, Contract, EventName, Pattern, Payload } from "./contract.js";
import type { Issue } from "./issues.js";
/** Checks what one event carries. A Standard Schema, so form and RPC libraries take it as it is. */
export interface EventValidator<Data> {
    /** What is wrong with `data`; an empty list for valid data. */
    issues(data: unknown): readonly Issue[];
    /** The Standard Schema interface. */
    readonly "~standard": {
        /** The version of the interface. */
        readonly version: 1;
        /** Who made the validator. */
        readonly vendor: "tidewire";
        /** Gives the value with its defaults filled in, or what is wrong with it. */
        readonly validate: (value: unknown) => {
            readonly value: Data;
            readonly issues?: undefined;
        } | {
            readonly issues: readonly Issue[];
        };
        /** Carries the types; there is no such property. */
        readonly types?: {
            readonly input: Data;
            readonly output: Data;
        } | undefined;
    };
}
/**
 * The validator of one event's payload.
 *
 * @example
 * ```ts
 * const message = validator(contract, "chat/{roomId}", "message.sent");
 * message.issues({ author: "ann" }); // one issue: /text is missing
 * ```
 *
 * @throws RangeError if the contract has no such event, which the types already rule out.
 */
export declare function validator<C extends ChannelMap<C>, P extends Pattern<C>, E extends EventName<C, P>>(contract: Contract<C, ConnectionShape>, pattern: P, event: E): EventValidator<Payload<C, P, E>>;
