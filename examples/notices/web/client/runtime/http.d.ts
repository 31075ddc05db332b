/** Requests to the server, and what its refusals mean. */
import { type RefusedError as Refused } from "./errors.js";
import { type Fetch, type FetchResponse, type Signal } from "./platform.js";
/** What to do about an answer that something else gave. */
export declare const WRONG_PLACE = "is `url` where the service mounts the router?";
/** Where the server is, and how to speak to it. */
export interface HttpOptions {
    /** Where the service mounts the router, such as `/realtime`. */
    readonly url: string;
    /** The hash of the contract that the client was generated from. */
    readonly contract: string;
    /** Replaces the platform's `fetch`. */
    readonly fetch?: Fetch;
    /** Gives headers for each request. */
    readonly headers?: () => HeaderMap | PromiseLike<HeaderMap>;
    /** Whether cookies travel. */
    readonly credentials?: "omit" | "same-origin" | "include";
}
/** Headers by name. */
export type HeaderMap = {
    readonly [name: string]: string;
};
/** A refusal, and how long the server asks to wait, in milliseconds. */
export interface Refusal {
    readonly error: Refused;
    readonly after?: number;
}
/** Sends a `GET` below the mount point. Rejects as `fetch` and the application's `headers` do. */
export declare function get(options: HttpOptions, path: string, headers: HeaderMap, signal: Signal): Promise<FetchResponse>;
/**
 * Reads what an answer other than the wanted one means.
 *
 * The server's own refusals say it by the range of their code. Anything else comes from something on the way (a proxy, a login page, a
 * static file server): only an answer that says "not you" or "not here" is final, because the rest may pass.
 */
export declare function readRefusal(response: FetchResponse, now: number): Promise<Refusal>;
/** A value in a query string. A `/` stays as it is: that is allowed there, and channel names are easier to read in logs. */
export declare function queryValue(text: string): string;
