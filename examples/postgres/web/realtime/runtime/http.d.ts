/** Requests to the server, and what its refusals mean. */
import { RefusedError } from "./errors.js";
import { type Fetch, type FetchResponse, type Signal } from "./platform.js";
import type { Tokens } from "./tokens.js";
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
    /** Gives the token of the moment, where the application has some. */
    readonly tokens?: Tokens;
    /** What the client says of itself when it connects, as JSON. */
    readonly opening?: string;
}
/** Headers by name. */
export type HeaderMap = {
    readonly [name: string]: string;
};
/** One request below the mount point. */
export interface HttpRequest {
    readonly method: "GET" | "POST";
    readonly headers: HeaderMap;
    readonly body?: string;
    readonly signal: Signal;
}
/** Sends a request below the mount point. Rejects as `fetch`, and the application's `headers` and `token`, do. */
export declare function request(options: HttpOptions, path: string, given: HttpRequest): Promise<FetchResponse>;
/**
 * An address that may be relative to the page, as a whole.
 *
 * @throws {@link RefusedError} if it is relative and there is no page.
 */
export declare function absoluteUrl(url: string): string;
/**
 * Reads what an answer other than the wanted one means.
 *
 * The server's own refusals say it by the range of their code. Anything else comes from something on the way (a proxy, a login page, a
 * static file server): only an answer that says "not you" or "not here" is final, because the rest may pass.
 */
export declare function readRefusal(response: FetchResponse, now: number): Promise<RefusedError>;
/** A value in a query string. A `/` stays as it is: that is allowed there, and channel names are easier to read in logs. */
export declare function queryValue(text: string): string;
