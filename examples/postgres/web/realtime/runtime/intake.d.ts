/** Turns the event frames of the wire into events of the contract: known by name, checked, counted. */
import type { ContractData, Meta } from "./contract.js";
import type { EventFrame } from "./frames.js";
import type { Issue } from "./issues.js";
/** What happens to an event whose data violates the contract: left out, left out and reported as an uncaught error, or handed on as it is. */
export type OnInvalid = "drop" | "throw" | "pass";
/** What came and was not handed on, since the client was made. */
export interface Counters {
    /** Events whose data violates the contract. */
    readonly invalid: number;
    /** Events, and frames, that this version of the contract or of the protocol does not know. */
    readonly unknown: number;
    /** Events that had been handed out before. */
    readonly duplicate: number;
    /** Text that is not a frame. */
    readonly malformed: number;
}
/** An event without its type: the members of {@link DataEvent} or {@link SignalEvent}. */
export interface AnyEvent {
    readonly channel: string;
    readonly event: string;
    readonly data?: unknown;
    readonly meta: Meta;
}
/** What the intake works with, and whom it tells. */
export interface IntakeOptions {
    readonly contract: ContractData;
    readonly onInvalid: OnInvalid;
    readonly warn: (text: string) => void;
    /** The public name of this client's session. */
    readonly self: () => string | undefined;
}
/** Reads events and keeps count of those that are not handed on. */
export declare class Intake {
    /** What was not handed on. */
    readonly counters: {
        -readonly [Name in keyof Counters]: Counters[Name];
    };
    private readonly options;
    private readonly warned;
    constructor(options: IntakeOptions);
    /**
     * The event that a frame holds. `undefined` if it is unknown, or its data is invalid and the policy is to drop.
     *
     * @throws {@link PayloadError} if the data is invalid and the policy is to throw.
     */
    read(pattern: string, frame: EventFrame): AnyEvent | undefined;
    /**
     * What came violates the contract. Whether it is handed on all the same.
     *
     * @throws {@link PayloadError} if the policy is to throw.
     */
    invalid(channel: string, event: string, issues: readonly Issue[]): boolean;
    private spec;
    private warnOnce;
}
