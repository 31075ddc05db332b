/** Live queries for Vue: a package brings it where its contract has some. */
import type { ChannelMap, ConnectionShape, PlainConnection } from "../contract.js";
import { type VueBindings } from "../vue.js";
import type { LiveBinding } from "./surface.js";
/** The composable of one contract's live queries. */
export type VueLive<C extends ChannelMap<C>, K extends ConnectionShape> = LiveBinding<C, K, "vue">;
/** Makes the composable. A generated package calls this once, with its other ones. */
export declare function bindVueLive<C extends ChannelMap<C>, K extends ConnectionShape = PlainConnection>({ useClient }: Pick<VueBindings<C, K>, "useClient">): VueLive<C, K>;
