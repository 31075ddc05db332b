import { testServerFactory } from "../../dist/testing.js";
import { exchange, liveQueries, openingOf, presences } from "../../dist/index.js";
import { contract } from "./contract.js";

export const createTestServer = testServerFactory(contract, { extensions: [exchange, liveQueries, presences], openingOf });
