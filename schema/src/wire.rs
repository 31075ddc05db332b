//! What both ends of the wire must agree on: error codes in ranges that decide retry, and the reasons of a gap.
//!
//! `PROTOCOL.md` and the client's `codes.ts` are printed from these tables; a test holds them in step.

use serde::{Deserialize, Serialize};

/// The version of the wire protocol, sent in every `welcome` frame.
pub const PROTOCOL: u32 = 1;

/// What a client does after an error, decided by the range its code lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// 4000–4099: repeating the request cannot help.
    Never,
    /// 4100–4199: try again after a growing delay.
    BackOff,
    /// 4200–4299: reconnect at once.
    Now,
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $status:literal, $name:literal, $text:literal;)*) => {
        /// An error as it travels: a stable number, a stable name, an HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum WireCode {
            $(#[doc = $text] $variant,)*
        }

        impl WireCode {
            /// Every code, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The number on the wire.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $code,)* }
            }

            /// The name on the wire, in `snake_case`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status of an answer that carries this code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// One sentence for the tables in the documentation.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    BadRequest = 4000, 400, "bad_request", "The request cannot be understood: a parameter is missing, repeated, unknown or malformed.";
    Unauthenticated = 4001, 401, "unauthenticated", "Nobody is signed in, and this needs somebody.";
    Denied = 4002, 403, "denied", "The caller may not do this. A service that chose none of `.public()`, `.authorize(…)` and `.tokens(…)` denies everything.";
    MissingParameter = 4003, 400, "missing_parameter", "A required query parameter is not there.";
    MalformedCursor = 4004, 400, "malformed_cursor", "A cursor is not one that this server could have handed out.";
    UnknownChannel = 4005, 404, "unknown_channel", "No channel of the contract has this name.";
    InvalidChannel = 4006, 400, "invalid_channel", "The name is not a channel name, or a parameter in it violates the contract.";
    TooManyChannels = 4007, 400, "too_many_channels", "More channels are requested than one connection may have.";
    InvalidPayload = 4008, 422, "invalid_payload", "The payload violates the contract. Nothing was stored.";
    UnknownEvent = 4009, 422, "unknown_event", "The channel does not carry this event.";
    TooLarge = 4010, 413, "too_large", "The request, or the event, exceeds a size limit.";
    NotFound = 4011, 404, "not_found", "There is no such route under the mount point.";
    MethodNotAllowed = 4012, 405, "method_not_allowed", "The route exists, but not for this method.";
    IdempotencyConflict = 4013, 409, "idempotency_conflict", "The idempotency key was used for another event. Nothing was stored.";
    Replaced = 4014, 409, "replaced", "The same session is connected again elsewhere; this connection ends.";
    Revoked = 4015, 403, "revoked", "The right was taken away, and stays away for a time, whatever a token says.";
    InvalidToken = 4016, 401, "invalid_token", "The token or ticket is none that this service accepts, or was used before.";
    UnknownCall = 4017, 404, "unknown_call", "The contract has no such call, or nobody answers it.";
    CallFailed = 4018, 422, "call_failed", "Whoever was called could not do what was asked; the message says why.";
    UnknownLive = 4019, 404, "unknown_live", "The contract has no such live query, or nobody loads it.";
    Internal = 4100, 500, "internal", "The server failed. Its log has the cause.";
    BrokerUnavailable = 4101, 503, "broker_unavailable", "The broker cannot be reached. Nothing was stored.";
    Overloaded = 4102, 503, "overloaded", "The server takes no more connections for the moment.";
    RateLimited = 4103, 429, "rate_limited", "Too many of these in a short time; `retryAfter` says how many milliseconds to wait.";
    UnknownOutcome = 4104, 504, "unknown_outcome", "The broker did not answer in time. The event may have been stored: repeat it with the same key.";
    CallTimeout = 4105, 504, "call_timeout", "Whoever was called did not answer in time. It may have done what was asked.";
    RosterFull = 4106, 503, "roster_full", "The channel has as many members present as it may have.";
    LiveFailed = 4107, 500, "live_failed", "The loader of a live query failed; the last value stands.";
    LiveTimeout = 4108, 504, "live_timeout", "The loader of a live query did not answer in time; the last value stands.";
    ShuttingDown = 4200, 503, "shutting_down", "This server is about to stop; another, or its successor, takes over.";
    UnknownSession = 4201, 404, "unknown_session", "The session is not connected here; connect, then repeat the request.";
    TokenExpired = 4202, 401, "token_expired", "The token has expired: connect with a new one.";
}

impl WireCode {
    /// What a client does after this error. Decided by the number's range, so that clients need no table of codes.
    pub const fn retry(self) -> Retry {
        match self.number() {
            4000..=4099 => Retry::Never,
            4200..=4299 => Retry::Now,
            _ => Retry::BackOff,
        }
    }
}

macro_rules! reasons {
    ($($variant:ident = $name:literal, $text:literal;)*) => {
        /// Why events may be missing. Sent in every `gap` frame.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum GapReason {
            $(#[doc = $text] $variant,)*
        }

        impl GapReason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire, in `snake_case`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for the tables in the documentation.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

reasons! {
    NoState = "no_state", "The server knows nothing of this channel's past, or could not read the cursor.";
    Epoch = "epoch", "The channel's history began anew, for example because the server restarted.";
    Expired = "expired", "Everything after the cursor has exceeded its time.";
    Trimmed = "trimmed", "Events right after the cursor were removed, by count or by time.";
    Rollback = "rollback", "The store came back with an older state.";
    Hole = "hole", "Stored events are missing in the middle.";
    Tail = "tail", "Stored events are missing at the end.";
    Limit = "limit", "More events were missed than a resume replays.";
    Slow = "slow", "This connection fell further behind than the server remembers.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_and_their_range_decides_retry() {
        assert!(WireCode::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
        assert_eq!(WireCode::Denied.retry(), Retry::Never);
        assert_eq!(WireCode::BrokerUnavailable.retry(), Retry::BackOff);
        assert_eq!(WireCode::ShuttingDown.retry(), Retry::Now);
    }
}
