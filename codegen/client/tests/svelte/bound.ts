import { bindSvelte } from "../../src/svelte.js";
import type { Client } from "../../src/client.js";
import type { ClientOptions } from "../../src/options.js";
import type { Channels } from "../generated/contract.js";

/** Clients that `provideRealtime` made of options, and what makes them; a test sets it. */
export const factory: { make: (options: ClientOptions) => Client<Channels> } = {
  make: () => {
    throw new Error("this test makes no client");
  },
};

export const { provideRealtime, getRealtimeContext, createChannel, createMember, createPresence, createRealtime, createStatus, onEvent } = bindSvelte<Channels>((options) => factory.make(options));
