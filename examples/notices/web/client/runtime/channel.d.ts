/** One channel, as an application uses it. */
import type { ChannelEvent, ChannelMap, EventName, Handler, Params, Pattern, Payload } from "./contract.js";
import type { HistoryQuery, PageGap } from "./history.js";
import type { Gap, Subscribed } from "./subscriptions.js";
/** How to subscribe. */
export interface SubscribeOptions {
    /**
     * Continue after this cursor, for example the one of a page of history, or of a page rendered on a server: nothing twice, nothing lost.
     * Without it delivery starts now.
     */
    readonly after?: string | undefined;
}
/** A page of stored events, oldest first. */
export interface HistoryPage<Event> {
    /** The events. */
    readonly events: readonly Event[];
    /** The position after the page: subscribe with `{ after: cursor }` to continue without overlap and without a hole. */
    readonly cursor: string;
    /** Present where events after the given cursor are no longer stored: the page starts after that hole. */
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
    /**
     * Subscribes to one event. The first subscription of a page opens the connection; the last one to leave a channel leaves it on the wire.
     *
     * @example
     * ```ts
     * const off = client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data, meta) => show(data.text, meta.sender));
     * ```
     *
     * @returns ends this subscription. Calling it again does nothing.
     * @throws {@link ChannelLimitError} if this would be the 33rd channel at once; leave one first.
     */
    on<E extends EventName<C, P>>(event: E, handler: Handler<Payload<C, P, E>>, options?: SubscribeOptions): () => void;
    /**
     * Subscribes to every event of the channel. The event is a union that `event` tells apart; a signal has no `data`.
     *
     * @returns ends this subscription.
     * @throws {@link ChannelLimitError} if this would be the 33rd channel at once; leave one first.
     */
    onAny(handler: (event: ChannelEvent<C, P>) => void, options?: SubscribeOptions): () => void;
    /** Calls back when events of this channel may be missing. Does not subscribe. The answer stops it. */
    onGap(handler: (gap: Gap) => void): () => void;
    /** Calls back each time that this channel begins, or continues, without a hole. Does not subscribe. The answer stops it. */
    onSubscribed(handler: (subscribed: Subscribed) => void): () => void;
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
     * @throws {@link ChannelLimitError} if this would be the 33rd channel at once; leave one first.
     */
    on(handler: Handler<Data>, options?: SubscribeOptions): () => void;
}
/** A channel, as `client.channel` gives it. */
export type Channel<C extends ChannelMap<C>, P extends Pattern<C>> = NamedChannel<C, P> & ([EventName<C, P>] extends ["message"] ? UnnamedChannel<C[P]["events"]["message" & EventName<C, P>]> : unknown);
