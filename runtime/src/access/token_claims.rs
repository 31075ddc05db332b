//! What a token says, and when that counts.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Grant,
    grant_claim::Written,
    token_signature::{Broken, Secret, open},
};
use crate::{broker::IdempotencyKey, connection::parse};

/// How long a ticket can be used, whatever it says.
pub(super) const TICKET_LIFE: Duration = Duration::from_secs(30);
/// By how much the clocks of two machines may differ, where a token is not good yet. Nothing is added to its end.
const LEEWAY: u64 = 5_000;
/// No date lies beyond it: JavaScript knows none that does.
const LAST_SECOND: f64 = 8.64e12;

/// What somebody has to be to sign and to be understood here.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) secrets: &'a [Secret],
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    pub(super) lifetime: Duration,
}

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Connecting,
    /// Once, by this name.
    Ticket(String),
}

/// Why a token opens nothing. Whoever sent it is told much less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Malformed,
    Signature,
    /// It is for somebody else, by somebody else, for another purpose, not good yet, or lacks what a token needs.
    Claims,
    Expired,
    /// A ticket that was used before.
    Used,
}

impl Unfit {
    pub(crate) const ALL: [Self; 5] = [Self::Malformed, Self::Signature, Self::Claims, Self::Expired, Self::Used];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Expired => "expired",
            Self::Used => "used",
        }
    }
}

/// The claims of a token that is about to be signed.
#[derive(Serialize)]
pub(super) struct Signed<'a> {
    pub(super) iss: &'a str,
    pub(super) aud: &'a str,
    pub(super) iat: u64,
    pub(super) exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub: Option<&'a str>,
    // Until when what a ticket opens may last, if the grant says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jti: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub(super) purpose: Option<&'a str>,
    pub(super) grant: Written,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    // Extensions that a reader must understand. None is understood.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: f64,
    exp: f64,
    nbf: Option<f64>,
    sub: Option<String>,
    end: Option<f64>,
    jti: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    grant: Written,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Reads a token at this time, in milliseconds since 1970.
pub(super) fn read(text: &str, terms: &Terms<'_>, now: u64) -> Result<(Grant, Use), Unfit> {
    let (header, claims) = open(terms.secrets, text).map_err(|broken| match broken {
        Broken::Malformed => Unfit::Malformed,
        Broken::Signature => Unfit::Signature,
    })?;
    let header: Header = json(&header)?;
    if header.alg != "HS256" || header.crit.is_some() {
        return Err(Unfit::Malformed);
    }
    let claims: Claims = json(&claims)?;
    let meant = match &claims.aud {
        Audience::One(audience) => audience == terms.audience,
        Audience::Several(audiences) => audiences.iter().any(|audience| audience == terms.audience),
    };
    let (begin, end) = (milliseconds(claims.iat)?, milliseconds(claims.exp)?);
    let valid_from = claims.nbf.map_or(Ok(begin), milliseconds)?.max(begin);
    if !meant || claims.iss != terms.issuer || valid_from > now.saturating_add(LEEWAY) {
        return Err(Unfit::Claims);
    }
    let (purpose, lifetime) = match (claims.purpose.as_deref(), claims.jti) {
        (None, _) => (Use::Connecting, terms.lifetime),
        (Some("ticket"), Some(name)) if IdempotencyKey::new("", name.as_str()).is_ok() => {
            (Use::Ticket(name), TICKET_LIFE.min(terms.lifetime))
        }
        _ => return Err(Unfit::Claims),
    };
    // Whoever signed it: what is revoked for so long must not come back.
    let after = |lifetime: Duration| begin.saturating_add(crate::session::milliseconds(lifetime));
    let token_end = end.min(after(lifetime));
    if now >= token_end {
        return Err(Unfit::Expired);
    }
    let end = match purpose {
        Use::Connecting => token_end,
        // A ticket is for coming in. Who is in stays for as long as with a token of the same moment.
        Use::Ticket(_) => claims.end.map_or(Ok(u64::MAX), milliseconds)?.min(after(terms.lifetime)),
    };
    let grant = claims.grant.read(claims.sub).ending(end);
    if grant.flaw_of_user().is_some() { Err(Unfit::Claims) } else { Ok((grant, purpose)) }
}

fn json<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Unfit> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unfit::Malformed)?;
    let value = parse(text).map_err(|_| Unfit::Malformed)?;
    serde_json::from_value(value).map_err(|_| Unfit::Claims)
}

fn milliseconds(seconds: f64) -> Result<u64, Unfit> {
    if !(0.0..=LAST_SECOND).contains(&seconds) {
        return Err(Unfit::Claims);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "its bounds were checked")]
    let milliseconds = (seconds * 1000.0) as u64;
    Ok(milliseconds)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
