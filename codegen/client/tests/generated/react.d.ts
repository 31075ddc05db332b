import type { ReactBindings } from "../../dist/react.js";
import type { Channels } from "./contract.js";

export declare const RealtimeProvider: ReactBindings<Channels>["RealtimeProvider"];
export declare const useChannel: ReactBindings<Channels>["useChannel"];
export declare const useEvent: ReactBindings<Channels>["useEvent"];
export declare const useRealtime: ReactBindings<Channels>["useRealtime"];
export declare const useStatus: ReactBindings<Channels>["useStatus"];
export declare const useClient: ReactBindings<Channels>["useClient"];
