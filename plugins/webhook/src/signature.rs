//! Signing deliveries, and verifying them.

use std::{
    error::Error,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

/// The header with the id of a delivery: the same for each attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of an attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures: `v1,` and 32 bytes in base64, one for each secret, with spaces between.
pub const SIGNATURE: &str = "webhook-signature";

/// A secret with fewer bytes could be guessed.
const LEAST: usize = 24;
const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What deliveries are signed with.
#[derive(Clone)]
pub(crate) struct Secret(Hmac<Sha256>);

impl Secret {
    pub(crate) fn read(text: &str) -> Result<Self, MalformedSecret> {
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => BASE64.decode(encoded.as_bytes()).map_err(|_| MalformedSecret)?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < LEAST {
            return Err(MalformedSecret);
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| MalformedSecret)
    }

    fn keyed(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }

    pub(crate) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        format!("{VERSION}{}", BASE64.encode(&self.keyed(id, timestamp, body).finalize().into_bytes()))
    }
}

/// A secret is shorter than 24 bytes, or begins with `whsec_` and is not base64 behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedSecret;

impl fmt::Display for MalformedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret must have at least 24 bytes, as text, or in base64 behind `whsec_`")
    }
}

impl Error for MalformedSecret {}

/// Verifies deliveries, for receivers in Rust.
///
/// The format is that of [Standard Webhooks](https://www.standardwebhooks.com), for which there are libraries in many languages: HMAC-SHA256 over `{id}.{timestamp}.{body}`.
/// Signatures are compared in constant time. A delivery that was recorded is good for as long as its timestamp is within the [tolerance](Self::tolerance), so a receiver that must not act twice
/// remembers ids for at least that long; it has to anyway, because deliveries are repeated.
///
/// ```
/// use tidewire_webhook::{Verifier, VerifyError};
///
/// # fn receive(headers: &http::HeaderMap, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// // The bytes as they came: parsing and printing them again would change them.
/// let id = verifier.verify(headers, body)?;
/// println!("{id} is genuine");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    secrets: Vec<Secret>,
    tolerance: Duration,
}

impl Verifier {
    /// Takes what is signed with this secret: at least 24 bytes of text, or base64 behind `whsec_`.
    ///
    /// # Errors
    ///
    /// [`MalformedSecret`] if it is neither. Correct it.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, MalformedSecret> {
        Ok(Self { secrets: vec![Secret::read(secret.as_ref())?], tolerance: TOLERANCE })
    }

    /// Takes what is signed with this one, too: while a secret is replaced.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn or(mut self, secret: impl AsRef<str>) -> Result<Self, MalformedSecret> {
        self.secrets.push(Secret::read(secret.as_ref())?);
        Ok(self)
    }

    /// How far the timestamp may be from the clock, in either direction: 5 minutes unless set.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Verifies a delivery, and answers its id.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says what is wrong. Answer 400 or 401 and do nothing else.
    pub fn verify<'a>(&self, headers: &'a HeaderMap, body: &[u8]) -> Result<&'a str, VerifyError> {
        self.verify_at(SystemTime::now(), headers, body)
    }

    fn verify_at<'a>(&self, now: SystemTime, headers: &'a HeaderMap, body: &[u8]) -> Result<&'a str, VerifyError> {
        let read = |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(VerifyError::Header(name));
        let (id, timestamp, signatures) = (read(ID)?, read(TIMESTAMP)?, read(SIGNATURE)?);
        let sent = timestamp.parse::<u64>().map_err(|_| VerifyError::Header(TIMESTAMP))?;
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if now.abs_diff(sent) > self.tolerance.as_secs() {
            return Err(VerifyError::Timestamp);
        }
        let mut given = signatures.split(' ').filter_map(|signature| BASE64.decode(signature.strip_prefix(VERSION)?.as_bytes()).ok());
        let genuine = |tag: Vec<u8>| self.secrets.iter().any(|secret| secret.keyed(id, timestamp, body).verify_slice(&tag).is_ok());
        if given.any(genuine) { Ok(id) } else { Err(VerifyError::Signature) }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("secrets", &self.secrets.len()).field("tolerance", &self.tolerance).finish()
    }
}

/// Why a delivery is not genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// This header is missing or malformed.
    Header(&'static str),
    /// It was sent too long ago, or the clocks differ.
    Timestamp,
    /// None of the signatures is that of a secret.
    Signature,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "the header `{name}` is missing or malformed"),
            Self::Timestamp => f.write_str("the timestamp is too far from the clock"),
            Self::Signature => f.write_str("no signature fits"),
        }
    }
}

impl Error for VerifyError {}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let fields = [(ID, id), (TIMESTAMP, timestamp), (SIGNATURE, signature)];
        fields.into_iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The example of Standard Webhooks itself.
    #[test]
    fn the_format_is_the_standards() {
        let signature = Secret::read(SECRET).unwrap().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_changed_in_any_part_is_refused() {
        let (id, time) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let signature = Secret::read(SECRET).unwrap().sign(id, time, BODY);
        let verifier = Verifier::new(SECRET).unwrap();
        let now = at(1_614_265_330);
        assert_eq!(verifier.verify_at(now, &headers(id, time, &signature), BODY), Ok(id));
        let several = format!("v2,abc v1, v1,AAAA {signature}");
        assert_eq!(verifier.verify_at(now, &headers(id, time, &several), BODY), Ok(id), "one of several");
        let refused = |headers: &HeaderMap, body: &[u8]| verifier.verify_at(now, headers, body).unwrap_err();
        assert_eq!(refused(&headers(id, time, &signature), b"{}"), VerifyError::Signature);
        assert_eq!(refused(&headers("msg_other", time, &signature), BODY), VerifyError::Signature);
        assert_eq!(refused(&headers(id, "1614265331", &signature), BODY), VerifyError::Signature);
        assert_eq!(refused(&headers(id, time, &signature[3..]), BODY), VerifyError::Signature);
        assert_eq!(refused(&headers(id, time, ""), BODY), VerifyError::Signature);
        assert_eq!(refused(&headers(id, "soon", &signature), BODY), VerifyError::Header(TIMESTAMP));
        assert_eq!(refused(&HeaderMap::new(), BODY), VerifyError::Header(ID));
        let other = Verifier::new("another secret of at least 24 bytes").unwrap();
        assert_eq!(other.verify_at(now, &headers(id, time, &signature), BODY), Err(VerifyError::Signature));
        assert_eq!(other.or(SECRET).unwrap().verify_at(now, &headers(id, time, &signature), BODY), Ok(id));
    }

    #[test]
    fn what_is_old_or_from_the_future_is_refused() {
        let (id, time) = ("msg_a", "1000");
        let signed = headers(id, time, &Secret::read(SECRET).unwrap().sign(id, time, BODY));
        let verifier = Verifier::new(SECRET).unwrap();
        for good in [700, 1000, 1300] {
            assert_eq!(verifier.verify_at(at(good), &signed, BODY), Ok(id));
        }
        for bad in [0, 699, 1301] {
            assert_eq!(verifier.verify_at(at(bad), &signed, BODY), Err(VerifyError::Timestamp));
        }
        assert_eq!(verifier.tolerance(Duration::from_secs(1)).verify_at(at(1002), &signed, BODY), Err(VerifyError::Timestamp));
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_none() {
        for weak in ["", "short", "whsec_", "whsec_MfKQ9r8G", "whsec_not base64 at all, however long it is"] {
            assert_eq!(Secret::read(weak).err(), Some(MalformedSecret), "{weak}");
        }
    }
}
