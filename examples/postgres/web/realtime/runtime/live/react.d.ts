/** Live queries for React: a package brings it where its contract has some. */
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import type { ReactBindings } from "../react.js";
import type { LiveBinding } from "./surface.js";
/** The hook of one contract's live queries. */
export type ReactLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "react">;
/** Makes the hook. A generated package calls this once, with its other hooks. */
export declare function bindReactLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<ReactBindings<C, K>, "useClient">): ReactLive<C, K>;
