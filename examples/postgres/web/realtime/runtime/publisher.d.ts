/** Brings events to the server: in order, once, and within a time, whatever happens to the connection meanwhile. */
import { RefusedError } from "./errors.js";
import type { Fields } from "./frames.js";
import type { Clock } from "./platform.js";
import { type Dropped, type PublicationParts, type Published } from "./publication.js";
import type { Uplink } from "./uplink.js";
/** An event without an outcome is given up this long after the call, in milliseconds. */
export declare const PATIENCE = 30000;
/** So many events wait at most while there is no connection. */
export declare const MAX_BUFFERED = 100;
/** How long the connection is kept after the last reply where nothing is subscribed, in milliseconds. */
export declare const LINGER = 10000;
/** What a publisher works with, and whom it tells. */
export interface PublisherOptions {
    readonly clock: Clock;
    /** Whether the connection is needed may have changed. */
    readonly onNeed: () => void;
    /** An event was given up that nobody waits for. */
    readonly onDropped: (dropped: Dropped) => void;
}
/** The events of one client on their way up. */
export declare class Publisher {
    private readonly options;
    /** Everything without an outcome, in the order of the calls. */
    private readonly queue;
    private readonly pace;
    private readonly latestPace;
    private uplink;
    /** Nothing is sent before this moment, because of a failure. */
    private holdUntil;
    private failures;
    /** After a failure events go one by one until one arrives: together they would overtake each other. */
    private isProbing;
    private closed;
    private answeredAt;
    private timer;
    private cancelLinger;
    constructor(options: PublisherOptions);
    /** Whether the connection is needed: something waits, or was answered just now and more may follow. */
    get isActive(): boolean;
    /** Publishes. The promise never rejects unhandled; what nobody looks at is told to `onDropped`. */
    publish(parts: Omit<PublicationParts, "deadline">): Promise<Published>;
    /** The connection takes frames from now on. */
    up(uplink: Uplink): void;
    /** The connection is gone; replies that are out do not come. `error`: and it does not come back by itself. */
    down(error: RefusedError | undefined): void;
    /** The right to publish is gone, on one channel or on all: nothing that waits may leave under another one. */
    discard(channel: string | undefined, error: RefusedError): void;
    /** Sends what may be sent now. */
    private pump;
    private settle;
    private retry;
    /** Gives up what has waited for too long. */
    private expire;
    private answered;
    private drop;
    /** The event of the same name and channel that a newer one takes the place of. */
    private waiting;
    private paceOf;
    /** One timer, for the next moment at which something can be done. */
    private arm;
}
/** Where an event is, as the server says it. */
export declare function readPublished({ id, number, time, stored, duplicate }: Fields): Published;
