/** One channel, as an application uses it. */
import type { ChannelEvent, ChannelMap, EventName, Handler, Params, Pattern, Payload, PresenceState, Publishable } from "./contract.js";
import type { RefusedError } from "./errors.js";
import type { HistoryQuery, PageGap } from "./history.js";
import type { WithPresence } from "./presence.js";
import type { Published, PublishOptions } from "./publication.js";
import type { Denied, Gap, Revoked, Subscribed } from "./subscriptions.js";
/** How to subscribe. */
export interface SubscribeOptions {
    /**
     * Continue after this cursor, for example the one of a page of history, or of a page rendered on a server: nothing twice, nothing lost.
     * Without it delivery starts now.
     */
    readonly after?: string | undefined;
    /** Begin with this many stored events, 1 to 1000. Counts where `after` does not say where to begin, and not again when the connection comes back. */
    readonly last?: number | undefined;
}
/** A page of stored events, oldest first. */
export interface HistoryPage<Event> {
    /** The events. */
    readonly events: readonly Event[];
    /** The position after the page: subscribe with `{ after: cursor }` to continue without overlap and without a hole. */
    readonly cursor: string;
    /** Present where events next to the given cursor are no longer stored: the page holds what lies beyond that hole, which may be nothing. */
    readonly gap?: PageGap;
}
/** A channel whose events have names. */
export interface NamedChannel<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The name on the wire, such as `chat/42`. */
    readonly name: string;
    /** The pattern, such as `chat/{roomId}`. */
    readonly pattern: P;
    /** The parameters; `undefined` for a channel without any. */
    readonly params: Params<C, P>;
    /** Why the server refuses this channel to its subscribers; `undefined` if it does not. */
    readonly denied: RefusedError | undefined;
    /**
     * Subscribes to one event. The server sends only the events that somebody on the page wants. The first subscription of a page opens the connection; the last one to leave a channel leaves it on the wire.
     *
     * @example
     * ```ts
     * const off = client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data, meta) => show(data.text, meta.sender));
     * ```
     *
     * @returns ends this subscription. Calling it again does nothing.
     * @throws {@link ChannelLimitError} if this would be the 101st channel at once; leave one first.
     */
    on<E extends EventName<C, P>>(event: E, handler: Handler<Payload<C, P, E>>, options?: SubscribeOptions): () => void;
    /**
     * Subscribes to every event of the channel. The event is a union that `event` tells apart; a signal has no `data`.
     *
     * @returns ends this subscription.
     * @throws {@link ChannelLimitError} if this would be the 101st channel at once; leave one first.
     */
    onAny(handler: (event: ChannelEvent<C, P>) => void, options?: SubscribeOptions): () => void;
    /** Calls back when events of this channel may be missing. Does not subscribe. The answer stops it. */
    onGap(handler: (gap: Gap) => void): () => void;
    /** Calls back each time that this channel begins, or continues, without a hole. Does not subscribe. The answer stops it. */
    onSubscribed(handler: (subscribed: Subscribed) => void): () => void;
    /**
     * Calls back when the server refuses this channel for good. The other channels go on, and this one is asked for again when somebody subscribes
     * to it anew. Does not subscribe. The answer stops it.
     */
    onDenied(handler: (denied: Denied) => void): () => void;
    /** Calls back when the service takes the right to this channel away. Handlers of `onDenied` are called as well. Does not subscribe. The answer stops it. */
    onRevoked(handler: (revoked: Revoked) => void): () => void;
    /** Asks again for this channel if the server refused it, for those who listen to it already. */
    retry(): void;
    /**
     * Reads stored events: the newest, the next ones `after` a cursor, or the last ones `before` a cursor; 50 unless `limit` (1 to 1000) says otherwise.
     * A page holds at most 1 MiB, so a short page is not the end; an empty one is. Events with invalid data are treated as `onInvalid` says.
     *
     * @example
     * ```ts
     * const { events, cursor } = await room.history({ limit: 20 });
     * room.onAny((event) => add(event), { after: cursor });
     * ```
     *
     * @throws {@link RefusedError} if the server refuses; its `retry` says whether repeating can help. Network failures, and 40 s without an
     * answer, reject as `fetch` does.
     * @throws {@link PayloadError} if data is invalid and `onInvalid` is `"throw"`.
     */
    history(query?: HistoryQuery): Promise<HistoryPage<ChannelEvent<C, P>>>;
}
/** What a channel of one unnamed event adds. */
export interface UnnamedChannel<Data> {
    /**
     * Subscribes to the channel's one event, which needs no name.
     *
     * @returns ends this subscription.
     * @throws {@link ChannelLimitError} if this would be the 101st channel at once; leave one first.
     */
    on(handler: Handler<Data>, options?: SubscribeOptions): () => void;
}
/** What follows the name of an event that is published: its data, but for a signal, and how. */
export type PublishArguments<Data> = [Data] extends [void] ? readonly [data?: undefined, options?: PublishOptions] : readonly [data: Data, options?: PublishOptions];
/** Publishes on one channel: by name, or without one on a channel of one unnamed event. */
export type Publish<C extends ChannelMap<C>, P extends Pattern<C>> = [EventName<C, P>] extends ["message"] ? (...message: PublishArguments<C[P]["events"]["message" & EventName<C, P>]>) => Promise<Published> : <E extends Publishable<C, P>>(event: E, ...message: PublishArguments<C[P]["events"][E]>) => Promise<Published>;
/** What a channel adds that carries events which clients may publish. */
export interface Publishing<C extends ChannelMap<C>, P extends Pattern<C>> {
    /**
     * Publishes an event. It needs no subscription: where nothing is subscribed it opens the connection, which is let go 10 s after the last answer.
     *
     * While there is no connection up to 100 events wait for it, 30 s at most, and leave in order. What fails and may pass is tried again until 30 s
     * after the call, and however often it is tried, it is stored once. Without a connection in between, events arrive in the order of the calls.
     * Of an event of which only the newest value matters, values that a newer one overtakes before they leave are not sent, and resolve with it.
     * A connection publishes 20 events a second after a burst of 36; of the newest-value kind 60 a second.
     *
     * @example
     * ```ts
     * const { number } = await room.publish("message.sent", { author: "ann", text: "hi" });
     * ```
     *
     * @returns where the event is, once the server has it. It rejects with a {@link RefusedError}: the server's own refusal, or with the `reason`
     * `unknown_outcome` (nobody knows whether it was stored), `expired` (it waited for 30 s and was not sent), `buffer_full` (100 wait already),
     * `too_large`, `user_changed` (it waited, and another user is signed in by now), or `client_closed`. A rejection that nobody waits for goes to `onPublishDropped` instead of the platform's unhandled ones.
     * @throws {@link PayloadError} at once, if the data violates the contract. Nothing is sent.
     */
    readonly publish: Publish<C, P>;
}
/** A channel, as `client.channel` gives it. */
export type Channel<C extends ChannelMap<C>, P extends Pattern<C>> = NamedChannel<C, P> & ([EventName<C, P>] extends ["message"] ? UnnamedChannel<C[P]["events"]["message" & EventName<C, P>]> : unknown) & ([Publishable<C, P>] extends [never] ? unknown : Publishing<C, P>) & ([PresenceState<C, P>] extends [never] ? unknown : WithPresence<PresenceState<C, P>>);
