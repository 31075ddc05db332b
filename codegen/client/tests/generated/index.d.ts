import type { AddressBuilder, Client as AnyClient, CreateClient } from "../../dist/index.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export { sharedTabs } from "../../dist/index.js";
export type { Link, LinkHandlers, OpenRequest, TabSharing, Transport } from "../../dist/index.js";
export * from "./contract.js";
export type Client = AnyClient<Channels, ConnectionTypes>;
export declare const createClient: CreateClient<Channels, ConnectionTypes>;
export declare const address: AddressBuilder<Channels>;
