import type { ReactLive } from "../../dist/live/react.js";
import type { ReactBindings } from "../../dist/react.js";
import type { Channels, ConnectionTypes } from "./contract.js";

export declare const RealtimeProvider: ReactBindings<Channels, ConnectionTypes>["RealtimeProvider"];
export declare const useChannel: ReactBindings<Channels, ConnectionTypes>["useChannel"];
export declare const useEvent: ReactBindings<Channels, ConnectionTypes>["useEvent"];
export declare const useRealtime: ReactBindings<Channels, ConnectionTypes>["useRealtime"];
export declare const useStatus: ReactBindings<Channels, ConnectionTypes>["useStatus"];
export declare const useClient: ReactBindings<Channels, ConnectionTypes>["useClient"];
export declare const usePresence: ReactBindings<Channels, ConnectionTypes>["usePresence"];
export declare const useMember: ReactBindings<Channels, ConnectionTypes>["useMember"];
export declare const useLive: ReactLive<Channels, ConnectionTypes>;
