import { bindReactLive } from "../../dist/live/react.js";
import { bindReact } from "../../dist/react.js";

const bound = bindReact();
export const RealtimeProvider = bound.RealtimeProvider;
export const useChannel = bound.useChannel;
export const useEvent = bound.useEvent;
export const useRealtime = bound.useRealtime;
export const useStatus = bound.useStatus;
export const useClient = bound.useClient;
export const usePresence = bound.usePresence;
export const useMember = bound.useMember;
export const useLive = bindReactLive(bound);
