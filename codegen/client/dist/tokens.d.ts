/** Who the client is to the server: the application's tokens, asked for when one is needed and before one ends. */
import type { Clock } from "./platform.js";
import type { Transport } from "./transport.js";
import type { Uplink } from "./uplink.js";
/** Gives a token; `undefined` where nobody is signed in. */
export type TokenSource = () => string | undefined | PromiseLike<string | undefined>;
/** Until when a grant holds, as the server says it. */
export interface Validity {
    readonly expires?: number;
    readonly time?: number;
    /** Whether it ends soon. */
    readonly expiring?: boolean;
}
/** The tokens of one client. */
export declare class Tokens {
    private readonly source;
    private readonly clock;
    private asked;
    private uplink;
    /** What the connection was opened, or renewed, with. */
    private used;
    private failures;
    private cancel;
    constructor(source: TokenSource, clock: Clock);
    /** The token of the moment. Rejects as the application's function does. */
    current(): Promise<string | undefined>;
    /** A new one, from the application. */
    fresh(): Promise<string | undefined>;
    /** The server does not take it any more: the next request asks for another one. */
    forget(asked?: Promise<string | undefined> | undefined): void;
    /** A transport that asks for a token before each attempt. */
    over(transport: Transport): Transport;
    /** The connection takes frames from now on. */
    up(uplink: Uplink): void;
    /** The connection is gone. */
    down(): void;
    /** The server says how long the grant holds. */
    hold({ expires, time, expiring }: Validity): void;
    private later;
    private renew;
    /** There is no other token yet. */
    private again;
}
