import type { SvelteBindings } from "../../dist/svelte.js";
import type { Channels } from "./contract.js";

export declare const provideRealtime: SvelteBindings<Channels>["provideRealtime"];
export declare const getRealtimeContext: SvelteBindings<Channels>["getRealtimeContext"];
export declare const createChannel: SvelteBindings<Channels>["createChannel"];
export declare const onEvent: SvelteBindings<Channels>["onEvent"];
export declare const createRealtime: SvelteBindings<Channels>["createRealtime"];
export declare const createStatus: SvelteBindings<Channels>["createStatus"];
