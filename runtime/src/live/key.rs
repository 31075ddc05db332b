//! Names of what is looked at, and of values.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};

/// How many bytes of a digest name a key. Nothing is granted on its word: a node takes only keys that were begun on the connection.
const KEY_BYTES: usize = 16;
/// How many bytes of a digest name a value: enough to tell apart the values of one key.
const VERSION_BYTES: usize = 12;

/// The key of a query, its channel, its parameters in their normal form, and whose it is. Equal on every node.
pub(crate) fn key_of(query: &str, channel: &str, params: Option<&str>, whose: Option<&str>) -> Arc<str> {
    let mut digest = Sha256::new();
    for part in [Some(query), Some(channel), params, whose] {
        // Each with its length, so that no two lists of parts are one text.
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        digest.update(length.to_be_bytes());
        digest.update(part.unwrap_or_default());
    }
    BASE64URL_NOPAD.encode(&digest.finalize()[..KEY_BYTES]).into()
}

/// The version of a value: the same on every node, and after a restart.
pub(crate) fn version_of(data: &str) -> Arc<str> {
    BASE64URL_NOPAD.encode(&Sha256::digest(data)[..VERSION_BYTES]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_differs_wherever_a_part_does() {
        let keys = [
            key_of("a", "b/1", None, None),
            key_of("a", "b/2", None, None),
            key_of("ab", "/1", None, None),
            key_of("a", "b/1", Some("{}"), None),
            key_of("a", "b/1", None, Some("{}")),
            key_of("a", "b/1", Some(""), None),
        ];
        assert!(keys.iter().all(|key| key.len() == 22 && key.is_ascii()));
        assert!(keys.iter().enumerate().all(|(at, key)| !keys[..at].contains(key)), "{keys:?}");
        assert_eq!(keys[0], key_of("a", "b/1", None, None));
    }

    #[test]
    fn a_value_has_one_version() {
        assert_eq!(version_of("[1]"), version_of("[1]"));
        assert_ne!(version_of("[1]"), version_of("[2]"));
        assert_eq!(version_of("").len(), 16);
    }
}
