/** Who the client is to the server: the application's tokens, asked for when one is needed and before one ends. */
import type { Extension } from "./extension.js";
import type { Fields, WelcomeFrame } from "./frames.js";
import type { Clock } from "./platform.js";
import type { Transport } from "./transport.js";
import type { Uplink } from "./uplink.js";
/** Gives a token; `undefined` where nobody is signed in. */
export type TokenSource = () => string | undefined | PromiseLike<string | undefined>;
/** The tokens of one client. */
export declare class Tokens implements Extension {
    readonly isActive = false;
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
    begin({ expires, time }: Partial<WelcomeFrame>): void;
    accept(frame: Fields): boolean;
    up(uplink: Uplink): void;
    down(): void;
    left(): void;
    channel(): undefined;
    private later;
    private renew;
    /** There is no other token yet. */
    private again;
}
