import type { AddressBuilder, Client as AnyClient, CreateClient } from "../../dist/index.js";
import type { Channels } from "./contract.js";

export { sharedTabs } from "../../dist/index.js";
export type { Link, LinkHandlers, OpenRequest, TabSharing, Transport } from "../../dist/index.js";
export * from "./contract.js";
export type Client = AnyClient<Channels>;
export declare const createClient: CreateClient<Channels>;
export declare const address: AddressBuilder<Channels>;
