import type { AddressBuilder, Client as AnyClient, CreateClient } from "../../dist/index.js";
import type { Channels } from "./contract.js";

export * from "./contract.js";
export type Client = AnyClient<Channels>;
export declare const createClient: CreateClient<Channels>;
export declare const address: AddressBuilder<Channels>;
