/** The client: one connection, one registry, and the typed surface over both. */
import type { ChannelMap, ConnectionShape, Contract, ContractData, PlainConnection } from "./contract.js";
import type { Exchange, ExchangeOptions } from "./exchange.js";
import type { HttpOptions } from "./http.js";
import type { ClientOptions } from "./options.js";
import { type Clock, type Signals } from "./platform.js";
import type { Presences, PresencesOptions } from "./presence.js";
import type { Client, CreateClient } from "./surface.js";
import type { Transport } from "./transport.js";
export type { Client, ClientCore, CreateClient } from "./surface.js";
/** What a client does besides subscribing and publishing: a package brings what its contract needs. */
export interface Extensions {
    /** Makes the presences of a client. */
    readonly presences?: (options: PresencesOptions) => Presences;
    /** Makes the calls and greetings of a client, and knows what it says of itself. */
    readonly exchange?: (options: ExchangeOptions) => Exchange;
    readonly openingOf?: (contract: ContractData, opening: unknown) => string | undefined;
}
/** What tests replace. */
export interface Internals {
    readonly clock: Clock;
    readonly signals: Signals;
    readonly transport: (http: HttpOptions, clock: Clock) => Transport;
    readonly report: (error: unknown) => void;
    readonly warn: (text: string) => void;
}
/** Binds `createClient` to a contract; what a generated package calls. */
export declare function clientFactory<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, extensions?: Extensions): CreateClient<C, K>;
/** Makes a client, with other insides where a test asks for them. */
export declare function makeClient<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, options: ClientOptions & {
    readonly opening?: unknown;
}, internals?: Partial<Internals>, extensions?: Extensions): Client<C, K>;
