/** The client: one connection, one registry, and the typed surface over both. */
import type { ChannelMap, ConnectionShape, Contract, ContractData, PlainConnection } from "./contract.js";
import type { Extend } from "./extension.js";
import type { HttpOptions } from "./http.js";
import type { ClientOptions } from "./options.js";
import { type Clock, type Signals } from "./platform.js";
import type { Client, CreateClient } from "./surface.js";
import type { Transport } from "./transport.js";
export type { Client, ClientCore, CreateClient } from "./surface.js";
/** What a package hands to its clients besides the contract. */
export interface Extras {
    readonly extensions?: readonly Extend[];
    /** What a client says of itself, as JSON. */
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
export declare function clientFactory<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, extras?: Extras): CreateClient<C, K>;
/** Makes a client, with other insides where a test asks for them. */
export declare function makeClient<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>(contract: Contract<C, K>, options: ClientOptions & {
    readonly opening?: unknown;
}, internals?: Partial<Internals>, extras?: Extras): Client<C, K>;
