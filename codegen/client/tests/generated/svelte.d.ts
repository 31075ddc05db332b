import type { SvelteLive } from "../../dist/live/svelte.js";
import type { SvelteBindings } from "../../dist/svelte.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export declare const provideRealtime: SvelteBindings<Channels, ConnectionTypes>["provideRealtime"];
export declare const getRealtimeContext: SvelteBindings<Channels, ConnectionTypes>["getRealtimeContext"];
export declare const createChannel: SvelteBindings<Channels, ConnectionTypes>["createChannel"];
export declare const onEvent: SvelteBindings<Channels, ConnectionTypes>["onEvent"];
export declare const createRealtime: SvelteBindings<Channels, ConnectionTypes>["createRealtime"];
export declare const createStatus: SvelteBindings<Channels, ConnectionTypes>["createStatus"];
export declare const createPresence: SvelteBindings<Channels, ConnectionTypes>["createPresence"];
export declare const createMember: SvelteBindings<Channels, ConnectionTypes>["createMember"];
export declare const createLive: SvelteLive<Channels, ConnectionTypes>;
