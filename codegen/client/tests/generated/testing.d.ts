import type { CreateTestServer } from "../../dist/testing.js";
import type { Channels } from "./contract.js";

export declare const createTestServer: CreateTestServer<Channels>;
