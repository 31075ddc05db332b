/** Why the status of a connection is what it is, where the client itself knows. */

import type { StatusReason } from "./status.js";

export const CLOSED: StatusReason = { name: "client_closed", message: "the application closed this client" };
export const CUT_OFF: StatusReason = { name: "broker_unavailable", message: "the server does not reach its broker" };
export const OFFLINE: StatusReason = { name: "offline", message: "the platform says that there is no network" };
export const LATE: StatusReason = { name: "heartbeat_late", message: "the server is late with its heartbeat" };
export const NOT_LIVE: StatusReason = { name: "channel_not_live", message: "a channel is not live yet" };
