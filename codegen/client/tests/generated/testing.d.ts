import type { CreateTestServer } from "../../dist/testing.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export declare const createTestServer: CreateTestServer<Channels, ConnectionTypes>;
