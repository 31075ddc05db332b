/** The surface of the runtime. A generated package binds it to one contract. */
export { addressBuilder } from "./address.js";
export { clientFactory } from "./client.js";
export { codes, gapReasons } from "./codes.js";
export { AddressError, ChannelLimitError, PayloadError, RefusedError } from "./errors.js";
export { exchange, openingOf } from "./exchange.js";
export { liveQueries } from "./live.js";
export { presences } from "./presence.js";
export { validator } from "./standard.js";
export { sharedTabs } from "./tabs.js";
