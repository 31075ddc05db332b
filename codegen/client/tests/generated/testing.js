import { testServerFactory } from "../../dist/testing.js";
import { exchange, openingOf, presences } from "../../dist/index.js";
import { contract } from "./contract.js";

export const createTestServer = testServerFactory(contract, { extensions: [exchange, presences], openingOf });
