/** What this client shows of itself on one channel: the newest value, sent as often as is allowed, and again after a reconnect. */
import { RefusedError } from "../errors.js";
import type { Clock } from "../platform.js";
import type { Uplink } from "../uplink.js";
/** What an own state works with, and whom it tells. */
export interface OwnStateOptions {
    readonly channel: string;
    readonly clock: Clock;
    /** Whether the connection is needed may have changed. */
    readonly onNeed: () => void;
}
/** The presence of this client on one channel. */
export declare class OwnState {
    private readonly options;
    private readonly pace;
    private uplink;
    /** As JSON; `null` where the client is not there. */
    private text;
    /** Whether the server does not know that yet. */
    private isDirty;
    /** Who waits for the frame that is under way, and for the next one. */
    private under;
    private waiting;
    private holdUntil;
    private failures;
    private cancel;
    constructor(options: OwnStateOptions);
    /** Whether there is something to show, or to take back. */
    get isActive(): boolean;
    set(state: unknown): Promise<void>;
    leave(): void;
    up(uplink: Uplink): void;
    /** The server ended it without having been asked to. */
    again(): void;
    down(): void;
    /** There is nothing to show any more: `error` says why, unless it was meant. */
    end(error: RefusedError | undefined): void;
    private want;
    private pump;
    private settle;
}
