/** The errors of this runtime, and the rule that decides what follows an error of the wire. */
import type { Issue } from "./issues.js";
/** What a client does after an error: give up, wait and try again, or reconnect at once. */
export type Retry = "never" | "back_off" | "now";
/** An error as it travels: a stable number and name, and texts that may change. */
export interface WireError {
    /** The number; its range decides what a client does. */
    readonly code: number;
    /** The name, in `snake_case`. */
    readonly name: string;
    /** What went wrong, for people. */
    readonly message: string;
    /** What to do about it, where that is known. */
    readonly hint?: string;
    /** How long to wait before another try, in milliseconds, where the server says it. */
    readonly retryAfter?: number;
}
/**
 * Decides what follows an error, by the range of its code alone, so that codes of later versions work.
 *
 * @example
 * ```ts
 * retryAfter(4101); // "back_off"
 * ```
 */
export declare function retryAfter(code: number): Retry;
/** A request that the server, or something on the way to it, refused; or that this client gave up. */
export declare class RefusedError extends Error {
    readonly name = "RefusedError";
    /** The number of the error on the wire; `undefined` where it does not come from a server that speaks the protocol. */
    readonly code: number | undefined;
    /** The name of the error in `snake_case`, such as `unknown_channel`. */
    readonly reason: string;
    /** What to do about it, where that is known. */
    readonly hint: string | undefined;
    /** Whether repeating the request can help. */
    readonly retry: Retry;
    /** How long to wait before that, in milliseconds; `undefined` where nobody says it. */
    readonly retryAfter: number | undefined;
    constructor(error: Omit<WireError, "code"> & {
        readonly code?: number;
    }, retry: Retry);
}
/** The refusal that an error of the wire is. */
export declare function refusal(error: WireError): RefusedError;
/** The right was taken away, as the server says it. */
export declare const REVOKED: WireError;
/** Why values do not make a channel name. */
export type AddressErrorCode = "unknown_channel" | "missing_parameter" | "unknown_parameter" | "invalid_parameter" | "too_long";
/** Parameters that do not make a channel name. The code that made the address is wrong; repeating does not help. */
export declare class AddressError extends Error {
    readonly name = "AddressError";
    /** What is wrong. */
    readonly code: AddressErrorCode;
    /** The parameter that it is about; `undefined` where it is about the whole address. */
    readonly parameter: string | undefined;
    constructor(code: AddressErrorCode, message: string, parameter?: string);
}
/** Data that violates the contract: thrown by `publish`, and reported for an event that came where the policy `onInvalid` is `"throw"`. */
export declare class PayloadError extends Error {
    readonly name = "PayloadError";
    /** The channel of the event; empty for what belongs to none, such as a call. */
    readonly channel: string;
    /** The name of the event, or of the call; `presence`, `opening` or `greeting` for these. */
    readonly event: string;
    /** What is wrong, and where. */
    readonly issues: readonly Issue[];
    constructor(channel: string, event: string, issues: readonly Issue[]);
}
/** More channels at once than one connection carries. */
export declare class ChannelLimitError extends Error {
    readonly name = "ChannelLimitError";
    /** How many channels one connection carries. */
    readonly limit: number;
    constructor(limit: number);
}
