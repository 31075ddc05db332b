/** The client: one connection, one registry, and the typed surface over both. */
import type { Channel, NamedChannel } from "./channel.js";
import type { ChannelMap, Contract, ParamsArgument, Pattern } from "./contract.js";
import type { HttpOptions } from "./http.js";
import { type Counters } from "./intake.js";
import type { ClientOptions } from "./options.js";
import { type Clock, type PlatformFetch, type Signals } from "./platform.js";
import { type StatusSource } from "./status.js";
import { type Denied, type Gap } from "./subscriptions.js";
import type { Transport } from "./transport.js";
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
    /** What came and was not handed on, since the client was made. */
    readonly counters: Counters;
    /** Calls back when events of any channel may be missing. Does not subscribe. The answer stops it. */
    onGap(handler: (gap: Gap) => void): () => void;
    /** Calls back when the server refuses a channel for good, whichever it is. The answer stops it. */
    onDenied(handler: (denied: Denied) => void): () => void;
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
/** A client. Where the contract has a `default` channel, `on` and `onAny` subscribe to it directly. */
export type Client<C extends ChannelMap<C>> = ClientCore<C> & ("default" extends Pattern<C> ? Pick<NamedChannel<C, "default">, "on" | "onAny"> : unknown);
/**
 * Makes a client of the contract. It connects with the first subscription, or with the first event to publish.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "/realtime" });
 * const off = client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => show(data.text));
 * ```
 */
export type CreateClient<C extends ChannelMap<C>> = (options: ClientOptions) => Client<C>;
/** What tests replace. */
export interface Internals {
    readonly clock: Clock;
    readonly signals: Signals;
    readonly transport: (http: HttpOptions, clock: Clock) => Transport;
    readonly report: (error: unknown) => void;
    readonly warn: (text: string) => void;
}
/** Binds `createClient` to a contract; what a generated package calls. */
export declare function clientFactory<C extends ChannelMap<C>>(contract: Contract<C>): CreateClient<C>;
/** Makes a client, with other insides where a test asks for them. */
export declare function makeClient<C extends ChannelMap<C>>(contract: Contract<C>, options: ClientOptions, internals?: Partial<Internals>): Client<C>;
