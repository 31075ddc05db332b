/** The events of a channel as the values of a live query: no loader runs for them. */
import type { StatusSource } from "../status.js";
import type { Subscriptions } from "../subscriptions.js";
import type { Arrival, LiveError, LiveStatus, Source } from "./source.js";
/** What a stream of events works with. */
export interface EventStreamOptions {
    readonly pattern: string;
    readonly name: string;
    readonly subscriptions: Subscriptions;
    readonly connection: StatusSource;
    /** The number of the next value. */
    readonly next: () => number;
}
/** The events of one channel. */
export declare class EventStream implements Source {
    latest: Arrival | undefined;
    private readonly options;
    private reason;
    private closed;
    constructor(options: EventStreamOptions);
    get status(): LiveStatus;
    get error(): LiveError | undefined;
    listen(changed: () => void): () => void;
    reload(): Promise<void>;
    private get denied();
}
