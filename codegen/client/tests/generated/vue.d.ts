import type { VueBindings } from "../../dist/vue.js";
import type { Channels } from "./contract.js";

export declare const realtimePlugin: VueBindings<Channels>["realtimePlugin"];
export declare const provideRealtime: VueBindings<Channels>["provideRealtime"];
export declare const useChannel: VueBindings<Channels>["useChannel"];
export declare const useEvent: VueBindings<Channels>["useEvent"];
export declare const useRealtime: VueBindings<Channels>["useRealtime"];
export declare const useStatus: VueBindings<Channels>["useStatus"];
export declare const useClient: VueBindings<Channels>["useClient"];
