import type { SolidBindings } from "../../dist/solid.js";
import type { Channels } from "./contract.js";

export declare const RealtimeProvider: SolidBindings<Channels>["RealtimeProvider"];
export declare const useChannel: SolidBindings<Channels>["useChannel"];
export declare const useEvent: SolidBindings<Channels>["useEvent"];
export declare const useRealtime: SolidBindings<Channels>["useRealtime"];
export declare const useStatus: SolidBindings<Channels>["useStatus"];
export declare const useClient: SolidBindings<Channels>["useClient"];
