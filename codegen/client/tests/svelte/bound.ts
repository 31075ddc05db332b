import { bindSvelteLive } from "../../src/live/svelte.js";
import { bindSvelte } from "../../src/svelte.js";
import type { Client } from "../../src/client.js";
import type { ClientOptions } from "../../src/options.js";
import type { Channels, ConnectionTypes } from "../generated/contract.js";

/** Clients that `provideRealtime` made of options, and what makes them; a test sets it. */
export const factory: { make: (options: ClientOptions) => Client<Channels> } = {
  make: () => {
    throw new Error("this test makes no client");
  },
};

export const { provideRealtime, getRealtimeContext, createChannel, createMember, createPresence, createRealtime, createStatus, onEvent } = bindSvelte<Channels>((options) => factory.make(options));

const live = bindSvelte<Channels, ConnectionTypes>(() => {
  throw new Error("this test makes no client");
});

/** The same with live queries, whose client is another one's. */
export const provideLive = live.provideRealtime;
export const createLive = bindSvelteLive<Channels, ConnectionTypes>(live);
