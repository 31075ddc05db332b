/** What the application subscribes to: channels with their listeners and cursors. Knows nothing of connections. */
import { type RefusedError } from "./errors.js";
import type { ChannelFrame } from "./frames.js";
import type { HistoryQuery, Page } from "./history.js";
import type { AnyEvent, Intake } from "./intake.js";
import { News } from "./news.js";
import type { Clock } from "./platform.js";
import type { ChannelRequest } from "./transport.js";
/** A connection carries no more channels than this. */
export declare const MAX_CHANNELS = 100;
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
/** A channel that the server refuses. */
export interface Denied {
    /** The name of the channel. */
    readonly channel: string;
    /** Why. */
    readonly error: RefusedError;
}
/** Where a listener begins, other than with what comes next. */
export interface Start {
    /** After this cursor. */
    readonly after?: string | undefined;
    /** With this many stored events. */
    readonly last?: number | undefined;
}
/** A channel that this client gets events of. */
export interface SubscribedChannel {
    /** The name of the channel. */
    readonly name: string;
    /** Who subscribed to it: this client, or the service for it. */
    readonly by: "client" | "server";
}
/** A right that the service took away. */
export interface Revoked {
    /** The name of the channel. */
    readonly channel: string;
    /** Until when, by the server's clock, in milliseconds since 1970; absent where it was not said. */
    readonly until?: number;
}
/** Somebody who wants the events of one channel; all of them, or those of one name. */
export interface Listener {
    readonly event: string | undefined;
    readonly call: (event: AnyEvent) => void;
    /** Whether the members are wanted, too. */
    readonly presence?: boolean;
}
/** The event of who wants none: a filter names at least one, and nothing else is called so. */
export declare const NO_EVENT = "no.event";
/** What the registry works with, and whom it tells. */
export interface SubscriptionsOptions {
    readonly intake: Intake;
    readonly clock: Clock;
    /** The set of channels may have changed. */
    readonly onChange: () => void;
    /** A page of a channel's stored events. */
    readonly page: (channel: string, query: HistoryQuery) => Promise<Page>;
    /** An error of the application's own code. */
    readonly report: (error: unknown) => void;
}
/** The registry of subscriptions, one entry per channel name however many listeners there are. */
export declare class Subscriptions {
    private readonly options;
    private readonly entries;
    /** Events of a channel may be missing. */
    readonly gaps: News<Gap>;
    /** A subscription begins without a hole. */
    readonly beginnings: News<Subscribed>;
    /** A channel is refused for good. */
    readonly denials: News<Denied>;
    /** A right was taken away. */
    readonly revocations: News<Revoked>;
    constructor(options: SubscriptionsOptions);
    /** The channels to be connected to, with their cursors. */
    wanted(): readonly ChannelRequest[];
    /** The channels that this client gets events of. */
    get channels(): readonly SubscribedChannel[];
    /** Whether anybody listens to a channel, or did just now. */
    has(name: string): boolean;
    /** Asks again for a channel that was refused. */
    retry(name: string): void;
    /** Why the server refuses a channel that somebody listens to. */
    denied(name: string): RefusedError | undefined;
    /**
     * Adds a listener to a channel; the answer removes it.
     *
     * @throws {@link ChannelLimitError} if this would be one channel more than a connection carries.
     * @throws RangeError if `last` is not a whole number from 1 to 1000.
     */
    listen(pattern: string, name: string, listener: Listener, { after, last }: Start): () => void;
    /** Takes one frame from the connection. */
    accept(frame: ChannelFrame): void;
    /** The service subscribed to a channel that nobody here knows. */
    private given;
    /** The service subscribed to it, and does not any more. */
    private take;
    /** The connection is gone, and with it what the server is known to send. */
    down(): void;
    /** From here on the server sends these events of a channel. */
    filtered(name: string, events: readonly string[] | undefined): void;
    /** The server refuses a channel for good. */
    deny(name: string, error: RefusedError): void;
    private enter;
    private used;
    private catchUp;
    /** Begins with those for whom the server sends what happens meanwhile: what they do not hold must still be in the pages. */
    private startCatchUps;
    /** The subscription has an outcome: whoever wanted to begin where it was asked to gets everything from it, if the server sends its events. */
    private spareCatchUps;
    private leave;
    private event;
    private read;
    private deliver;
    private gap;
    private subscribed;
    /** Delivery begins, or begins anew, for those who are catching up. */
    private begin;
}
