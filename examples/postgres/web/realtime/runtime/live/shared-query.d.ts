/** One live query of one client, for everybody on the page who asks for the same. Knows what was told and what follows, and no frames on their way. */
import { type RefusedError } from "../errors.js";
import { type Fields } from "../frames.js";
import type { Clock } from "../platform.js";
import type { Arrival, LiveError, LiveStatus, Source } from "./source.js";
/** How long a query without users is kept, in milliseconds, so that a page which takes the place of another finds it as it was. */
export declare const GRACE = 5000;
/** What a shared query works with, and whom it tells. */
export interface SharedQueryOptions {
    /** What is asked for, as JSON without the braces. */
    readonly members: string;
    readonly clock: Clock;
    /** Checks a value, and fills in its defaults; the answer is what is wrong with it, if something is. */
    readonly read: (data: unknown) => {
        readonly data: unknown;
    } | LiveError;
    /** The number of the next value. */
    readonly next: () => number;
    /** Something is to be sent, or nothing any more. */
    readonly onNeed: () => void;
    /** Asks for a newer value, if there is a connection. */
    readonly reload: (key: string, onReply: (error: RefusedError | undefined) => void) => void;
    /** Ends it on the server. */
    readonly leave: (key: string) => void;
    /** Why nothing is ever answered again, if the client was closed. */
    readonly over: () => RefusedError | undefined;
    /** Nobody came back to it. */
    readonly onIdle: () => void;
    readonly report: (error: unknown) => void;
}
/** One query, however many use it. */
export declare class SharedQuery implements Source {
    status: LiveStatus;
    error: LiveError | undefined;
    latest: Arrival | undefined;
    /** What the server calls it on this connection. */
    key: string | undefined;
    /** Whether the server was asked on this connection, and did not answer yet. */
    isAsked: boolean;
    /** Whether it was closed with the connection, and may go on with the next. */
    isCutOff: boolean;
    private readonly options;
    private readonly listeners;
    private reloads;
    /** Names the value that is held; `undefined` where none is, or what came last was no value. */
    private version;
    private failures;
    private cancelRetry;
    private cancelRemoval;
    constructor(options: SharedQueryOptions);
    /** Whether somebody uses it. */
    get isUsed(): boolean;
    /** Whether the connection is needed for it. */
    get isActive(): boolean;
    /** Whether the server should be asked now. */
    get isDue(): boolean;
    /** What to ask with. */
    get beginning(): string;
    listen(changed: () => void): () => void;
    reload(): Promise<void>;
    /** The server took it. */
    begun(key: string): void;
    /** What another one knows is this one's, too: the server takes both for the same. */
    adopt({ version, latest, status, error }: SharedQuery): void;
    /** The server did not take it. */
    refused(error: RefusedError): void;
    /** Takes a frame of the server's. Whether it was one. */
    take(fields: Fields): boolean;
    /** The server does not go on with it. */
    private end;
    private retryLater;
    /** The connection is gone. */
    down(): void;
    /** Nothing follows by itself. `isCutOff`: it is the connection that ended for good, and with another one this can go on. */
    close(error: RefusedError, isCutOff?: boolean): void;
    /** What is known is not this user's. */
    reset(): void;
    /** Leaves before its time is over. */
    giveWay(): void;
    /** Asks once more for what was closed. */
    again(): void;
    private forget;
    private retryNow;
    private sendReloads;
    private value;
    private good;
    private fail;
    private settle;
    /** Leaves what nobody came back to while the server was asked. Whether that was so. */
    private removeAbandoned;
    /** Nobody came back in time. One that the server was asked for is left when there is an answer. */
    private remove;
    private turn;
}
