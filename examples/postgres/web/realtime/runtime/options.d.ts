/** The options of a client. */
import type { HeaderMap } from "./http.js";
import type { OnInvalid } from "./intake.js";
import type { Fetch } from "./platform.js";
import type { Dropped } from "./publication.js";
import type { TabSharing } from "./tabs.js";
import type { TokenSource } from "./tokens.js";
import type { Transport } from "./transport.js";
/** Two contracts that differ. */
export interface Skew {
    /** The hash of the contract that this client was generated from. */
    readonly client: string;
    /** The hash of the server's contract. */
    readonly server: string;
}
/** How to make a client. */
export interface ClientOptions {
    /** Where the service mounts the router, such as `/realtime` or `https://example.org/realtime`. Relative to the page, as in `fetch`. */
    readonly url: string;
    /**
     * How frames travel. `"auto"`, the default: over a WebSocket where the platform has one, and over Server-Sent Events where that does not get through.
     * With `headers`, or with `credentials: "omit"`, it is Server-Sent Events alone, because a browser's WebSocket can do neither. Both have the same
     * abilities and keep the same promises. A WebSocket does not say why a server refuses it: with `"websocket"` the client asks once over HTTP. A function is a transport of your own: whatever carries frames both ways.
     */
    readonly transport?: "auto" | "sse" | "websocket" | Transport;
    /** `sharedTabs()` lets the tabs of a browser share one connection. By default each has its own. */
    readonly tabs?: TabSharing;
    /** Replaces the platform's `fetch`. */
    readonly fetch?: Fetch;
    /**
     * Gives a token of the service, or `undefined` where nobody is signed in. Asked before each connection attempt, and again before the token ends, so that
     * it is replaced while the connection lasts. It travels in the header `authorization` and beside the sub-protocol of a WebSocket, never in a URL. A
     * rejection counts as a failed attempt, and another one follows. Another user needs another client.
     *
     * @example
     * ```ts
     * const client = createClient({
     *   url: "https://live.example.org/realtime",
     *   token: async () => (await (await fetch("/realtime/auth", { method: "POST" })).json()).token,
     * });
     * ```
     */
    readonly token?: TokenSource;
    /** Gives headers for each request, for example `authorization`. A rejection counts as a failed attempt, and another one follows. */
    readonly headers?: () => HeaderMap | PromiseLike<HeaderMap>;
    /** Whether cookies travel, as in `fetch`: by default to the same origin alone. */
    readonly credentials?: "omit" | "same-origin" | "include";
    /**
     * What happens to an event whose data violates the contract. `"drop"`, the default: it is left out and counted, with one warning in the
     * console per event name. `"throw"`: it is left out, and a `PayloadError` is reported as an uncaught error. `"pass"`: it is handed on.
     */
    readonly onInvalid?: OnInvalid;
    /** Called once when the server turns out to have another contract. By default a warning in the console. */
    readonly onSkew?: (skew: Skew) => void;
    /** Called with each event that was given up and whose promise nobody looks at. By default a warning in the console. */
    readonly onPublishDropped?: (dropped: Dropped) => void;
}
