/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */
import type { ChannelFrame } from "./frames.js";
import type { Page } from "./history.js";
import type { AnyEvent, Intake } from "./intake.js";
import type { Clock } from "./platform.js";
import type { ChannelRequest } from "./transport.js";
/** More channels than this do not fit in one request. */
export declare const MAX_CHANNELS = 32;
/** How long a channel without listeners is kept, in milliseconds, so that a double mount or a hot reload costs nothing. */
export declare const GRACE = 100;
/** Why events may be missing. */
export interface Gap {
    /** The name of the channel. */
    readonly channel: string;
    /** What happened: one of `gapReasons`, or a reason of a later version. */
    readonly reason: string;
    /** The last good cursor; `null` where none was understood. */
    readonly from: string | null;
    /** Where delivery continues. */
    readonly cursor: string;
    /** How many events are lost; absent where nobody can know. */
    readonly missed?: number;
}
/** How a subscription began. */
export interface Subscribed {
    /** The name of the channel. */
    readonly channel: string;
    /** `fresh`: delivery starts now. `resumed`: everything since the last cursor follows, and nothing is missing. */
    readonly outcome: "fresh" | "resumed";
    /** Where delivery starts. */
    readonly cursor: string;
}
/** Somebody who wants the events of one channel; all of them, or those of one name. */
export interface Listener {
    readonly event: string | undefined;
    readonly call: (event: AnyEvent) => void;
}
/** What the registry works with, and whom it tells. */
export interface SubscriptionsOptions {
    readonly intake: Intake;
    readonly clock: Clock;
    /** The set of channels may have changed. */
    readonly onChange: () => void;
    /** The page of a channel's stored events after a cursor. */
    readonly page: (channel: string, after: string) => Promise<Page>;
    /** An error of the application's own code. */
    readonly report: (error: unknown) => void;
}
/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export declare class Subscriptions {
    private readonly options;
    private readonly entries;
    private readonly gapHandlers;
    private readonly subscribedHandlers;
    constructor(options: SubscriptionsOptions);
    /** The channels to be connected to, with their cursors. */
    wanted(): readonly ChannelRequest[];
    /**
     * Adds a listener to a channel; the answer removes it.
     *
     * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
     */
    listen(pattern: string, name: string, listener: Listener, after: string | undefined): () => void;
    /** Calls `handler` for each gap of one channel, or of any where `name` is `undefined`. The answer stops that. */
    onGap(name: string | undefined, handler: (gap: Gap) => void): () => void;
    /** Calls `handler` each time that a subscription begins without a hole. The answer stops that. */
    onSubscribed(name: string | undefined, handler: (subscribed: Subscribed) => void): () => void;
    /** Takes one frame from the connection. */
    accept(frame: ChannelFrame): void;
    private enter;
    private used;
    private catchUp;
    private leave;
    private event;
    private read;
    private deliver;
    private gap;
    private subscribed;
    private tell;
    /** Runs a handler of the application. What it throws is reported and starves nobody. */
    private call;
}
