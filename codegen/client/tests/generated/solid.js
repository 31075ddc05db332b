import { bindSolidLive } from "../../dist/live/solid.js";
import { bindSolid } from "../../dist/solid.js";

const bound = bindSolid();
export const RealtimeProvider = bound.RealtimeProvider;
export const useChannel = bound.useChannel;
export const useEvent = bound.useEvent;
export const useRealtime = bound.useRealtime;
export const useStatus = bound.useStatus;
export const useClient = bound.useClient;
export const usePresence = bound.usePresence;
export const useMember = bound.useMember;
export const useLive = bindSolidLive(bound);
