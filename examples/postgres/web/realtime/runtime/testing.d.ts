/**
 * A server for an application's own tests: in memory, of the same contract, and in the hands of the test.
 *
 * It speaks the protocol with real clients over a transport of its own, so that what is tested is the client that a page uses: subscriptions, resuming,
 * gaps, refusals, the time that everything takes. It does not know the service's own rules: who may do what is as the test says.
 */
import { type Client, type Extras } from "./client.js";
import type { ChannelEvent, ChannelMap, ConnectionShape, Contract, EventName, LiveShape, ParamsArgument, Pattern, PlainConnection, Nothing, PresenceState } from "./contract.js";
import type { CallArguments, Opening, ReplyOf, RequestOf } from "./exchange.js";
import type { LiveItem, LiveName, LiveParams } from "./live.js";
import type { ClientOptions } from "./options.js";
import type { Fetch } from "./platform.js";
import type { Member } from "./presence.js";
import type { Published } from "./publication.js";
import type { LiveFailure } from "./testing/live.js";
import type { ErrorName } from "./testing/session.js";
import type { Transport } from "./transport.js";
export type { LiveFailure } from "./testing/live.js";
export type { ErrorName } from "./testing/session.js";
/** How a client of the test's server is made: who it is, and the options of any client that say nothing of the way to a server. */
export interface TestClientOptions extends Omit<ClientOptions, "url" | "transport" | "fetch" | "headers" | "credentials" | "tabs"> {
    /** The user, who is the sender of what this client publishes. Default: nobody. */
    readonly user?: string | undefined;
}
/** How an event is published for a test. */
export interface TestPublishOptions {
    /** Who published it; by default the server itself. */
    readonly sender?: string | undefined;
}
/** The data of an event that a test publishes, unless it is a signal, and how it is published. */
export type TestPublishArguments<Data> = [Data] extends [void] ? readonly [data?: undefined, options?: TestPublishOptions] : readonly [data: Data, options?: TestPublishOptions];
/** A connection to the test's server. */
export interface TestConnection<Answers = Nothing> {
    /** Its public name, which is the client's `connectionId`. */
    readonly id: string;
    /** Whose it is. */
    readonly user: string | null;
    /** The names of the channels that it is subscribed to. */
    readonly channels: readonly string[];
    /** Subscribes it to a channel without having been asked, as the service can. */
    readonly subscribe: (channel: string) => void;
    /** Ends that. */
    readonly unsubscribe: (channel: string) => void;
    /** Asks the client; rejects with the message that it answers with. */
    readonly call: <Name extends keyof Answers & string>(name: Name, ...data: CallArguments<RequestOf<Answers, Name>>) => Promise<ReplyOf<Answers, Name>>;
}
/** What a channel of the test's server adds that has members. */
export interface TestPresence<State> {
    /** Who is there. */
    readonly members: readonly Member<State>[];
    /** Lets a user appear who has no client in the test, or show another state. */
    join(user: string, state: State): void;
    /** Lets a member go, whoever it is. */
    leave(id: string): void;
}
/** Whose rights a test takes away: those of everybody without `user`, to everything without `channel`. */
export interface TestRevocation {
    /** The user. */
    readonly user?: string | undefined;
    /** The name of the channel. */
    readonly channel?: string | undefined;
    /** For how long. Default: an hour. */
    readonly seconds?: number | undefined;
}
/** What a client published. */
export interface ClientEvent {
    /** The name of the channel. */
    readonly channel: string;
    /** The name of the event. */
    readonly event: string;
    /** What it carries; absent for a signal. */
    readonly data?: unknown;
    /** The user of the client. */
    readonly sender: string | null;
}
/** A channel of the test's server. */
export interface TestChannel<C extends ChannelMap<C>, P extends Pattern<C>> {
    /** The name on the wire, such as `chat/42`. */
    readonly name: string;
    /** What clients published on it, oldest first. */
    readonly published: readonly ChannelEvent<C, P>[];
    /** How many connections are subscribed to it. */
    readonly subscribers: number;
    /**
     * Publishes an event. Whoever is subscribed has it when this returns.
     *
     * @throws {@link PayloadError} if the data violates the contract, as publishing it on the service would.
     */
    publish<E extends EventName<C, P>>(event: E, ...message: TestPublishArguments<C[P]["events"][E]>): Published;
    /** Refuses the channel from now on: who is subscribed is told, and who asks gets this answer. */
    deny(reason?: ErrorName): void;
    /** Ends that. Clients that were refused ask again when somebody subscribes anew. */
    allow(): void;
    /**
     * Loses events that nobody has seen: whoever is subscribed is told of a gap with the reason `hole`. What was stored before
     * is gone with them. Default: one event.
     */
    lose(count?: number): void;
    /** Forgets stored events, all but the newest `kept`: who resumes from before them is told of a gap with the reason `trimmed`. Default: all. */
    trim(kept?: number): void;
    /** Begins the history anew, as a server without a store does when it restarts: whoever is subscribed, or resumes, is told of a gap with the reason `epoch`. */
    restart(): void;
}
/** A live query of the test's server. */
export interface TestLive<Data> {
    /** How many connections ask for it. */
    readonly subscribers: number;
    /** How often somebody asked for it anew. */
    readonly reloads: number;
    /**
     * Sets what it yields: whoever asks for it has that when this returns, and whoever asks later gets it. Before the first value they wait.
     *
     * @throws {@link PayloadError} if the value violates the contract, as a loader's would.
     */
    set(value: Data): void;
    /** Tells whoever asks for it that a run failed. Default: `live_failed`. */
    fail(failure?: LiveFailure): void;
    /** Ends it for whoever asks for it now. Default: `denied`. */
    end(reason?: ErrorName): void;
}
/** What names a live query: parameters of its channel where that has some, and its own where it has some. */
type TestLiveArguments<ChannelParams, Params> = [Params] extends [undefined] ? undefined extends ChannelParams ? readonly [channelParams?: undefined] : readonly [channelParams: ChannelParams] : readonly [channelParams: ChannelParams, params: Params];
/** The live queries of the test's server. */
type TestLives<C extends ChannelMap<C>, L> = <Q extends LiveName<L>>(name: Q, ...params: TestLiveArguments<LiveParams<C, L, Q>, L[Q] extends LiveShape ? L[Q]["params"] : never>) => TestLive<LiveItem<C, L, Q, false>>;
/** A server in memory. */
export interface TestServer<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> {
    /**
     * A client of this server. Its time is the server's, so {@link TestServer.advance} moves it.
     *
     * @example
     * ```ts
     * const server = createTestServer();
     * const client = server.client({ user: "ann" });
     * ```
     */
    client(options?: TestClientOptions & Partial<Opening<K>>): Client<C, K>;
    /** A channel. Making one costs nothing. */
    channel<P extends Pattern<C>>(pattern: P, ...params: ParamsArgument<C, P>): TestChannel<C, P> & ([PresenceState<C, P>] extends [never] ? unknown : TestPresence<PresenceState<C, P>>);
    /** The connections that are open. */
    readonly connections: readonly TestConnection<K["answers"]>[];
    /**
     * Signs somebody in: a token for the option `token` of a client, whose user it decides. It ends after so many seconds; without them it does not.
     *
     * @example
     * ```ts
     * const client = server.client({ token: () => server.token("ann", 60) });
     * ```
     */
    token(user: string | null, seconds?: number): string;
    /** Takes rights away: who has them is told, and who asks is refused. */
    revoke(revocation: TestRevocation): void;
    /** Gives rights back that were taken away with the same `user` and `channel`. */
    restore(revocation: Pick<TestRevocation, "user" | "channel">): void;
    /** What connections are greeted with from now on; `undefined` for nothing. */
    greet(greeting: K["greeting"] | undefined): void;
    /** Answers a call of clients; the newest handler of a name does. What it throws is the failure that the client sees. */
    onCall<Name extends keyof K["calls"] & string>(name: Name, handler: (data: RequestOf<K["calls"], Name>, connection: {
        readonly id: string;
        readonly user: string | null;
    }) => ReplyOf<K["calls"], Name> | PromiseLike<ReplyOf<K["calls"], Name>>): void;
    /**
     * A live query, whose value the test sets.
     *
     * @example
     * ```ts
     * const cards = server.live("boardCards", { boardId });
     * cards.set([{ title: "Write" }]);
     * cards.fail();
     * ```
     */
    readonly live: K extends {
        readonly live: infer L;
    } ? TestLives<C, L> : unknown;
    /** What clients published, on all channels, oldest first. */
    readonly published: readonly ClientEvent[];
    /**
     * Lets time pass at once: what is due on the way happens before this returns. Time goes by itself as well, so a test that waits needs none of it.
     * Without an argument 10 ms pass, which is enough for subscriptions and everything else that is not a matter of patience.
     */
    advance(milliseconds?: number): void;
    /** Cuts every connection. Clients come back by themselves, after a while. */
    disconnect(): void;
    /** Cuts every connection, and lets none come until {@link TestServer.start}. */
    stop(): void;
    /** Lets connections come again. */
    start(): void;
    /** Ends every connection with this refusal, and answers others so, until {@link TestServer.start}. Default: `unauthenticated`, which is final. */
    refuse(reason?: ErrorName): void;
    /** The way to this server, for `createClient({ url, transport, fetch })`. Such a client has its own time. */
    readonly transport: Transport;
    /** Answers requests for history, for `createClient({ url, transport, fetch })`. */
    readonly fetch: Fetch;
}
/**
 * Makes a server of the contract. Each has its own channels, so each test makes one.
 *
 * @example
 * ```ts
 * const server = createTestServer();
 * const client = server.client({ user: "ann" });
 * const room = server.channel("chat/{roomId}", { roomId: "42" });
 * const texts: string[] = [];
 * client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => texts.push(data.text));
 *
 * server.advance(); // the client is connected and subscribed
 * room.publish("message.sent", { author: "bob", text: "hi" }); // texts is ["hi"]
 *
 * server.disconnect();
 * room.publish("message.sent", { author: "bob", text: "are you there?" });
 * server.advance(30_000); // it came back, and texts is ["hi", "are you there?"]
 *
 * await client.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "ann", text: "yes" });
 * room.published.length; // 1
 * ```
 */
export type CreateTestServer<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection> = () => TestServer<C, K>;
/** Binds `createTestServer` to a contract; what a generated package calls. */
export declare function testServerFactory<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, extras?: Extras): CreateTestServer<C, K>;
