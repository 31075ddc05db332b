import type { SolidLive } from "../../dist/live/solid.js";
import type { SolidBindings } from "../../dist/solid.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export declare const RealtimeProvider: SolidBindings<Channels, ConnectionTypes>["RealtimeProvider"];
export declare const useChannel: SolidBindings<Channels, ConnectionTypes>["useChannel"];
export declare const useEvent: SolidBindings<Channels, ConnectionTypes>["useEvent"];
export declare const useRealtime: SolidBindings<Channels, ConnectionTypes>["useRealtime"];
export declare const useStatus: SolidBindings<Channels, ConnectionTypes>["useStatus"];
export declare const useClient: SolidBindings<Channels, ConnectionTypes>["useClient"];
export declare const usePresence: SolidBindings<Channels, ConnectionTypes>["usePresence"];
export declare const useMember: SolidBindings<Channels, ConnectionTypes>["useMember"];
export declare const useLive: SolidLive<Channels, ConnectionTypes>;
