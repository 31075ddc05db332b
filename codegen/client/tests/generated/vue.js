import { bindVueLive } from "../../dist/live/vue.js";
import { bindVue } from "../../dist/vue.js";

const bound = bindVue();
export const realtimePlugin = bound.realtimePlugin;
export const provideRealtime = bound.provideRealtime;
export const useChannel = bound.useChannel;
export const useEvent = bound.useEvent;
export const useRealtime = bound.useRealtime;
export const useStatus = bound.useStatus;
export const useClient = bound.useClient;
export const usePresence = bound.usePresence;
export const useMember = bound.useMember;
export const useLive = bindVueLive(bound);
