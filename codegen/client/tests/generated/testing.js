import { testServerFactory } from "../../dist/testing.js";
import { contract } from "./contract.js";

export const createTestServer = testServerFactory(contract);
