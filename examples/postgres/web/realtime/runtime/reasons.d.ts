/** Why the status of a connection is what it is, where the client itself knows. */
import type { StatusReason } from "./status.js";
export declare const CLOSED: StatusReason;
export declare const CUT_OFF: StatusReason;
export declare const OFFLINE: StatusReason;
export declare const LATE: StatusReason;
export declare const NOT_LIVE: StatusReason;
