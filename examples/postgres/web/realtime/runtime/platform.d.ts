/**
 * The one file that touches globals.
 *
 * Nothing here is read at import, so the client can be imported where there is no window. The shapes are declared here instead of taken
 * from the DOM's types, because a generated package must type-check in projects without them.
 */
/** Time, timers and chance, so that tests can hold them still. */
export interface Clock {
    /** Milliseconds since 1970. */
    now(): number;
    /** A number in [0, 1). */
    random(): number;
    /** Calls `task` once after `delay` milliseconds; the answer cancels it. */
    after(delay: number, task: () => void): () => void;
}
/** What the platform says about the page and the network. */
export interface Signals {
    /** Whether the platform is sure that there is no network. */
    offline(): boolean;
    /** Calls back when the network goes, and when it is a good moment to try at once. The answer stops that. */
    watch(onOffline: () => void, onWake: () => void): () => void;
}
/** The platform's `AbortSignal`, or the part of it that is used where its type is unknown. */
export type Signal = typeof globalThis extends {
    readonly AbortSignal: {
        readonly prototype: infer S;
    };
} ? S : {
    readonly aborted: boolean;
};
/** What the client hands to `fetch`. */
export interface FetchInit {
    /** The method: `POST` for frames to the server, `GET` for everything else. */
    readonly method: "GET" | "POST";
    /** The headers, by lower-case name. */
    readonly headers: {
        [name: string]: string;
    };
    /** What is posted, as text without a type, because another type would cost a CORS preflight. */
    readonly body?: string;
    /** Whether cookies travel. */
    readonly credentials?: "omit" | "same-origin" | "include";
    /** Keeps streams out of every cache. */
    readonly cache: "no-store";
    /** Ends the request. */
    readonly signal: Signal;
}
/** What the client needs of a response. */
export interface FetchResponse {
    /** The HTTP status. */
    readonly status: number;
    /** The headers. */
    readonly headers: {
        get(name: string): string | null;
    };
    /** The body, where there is one. */
    readonly body: {
        getReader(): BodyReader;
    } | null;
    /** The whole body as text. */
    text(): Promise<string>;
}
/** Reads a body piece by piece. */
export interface BodyReader {
    /** The next piece. */
    read(): Promise<{
        readonly done: boolean;
        readonly value?: Uint8Array | undefined;
    }>;
}
/** A function with the shape of `fetch`; the platform's own is one. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;
/** The platform's own `fetch`, with all that it takes; the part of it that is known everywhere where its type is unknown. */
export type PlatformFetch = typeof globalThis extends {
    readonly fetch: infer F;
} ? F : (input: string, init?: {
    readonly method?: string;
    readonly headers?: {
        readonly [name: string]: string;
    };
    readonly body?: string;
}) => Promise<FetchResponse>;
/** What the client needs of a WebSocket. */
export interface Socket {
    onopen: (() => void) | null;
    onmessage: ((event: {
        readonly data: unknown;
    }) => void) | null;
    onerror: (() => void) | null;
    onclose: ((event: {
        readonly code: number;
        readonly reason: string;
    }) => void) | null;
    send(text: string): void;
    close(): void;
}
/** What tabs of one browser speak to each other over. */
export interface TabWire {
    onmessage: ((event: {
        readonly data: unknown;
    }) => void) | null;
    postMessage(message: unknown): void;
    close(): void;
}
/** What only one tab of a browser can have at a time. */
export interface TabLocks {
    request(name: string, options: {
        readonly steal?: boolean;
        readonly signal?: Signal;
    }, task: () => Promise<void>): Promise<void>;
}
interface Listening {
    addEventListener(type: string, listener: () => void): void;
    removeEventListener(type: string, listener: () => void): void;
}
/** What a server needs of WebCrypto. */
interface Signing {
    importKey(format: "raw", key: Uint8Array, algorithm: {
        readonly name: string;
        readonly hash: string;
    }, extractable: boolean, uses: readonly string[]): Promise<object>;
    sign(algorithm: string, key: object, data: Uint8Array): Promise<ArrayBuffer>;
}
interface Platform extends Partial<Listening> {
    readonly fetch?: Fetch;
    readonly console: {
        warn(...texts: readonly unknown[]): void;
    };
    readonly document?: Listening & {
        readonly visibilityState?: string;
    };
    readonly navigator?: {
        readonly onLine?: boolean;
        readonly locks?: TabLocks;
    };
    readonly BroadcastChannel?: new (name: string) => TabWire;
    readonly location?: {
        readonly href: string;
    };
    readonly URL: new (url: string, base: string) => {
        readonly href: string;
    };
    readonly WebSocket?: new (url: string, protocols: readonly string[]) => Socket;
    readonly Headers: new (headers?: unknown) => {
        set(name: string, value: string): void;
    };
    readonly Request?: new (...args: never) => {
        readonly headers: unknown;
    };
    readonly crypto?: {
        getRandomValues(bytes: Uint8Array): Uint8Array;
        readonly subtle?: Signing;
    };
    readonly AbortController: new () => {
        readonly signal: Signal;
        abort(): void;
    };
    readonly TextDecoder: new () => {
        decode(bytes?: Uint8Array, options?: {
            readonly stream?: boolean;
        }): string;
    };
    readonly TextEncoder: new () => {
        encode(text: string): Uint8Array;
    };
    readonly reportError?: (error: unknown) => void;
    queueMicrotask(task: () => void): void;
    setTimeout(task: () => void, delay: number): unknown;
    clearTimeout(timer: unknown): void;
}
/** The globals, as far as this runtime uses them. */
export declare const platform: Platform;
/** The clock on the wall. */
export declare const systemClock: Clock;
/** What the browser says; silent elsewhere. */
export declare const browserSignals: Signals;
/** Hands an error of the application's own code to whoever watches for uncaught errors, without unwinding through the caller. */
export declare function reportUncaught(error: unknown): void;
/** Writes a warning for developers. */
export declare function warn(text: string): void;
export {};
