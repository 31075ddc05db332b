/** Live queries for Solid: a package brings it where its contract has some. */
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { type SolidBindings } from "../solid.js";
import type { LiveBinding } from "./surface.js";
/** The primitive of one contract's live queries. */
export type SolidLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "solid">;
/** Makes the primitive. A generated package calls this once, with its other ones. */
export declare function bindSolidLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<SolidBindings<C, K>, "useClient">): SolidLive<C, K>;
