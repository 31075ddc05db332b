/** The values of live queries on the test's server: a test sets them, where a service would load them. */
import type { ContractData, LiveSpec } from "../contract.js";
import type { Fields } from "../frames.js";
import type { WireRefusal } from "./session.js";
/** What is told of a live query to those who asked for it. */
export type TellLive = (key: string, frame: object) => void;
/** What failed, where a loader would have. */
export type LiveFailure = "live_failed" | "live_timeout";
/** The live queries of the server. */
export declare class LiveValues {
    private readonly contract;
    private readonly tell;
    private readonly all;
    private readonly keys;
    constructor(contract: ContractData, tell: TellLive);
    /** The pattern of a query's channel; `undefined` where there is no such query. */
    specOf(name: string): LiveSpec | undefined;
    /**
     * What a query is called on the wire.
     *
     * @throws {@link PayloadError} if its parameters violate the contract.
     */
    key(name: string, channel: string, given: unknown): string;
    /** Sets a value, and tells it if it is another one. */
    set(key: string, name: string, channel: string, data: unknown): void;
    fail(key: string, failure: LiveFailure): void;
    reloads(key: string): number;
    /** What somebody who asks is answered, if there is anything to say. */
    answer(key: string, { version }: Fields): object | undefined;
    /** Somebody wants it anew. */
    reload(key: string): object | undefined;
    private send;
    private of;
}
/** The refusal of a query that the contract does not have. */
export declare const UNKNOWN_LIVE: object;
/** The refusal of parameters. */
export declare function invalidParams(message: string): WireRefusal;
