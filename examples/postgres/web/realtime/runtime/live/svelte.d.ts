/** Live queries for Svelte: a package brings it where its contract has some. */
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { type SvelteBindings } from "../svelte.js";
import type { LiveBinding } from "./surface.js";
/** The function of one contract's live queries. */
export type SvelteLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "svelte">;
/** Makes the function. A generated package calls this once, with its other ones. */
export declare function bindSvelteLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ getRealtimeContext }: Pick<SvelteBindings<C, K>, "getRealtimeContext">): SvelteLive<C, K>;
