/** Live queries for Vue: a package brings it where its contract has some. */

import { shallowReactive, toValue } from "vue";
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { useFollower, type VueBindings } from "../vue.js";
import { LiveFollower } from "./follow.js";
import type { LiveBinding } from "./surface.js";
import type { UntypedLiveClient, UntypedLiveOptions } from "./untyped.js";

/** The composable of one contract's live queries. */
export type VueLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "vue">;

/** Makes the composable. A generated package calls this once, with its other ones. */
export function bindVueLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<VueBindings<C, K>, "useClient">): VueLive<C, K> {
  const current = useClient as unknown as (composable: string) => UntypedLiveClient;

  function useLive(name: string, params?: unknown, options?: unknown): object {
    const follower = new LiveFollower(current("useLive"), name);
    return shallowReactive(follower.state(useFollower(follower, () => follower.follow(toValue(params) as object | undefined, toValue(options) as UntypedLiveOptions | undefined))));
  }

  // The one step from names to types, as in the other bindings.
  return useLive as unknown as VueLive<C, K>;
}
