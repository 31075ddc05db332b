/** The service from another service: publishing, history and revocation over HTTP, with a key. It needs no connection, and nothing but `fetch`. */
import type { HistoryPage } from "./channel.js";
import type { ChannelEvent, ChannelMap, ConnectionShape, Contract, ParamsArgument, Pattern } from "./contract.js";
import { type RefusedError } from "./errors.js";
import { type HistoryQuery } from "./history.js";
import { type Fetch } from "./platform.js";
import type { Published } from "./publication.js";
export { type AuthHandlerOptions, authHandlerFactory, type AuthRequest, type AuthResponse, type CreateAuthHandler, type Granted, type TokenGrant } from "./server/auth-handler.js";
/** How to reach the service. */
export interface ServerOptions {
    /** Where the service mounts the router, as a whole: `https://live.example.org/realtime`. */
    readonly url: string;
    /** One of the service's keys. A secret. */
    readonly key: string;
    /** Replaces the platform's `fetch`. */
    readonly fetch?: Fetch;
}
/** How to publish from another service. */
export interface ServerPublishOptions {
    /** Stores the event once, however often it is published with this key within five minutes: 1 to 64 of `A–Z a–z 0–9 _ -`. */
    readonly key?: string | undefined;
    /** In whose name; nobody's by default. */
    readonly sender?: string | undefined;
    /** The id of a connection that does not get the event: the header `tidewire-connection` of a request that the client's `fetch` made. */
    readonly exclude?: string | undefined;
}
/** The names of a channel's events that the service may publish. */
export type Servable<C extends ChannelMap<C>, P extends Pattern<C>> = keyof C[P]["events"] & string & (C[P] extends {
    readonly serves: infer Names;
} ? Names : string);
/** What follows the name of an event: its data, but for a signal, and how. */
export type ServerPublishArguments<Data> = [Data] extends [void] ? readonly [data?: undefined, options?: ServerPublishOptions] : readonly [data: Data, options?: ServerPublishOptions];
/** An event that waits for others of its batch. */
export interface ServerEvent {
    readonly channel: string;
    readonly event: string;
    readonly data?: unknown;
    readonly key?: string | undefined;
    readonly sender?: string | undefined;
    readonly exclude?: string | undefined;
}
/** A channel, as another service uses it. */
export interface ServerChannel<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The name on the wire, such as `chat/42`. */
    readonly name: string;
    /**
     * Publishes an event.
     *
     * @returns where it is. It rejects with a {@link RefusedError}, whose `retry` says whether repeating can help: give a `key` where you repeat. Network failures reject as `fetch` does.
     * @throws {@link PayloadError} at once, if the data violates the contract. Nothing is sent.
     */
    publish<E extends Servable<C, P>>(event: E, ...message: ServerPublishArguments<C[P]["events"][E]>): Promise<Published>;
    /**
     * An event for {@link Server.publishBatch}.
     *
     * @throws {@link PayloadError} if the data violates the contract.
     */
    event<E extends Servable<C, P>>(event: E, ...message: ServerPublishArguments<C[P]["events"][E]>): ServerEvent;
    /** Reads stored events, as the client's `history` does. */
    history(query?: HistoryQuery): Promise<HistoryPage<ChannelEvent<C, P>>>;
}
/** Whose rights are taken away, or given back: those of one user on one channel, of everybody on it, or of one user to everything. */
export type Revocation = {
    readonly user: string;
    readonly channel?: string | {
        readonly name: string;
    } | undefined;
    readonly seconds?: number | undefined;
} | {
    readonly user?: undefined;
    readonly channel: string | {
        readonly name: string;
    };
    readonly seconds?: number | undefined;
};
/** The service from another one. */
export interface Server<C extends ChannelMap<C>> {
    /**
     * A channel of the contract.
     *
     * @throws {@link AddressError} if a parameter violates the contract, or the name would be longer than 200 bytes.
     */
    channel<P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>): ServerChannel<C, P>;
    /**
     * Publishes up to 256 events in one request, each by itself.
     *
     * @returns what became of each, in the same order: where it is, or why it was refused. It rejects where the request as a whole fails.
     */
    publishBatch(events: readonly ServerEvent[]): Promise<readonly (Published | RefusedError)[]>;
    /**
     * Takes a right away, on all nodes: for `seconds`, or as long as the service's tokens live.
     *
     * @example
     * ```ts
     * await server.revoke({ user: "ann", channel: server.channel("chat/{roomId}", { roomId: "42" }) });
     * ```
     */
    revoke(revocation: Revocation): Promise<void>;
    /** The same for several at once. */
    revokeBatch(revocations: readonly Revocation[]): Promise<void>;
    /** Gives rights back that were taken away with the same `user` and `channel`. */
    restore(revocation: Revocation): Promise<void>;
}
/**
 * Reaches the service from another one, over HTTP, with one of its keys.
 *
 * @example
 * ```ts
 * const server = createServer({ url: "https://live.example.org/realtime", key: process.env.REALTIME_KEY });
 * await server.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "bot", text: "hi" }, { sender: "bot" });
 * ```
 */
export type CreateServer<C extends ChannelMap<C>> = (options: ServerOptions) => Server<C>;
/** Binds `createServer` to a contract; what a generated package calls. */
export declare function serverFactory<C extends ChannelMap<C>>(contract: Contract<C, ConnectionShape>): CreateServer<C>;
