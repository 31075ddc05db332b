import { addressBuilder, clientFactory, exchange, liveQueries, openingOf, presences } from "../../dist/index.js";
import { contract } from "./contract.js";

export { sharedTabs } from "../../dist/index.js";
export { CardStatus, contract } from "./contract.js";
export const createClient = clientFactory(contract, { extensions: [exchange, liveQueries, presences], openingOf });
export const address = addressBuilder(contract);
