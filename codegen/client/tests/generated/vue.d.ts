import type { VueLive } from "../../dist/live/vue.js";
import type { VueBindings } from "../../dist/vue.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export declare const realtimePlugin: VueBindings<Channels, ConnectionTypes>["realtimePlugin"];
export declare const provideRealtime: VueBindings<Channels, ConnectionTypes>["provideRealtime"];
export declare const useChannel: VueBindings<Channels, ConnectionTypes>["useChannel"];
export declare const useEvent: VueBindings<Channels, ConnectionTypes>["useEvent"];
export declare const useRealtime: VueBindings<Channels, ConnectionTypes>["useRealtime"];
export declare const useStatus: VueBindings<Channels, ConnectionTypes>["useStatus"];
export declare const useClient: VueBindings<Channels, ConnectionTypes>["useClient"];
export declare const usePresence: VueBindings<Channels, ConnectionTypes>["usePresence"];
export declare const useMember: VueBindings<Channels, ConnectionTypes>["useMember"];
export declare const useLive: VueLive<Channels, ConnectionTypes>;
