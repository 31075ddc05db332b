/** The client, as an application uses it. */
import type { Channel, NamedChannel } from "./channel.js";
import type { ChannelMap, ConnectionShape, ParamsArgument, Pattern, PlainConnection } from "./contract.js";
import type { Exchanging, Opening } from "./exchange.js";
import type { Counters } from "./intake.js";
import type { Living } from "./live.js";
import type { ClientOptions } from "./options.js";
import type { PlatformFetch } from "./platform.js";
import type { StatusSource } from "./status.js";
import type { Denied, Gap, Revoked, SubscribedChannel } from "./subscriptions.js";
/** A client of one contract. */
export interface ClientCore<C extends ChannelMap<C>> {
    /**
     * A channel of the contract. Making one costs nothing: only a subscription, or something to publish, connects.
     *
     * @example
     * ```ts
     * const room = client.channel("chat/{roomId}", { roomId: "42" });
     * ```
     *
     * @throws {@link AddressError} if a parameter violates the contract, or the name would be longer than 200 bytes.
     */
    channel<P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>): Channel<C, P>;
    /** The state of the connection: `get()` and `subscribe(listener)`. */
    readonly status: StatusSource;
    /**
     * The public name of this client at the server, for logs and to leave it out of an event; the same over reconnects. `undefined` before the
     * first connection, and where tabs share one. It grants nothing.
     */
    readonly connectionId: string | undefined;
    /** The user that the service knows this client as; `null` for nobody, `undefined` before the first connection. */
    readonly user: string | null | undefined;
    /** The channels that this client gets events of: those that it subscribed to, and those that the service subscribed it to. */
    readonly channels: readonly SubscribedChannel[];
    /** What came and was not handed on, since the client was made. */
    readonly counters: Counters;
    /** Calls back when events of any channel may be missing. Does not subscribe. The answer stops it. */
    onGap(handler: (gap: Gap) => void): () => void;
    /** Calls back when the server refuses a channel for good, whichever it is. The answer stops it. */
    onDenied(handler: (denied: Denied) => void): () => void;
    /**
     * Calls back when the service takes the right to a channel away, whichever it is. What waits to be published on it is rejected with the reason `revoked`; other channels go on. Handlers of
     * `onDenied` are called as well. The answer stops it.
     */
    onRevoked(handler: (revoked: Revoked) => void): () => void;
    /** Calls back when the service takes every right away: the connection ends, everything that waits is rejected, and the status is `closed`. The answer stops it. */
    onAllRevoked(handler: (revoked: Pick<Revoked, "until">) => void): () => void;
    /**
     * Keeps the connection open although nothing is subscribed, for what the service begins by itself. The answer lets it go.
     *
     * @example
     * ```ts
     * const off = client.connect();
     * ```
     */
    connect(): () => void;
    /**
     * The platform's `fetch` for requests to your own service, which tells it who asks: a handler can leave this client out of what it publishes.
     *
     * @example
     * ```ts
     * await client.fetch("/api/rooms/42/messages", { method: "POST", body: text }); // with the header `tidewire-connection: c-…`
     * ```
     */
    readonly fetch: PlatformFetch;
    /** Ends the connection for good. Subscriptions stay registered and receive nothing; what waits to be published is rejected. */
    close(): void;
}
/** A client. Where the contract has a `default` channel, `on` and `onAny` subscribe to it directly; where it has calls, greetings or live queries, there is what they need. */
export type Client<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> = ClientCore<C> & ("default" extends Pattern<C> ? Pick<NamedChannel<C, "default">, "on" | "onAny"> : unknown) & Exchanging<K> & Living<C, K>;
/**
 * Makes a client of the contract. It connects with the first subscription, or with the first event to publish.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "/realtime" });
 * const off = client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => show(data.text));
 * ```
 */
export type CreateClient<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> = (options: ClientOptions & Opening<K>) => Client<C, K>;
