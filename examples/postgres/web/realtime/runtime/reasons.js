/** Why the status of a connection is what it is, where the client itself knows. */
export const CLOSED = { name: "client_closed", message: "the application closed this client" };
export const CUT_OFF = { name: "broker_unavailable", message: "the server does not reach its broker" };
export const OFFLINE = { name: "offline", message: "the platform says that there is no network" };
export const LATE = { name: "heartbeat_late", message: "the server is late with its heartbeat" };
export const NOT_LIVE = { name: "channel_not_live", message: "a channel is not live yet" };
