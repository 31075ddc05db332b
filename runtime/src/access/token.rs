//! Signed grants, for clients that are let in by another program.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};

use super::{
    Grant,
    token_claims::{Signed, TICKET_LIFE, Terms, Unfit, Use, read},
    token_signature::{LONGEST, Secret},
};
use crate::clock::unix_milliseconds;

/// No longer than something can be revoked.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[doc = include_str!("../docs/tokens.md")]
#[derive(Clone)]
#[must_use = "tokens do nothing before something is signed with them, or a service takes them"]
pub struct Tokens {
    // The first one signs.
    secrets: Vec<Secret>,
    issuer: String,
    audience: String,
    lifetime: Duration,
}

/// A signed token: whoever has it is let in by it. So it is in no log, and in nobody's hands but its user's.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    expires: u64,
}

/// A token was not signed. All of these are mistakes in the program: correct it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// What tokens are made with is not complete.
    Incomplete {
        /// What is missing or wrong.
        requirement: &'static str,
    },
    /// The grant cannot be written into a token.
    Grant {
        /// Why.
        reason: String,
    },
    /// The token would be too long to travel: the grant names too many channels. Use patterns, or let the service ask `authorize`.
    TooLarge {
        /// The length of the token, in bytes.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
}

impl Tokens {
    /// Tokens that are signed with this secret: 32 bytes at least, from a source of randomness, the same for all that sign and read them.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        let secrets = vec![Secret::new(secret.as_ref())];
        Self { secrets, issuer: String::new(), audience: String::new(), lifetime: Duration::from_secs(60 * 60) }
    }

    /// Reads tokens of another secret, too, and signs with the first one.
    ///
    /// To change the secret: add the new one here, everywhere; then exchange the two, everywhere; and leave the old one out when the last token of it has expired.
    pub fn also_read(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secrets.push(Secret::new(secret.as_ref()));
        self
    }

    /// Who signs (`iss`). Required; tokens of another issuer are refused.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..self }
    }

    /// Which service they are for (`aud`). Required; tokens for another one are refused.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }

    /// How long a token is good: an hour unless set, 1 s to 30 days.
    ///
    /// Counts for reading as well: a token that claims to last longer is good for so long after its `iat`, whoever signed it.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// Signs a grant. Its token ends after the [lifetime](Self::lifetime), or with the grant if that ends sooner.
    ///
    /// ```
    /// use tidewire::{Grant, Tokens};
    ///
    /// # fn sign(secret: &[u8]) -> Result<(), tidewire::TokenError> {
    /// let tokens = Tokens::new(secret).issuer("acme").audience("acme-live");
    /// let token = tokens.sign(&Grant::user("ann").subscribe("chat/{roomId}"))?;
    /// println!("{} is good until {}", token.as_str(), token.expires());
    /// # Ok(())
    /// # }
    /// # sign(&[7; 32]).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// - [`TokenError::Incomplete`]: a secret is too short, or the issuer, the audience or a sensible lifetime is missing.
    /// - [`TokenError::Grant`]: the id of the user is not one, or a channel has a parameter without a value.
    /// - [`TokenError::TooLarge`]: the grant names so many channels that the token would exceed 6 KiB.
    pub fn sign(&self, grant: &Grant) -> Result<Token, TokenError> {
        self.sign_for(grant, None, unix_milliseconds())
    }

    /// Signs a ticket: a token that opens one connection, within 30 s, and may therefore stand in a URL (`ticket=…`), for clients that can send nothing else.
    ///
    /// The connection lasts as one with a token of the same moment does.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn sign_ticket(&self, grant: &Grant) -> Result<Token, TokenError> {
        self.sign_for(grant, Some("ticket"), unix_milliseconds())
    }

    pub(super) fn sign_for(&self, grant: &Grant, purpose: Option<&str>, now: u64) -> Result<Token, TokenError> {
        if let Some(requirement) = self.flaw() {
            return Err(TokenError::Incomplete { requirement });
        }
        let unusable = |reason| TokenError::Grant { reason };
        if let Some(reason) = grant.flaw_of_user() {
            return Err(unusable(reason));
        }
        let lifetime = if purpose.is_some() { TICKET_LIFE.min(self.lifetime) } else { self.lifetime };
        let iat = now / 1000;
        let exp = (iat + lifetime.as_secs()).min(grant.ends().map_or(u64::MAX, |end| end / 1000));
        let claims = Signed {
            iss: &self.issuer,
            aud: &self.audience,
            iat,
            exp,
            sub: grant.user_id(),
            end: grant.ends().map(|end| end / 1000).filter(|_| purpose.is_some()),
            jti: purpose.map(|_| format!("{:032x}", rand::random::<u128>())),
            purpose,
            grant: grant.write().map_err(unusable)?,
        };
        let claims = serde_json::to_vec(&claims).expect("text and numbers always serialize");
        let text = self.secrets[0].seal(&claims);
        if text.len() > LONGEST {
            return Err(TokenError::TooLarge { bytes: text.len(), limit: LONGEST });
        }
        Ok(Token { text, expires: exp * 1000 })
    }

    /// What is missing or wrong.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if self.secrets.iter().any(Secret::is_too_short) {
            return Some("secrets of at least 32 bytes");
        }
        if self.issuer.is_empty() {
            return Some("an issuer");
        }
        if self.audience.is_empty() {
            return Some("an audience");
        }
        let sensible = (Duration::from_secs(1)..=LONGEST_LIFE).contains(&self.lifetime);
        (!sensible).then_some("a lifetime from 1 s to 30 days")
    }

    /// How long a token is good at most.
    pub(crate) fn longest(&self) -> Duration {
        self.lifetime
    }

    /// What a token grants at this time, and for what it is.
    pub(super) fn read(&self, text: &str, now: u64) -> Result<(Grant, Use), Unfit> {
        let Self { secrets, issuer, audience, lifetime } = self;
        read(text, &Terms { secrets, issuer, audience, lifetime: *lifetime }, now)
    }
}

/// Without the secrets.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secrets, issuer, audience, lifetime } = self;
        f.debug_struct("Tokens")
            .field("secrets", &secrets.len())
            .field("issuer", issuer)
            .field("audience", audience)
            .field("lifetime", lifetime)
            .finish()
    }
}

impl Token {
    /// The token itself, as a client sends it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The token itself.
    pub fn into_string(self) -> String {
        self.text
    }

    /// When it ends.
    pub fn expires(&self) -> DateTime<Utc> {
        i64::try_from(self.expires).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    pub(crate) const fn expires_at(&self) -> u64 {
        self.expires
    }
}

/// Without the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete { requirement } => write!(f, "tokens need {requirement}"),
            Self::Grant { reason } => write!(f, "the grant cannot be written into a token: {reason}"),
            Self::TooLarge { bytes, limit } => write!(f, "the token would have {bytes} bytes, the limit is {limit}"),
        }
    }
}

impl std::error::Error for TokenError {}
