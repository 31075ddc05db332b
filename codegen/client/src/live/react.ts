/** Live queries for React: a package brings it where its contract has some. */

import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import type { ReactBindings } from "../react.js";
import type { LiveBinding } from "./surface.js";
import { type UntypedLiveClient, type UntypedLiveOptions, viewOf } from "./untyped.js";

/** The hook of one contract's live queries. */
export type ReactLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "react">;

/** Makes the hook. A generated package calls this once, with its other hooks. */
export function bindReactLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<ReactBindings<C, K>, "useClient">): ReactLive<C, K> {
  const useCurrent = useClient as unknown as (hook: string) => UntypedLiveClient;

  function useLive(name: string, params?: object, options: UntypedLiveOptions = {}): object {
    const client = useCurrent("useLive");
    const newest = useRef(options);
    useInsertionEffect(() => {
      newest.current = options;
    });
    const made = viewOf(client, name, params, options, () => newest.current);
    // The key stands for everything that makes it another query: another one begins anew, and shows nothing of the one before.
    const view = useMemo(() => made, [client, made.key]);
    const { enabled = true } = options;
    const state = useSyncExternalStore(enabled ? view.subscribe : idle, () => (enabled ? view.current : view.paused), () => view.rendered);
    return { ...state, reload: view.reload };
  }

  // The one step from names to types, as in the other bindings.
  return useLive as unknown as ReactLive<C, K>;
}

function idle(): () => void {
  return () => undefined;
}
