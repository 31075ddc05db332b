import { bindSvelteLive } from "../../dist/live/svelte.js";
import { bindSvelte } from "../../dist/svelte.js";
import { createClient } from "./index.js";

const bound = bindSvelte(createClient);
export const provideRealtime = bound.provideRealtime;
export const getRealtimeContext = bound.getRealtimeContext;
export const createChannel = bound.createChannel;
export const onEvent = bound.onEvent;
export const createRealtime = bound.createRealtime;
export const createStatus = bound.createStatus;
export const createPresence = bound.createPresence;
export const createMember = bound.createMember;
export const createLive = bindSvelteLive(bound);
