/** Live queries for Solid: a package brings it where its contract has some. */

import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { access, type SolidBindings, useFollower } from "../solid.js";
import { LiveFollower } from "./follow.js";
import type { LiveBinding } from "./surface.js";
import type { UntypedLiveClient, UntypedLiveOptions } from "./untyped.js";

/** The primitive of one contract's live queries. */
export type SolidLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "solid">;

/** Makes the primitive. A generated package calls this once, with its other ones. */
export function bindSolidLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<SolidBindings<C, K>, "useClient">): SolidLive<C, K> {
  const current = useClient as unknown as (primitive: string) => UntypedLiveClient;

  function useLive(name: string, params?: unknown, options?: unknown): object {
    const follower = new LiveFollower(current("useLive"), name);
    return follower.state(useFollower(follower, () => follower.follow(access(params) as object | undefined, access(options) as UntypedLiveOptions | undefined)));
  }

  // The one step from names to types, as in the other bindings.
  return useLive as unknown as SolidLive<C, K>;
}
