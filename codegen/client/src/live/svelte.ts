/** Live queries for Svelte: a package brings it where its contract has some. */

import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { reader, type SvelteBindings, use } from "../svelte.js";
import { LiveFollower } from "./follow.js";
import type { LiveBinding } from "./surface.js";
import type { UntypedLiveClient, UntypedLiveOptions } from "./untyped.js";

/** The function of one contract's live queries. */
export type SvelteLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "svelte">;

/** Makes the function. A generated package calls this once, with its other ones. */
export function bindSvelteLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ getRealtimeContext }: Pick<SvelteBindings<C, K>, "getRealtimeContext">): SvelteLive<C, K> {
  const current = getRealtimeContext as unknown as (binding: string) => UntypedLiveClient;

  function createLive(name: string, params?: unknown, options?: unknown): object {
    const follower = new LiveFollower(current("createLive"), name);
    const [readParams, readOptions] = [reader(params), reader(options)];
    const wanted = (): readonly [object | undefined, UntypedLiveOptions | undefined] => [readParams() as object | undefined, readOptions() as UntypedLiveOptions | undefined];
    return use(follower, wanted, (now) => follower.follow(...now), (track) => follower.state(track));
  }

  // The one step from names to types, as in the other bindings.
  return createLive as unknown as SvelteLive<C, K>;
}
