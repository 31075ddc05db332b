/** The numbers of the errors on the wire, by name. Their range decides what a client does: 4000–4099 gives up, 4100–4199 backs off, 4200–4299 reconnects at once. */
export declare const codes: {
    /** The request cannot be understood: a parameter is missing, repeated, unknown or malformed. */
    readonly bad_request: 4000;
    /** Nobody is signed in, and this needs somebody. */
    readonly unauthenticated: 4001;
    /** The caller may not do this. A service that chose none of `.public()`, `.authorize(…)` and `.tokens(…)` denies everything. */
    readonly denied: 4002;
    /** A required query parameter is not there. */
    readonly missing_parameter: 4003;
    /** A cursor is not one that this server could have handed out. */
    readonly malformed_cursor: 4004;
    /** No channel of the contract has this name. */
    readonly unknown_channel: 4005;
    /** The name is not a channel name, or a parameter in it violates the contract. */
    readonly invalid_channel: 4006;
    /** More channels are requested than one connection may have. */
    readonly too_many_channels: 4007;
    /** The payload violates the contract. Nothing was stored. */
    readonly invalid_payload: 4008;
    /** The channel does not carry this event. */
    readonly unknown_event: 4009;
    /** The request, or the event, exceeds a size limit. */
    readonly too_large: 4010;
    /** There is no such route under the mount point. */
    readonly not_found: 4011;
    /** The route exists, but not for this method. */
    readonly method_not_allowed: 4012;
    /** The idempotency key was used for another event. Nothing was stored. */
    readonly idempotency_conflict: 4013;
    /** The same session is connected again elsewhere; this connection ends. */
    readonly replaced: 4014;
    /** The right was taken away, and stays away for a time, whatever a token says. */
    readonly revoked: 4015;
    /** The token or ticket is none that this service accepts, or was used before. */
    readonly invalid_token: 4016;
    /** The contract has no such call, or nobody answers it. */
    readonly unknown_call: 4017;
    /** Whoever was called could not do what was asked; the message says why. */
    readonly call_failed: 4018;
    /** The contract has no such live query, or nobody loads it. */
    readonly unknown_live: 4019;
    /** The server failed. Its log has the cause. */
    readonly internal: 4100;
    /** The broker cannot be reached. Nothing was stored. */
    readonly broker_unavailable: 4101;
    /** The server takes no more connections for the moment. */
    readonly overloaded: 4102;
    /** Too many of these in a short time; `retryAfter` says how many milliseconds to wait. */
    readonly rate_limited: 4103;
    /** The broker did not answer in time. The event may have been stored: repeat it with the same key. */
    readonly unknown_outcome: 4104;
    /** Whoever was called did not answer in time. It may have done what was asked. */
    readonly call_timeout: 4105;
    /** The channel has as many members present as it may have. */
    readonly roster_full: 4106;
    /** The loader of a live query failed; the last value stands. */
    readonly live_failed: 4107;
    /** The loader of a live query did not answer in time; the last value stands. */
    readonly live_timeout: 4108;
    /** This server is about to stop; another, or its successor, takes over. */
    readonly shutting_down: 4200;
    /** The session is not connected here; connect, then repeat the request. */
    readonly unknown_session: 4201;
    /** The token has expired: connect with a new one. */
    readonly token_expired: 4202;
};
/** Why events may be missing, as a `gap` says it. */
export declare const gapReasons: {
    /** The server knows nothing of this channel's past, or could not read the cursor. */
    readonly no_state: "no_state";
    /** The channel's history began anew, for example because the server restarted. */
    readonly epoch: "epoch";
    /** Everything after the cursor has exceeded its time. */
    readonly expired: "expired";
    /** Events right after the cursor were removed, by count or by time. */
    readonly trimmed: "trimmed";
    /** The store came back with an older state. */
    readonly rollback: "rollback";
    /** Stored events are missing in the middle. */
    readonly hole: "hole";
    /** Stored events are missing at the end. */
    readonly tail: "tail";
    /** More events were missed than a resume replays. */
    readonly limit: "limit";
    /** This connection fell further behind than the server remembers. */
    readonly slow: "slow";
};
