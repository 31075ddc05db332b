//! Other services, which prove themselves with a key.

use std::fmt;

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use tidewire_schema::wire::WireCode;

use crate::transport::Refusal;

/// The shortest key, in bytes: what cannot be guessed.
pub(crate) const KEY_BYTES: usize = 32;

/// The keys that are accepted. Only their digests are kept: all of them are compared in the same time, whatever their length.
#[derive(Clone, Default)]
pub(crate) struct ServiceKeys(Vec<[u8; 32]>);

impl ServiceKeys {
    /// Accepts this key, too; `None` if it is too short to be one.
    pub(crate) fn add(&mut self, key: &str) -> Option<()> {
        (key.len() >= KEY_BYTES).then(|| self.0.push(Sha256::digest(key).into()))
    }

    /// Whether a request brings one of the keys.
    pub(crate) fn are_in(&self, headers: &HeaderMap) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return false };
        let Some(given) = bearer(value.as_bytes()) else { return false };
        let given: [u8; 32] = Sha256::digest(given).into();
        self.0.iter().fold(Choice::from(0), |found, key| found | key.ct_eq(&given)).into()
    }

    /// Lets other services in, and nobody else.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Err(Refusal::new(WireCode::Denied, "this service takes nothing from other services")
                .hint("call `.service_key(…)` on `Realtime::builder(…)`"));
        }
        if self.are_in(headers) { Ok(()) } else { Err(Refusal::new(WireCode::Unauthenticated, "a key of this service is needed")) }
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// Digests of keys do not belong into logs either.
impl fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceKeys").field("count", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn with(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn exactly_the_keys_are_accepted() {
        let mut keys = ServiceKeys::default();
        assert!(keys.add(&"a".repeat(31)).is_none());
        assert_eq!(keys.admit(&with(&[])).unwrap_err().code(), WireCode::Denied, "there is no key yet");
        keys.add(&"a".repeat(32)).unwrap();
        keys.add(&"b".repeat(40)).unwrap();
        for good in [format!("Bearer {}", "a".repeat(32)), format!("bearer  {} ", "b".repeat(40))] {
            keys.admit(&with(&[&good])).unwrap();
        }
        let (right, almost) = (format!("Bearer {}", "a".repeat(32)), format!("Bearer {}b", "a".repeat(31)));
        for bad in [
            &[][..],
            &["Bearer "],
            &["Bearer"],
            &[&"a".repeat(32)],
            &[&almost],
            &["Basic YTph"],
            &[&right, &right],
            &[&format!("{right}a")],
        ] {
            assert_eq!(keys.admit(&with(bad)).unwrap_err().code(), WireCode::Unauthenticated, "{bad:?}");
        }
        assert!(!format!("{keys:?}").contains("aaa"));
    }
}
