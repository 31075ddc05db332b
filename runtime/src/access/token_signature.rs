//! What holds a token together: the compact form of RFC 7515, with HMAC-SHA-256 and nothing else.
//!
//! The libraries for this choose their cryptography for the whole process, by features of which there must be exactly one: a service that uses such a
//! library itself, with other ones, would panic at its first token. With one algorithm there is nothing to choose.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The longest token, in bytes: it has to fit into a head, and into a query.
pub(super) const LONGEST: usize = 6 * 1024;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// What tokens are signed with. Logs never see it.
#[derive(Clone)]
pub(super) struct Secret(Box<[u8]>);

impl Secret {
    /// Shorter ones can be guessed: RFC 7518 asks for as many bytes as the hash has.
    pub(super) const SHORTEST: usize = 32;

    pub(super) fn new(secret: &[u8]) -> Self {
        Self(secret.into())
    }

    pub(super) fn is_too_short(&self) -> bool {
        self.0.len() < Self::SHORTEST
    }

    /// Signs claims, which are JSON.
    pub(super) fn seal(&self, claims: &[u8]) -> String {
        let mut text = format!("{HEADER}.{}", BASE64URL_NOPAD.encode(claims));
        let signature = self.code(text.as_bytes()).finalize().into_bytes();
        text.push('.');
        text.push_str(&BASE64URL_NOPAD.encode(&signature));
        text
    }

    fn code(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length will do");
        code.update(message);
        code
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        // In a time that says nothing about where they differ.
        self.code(message).verify_slice(signature).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Why a text is no token of these secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is not made like one, or says that it is signed in another way.
    Malformed,
    /// Somebody else signed it, or changed it.
    Signature,
}

/// The header and the claims of a token that one of the secrets signed. Both are still only bytes.
pub(super) fn open(secrets: &[Secret], text: &str) -> Result<(Vec<u8>, Vec<u8>), Broken> {
    if text.len() > LONGEST {
        return Err(Broken::Malformed);
    }
    let (message, signature) = text.rsplit_once('.').ok_or(Broken::Malformed)?;
    let (header, claims) = message.split_once('.').filter(|(_, claims)| !claims.contains('.')).ok_or(Broken::Malformed)?;
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Broken::Malformed);
    let signature = decode(signature)?;
    // Before anything is read: what the header says of algorithms is not asked.
    if !secrets.iter().any(|secret| secret.has_signed(message.as_bytes(), &signature)) {
        return Err(Broken::Signature);
    }
    Ok((decode(header)?, decode(claims)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_read() {
        // RFC 7515, appendix A.1.
        let key =
            BASE64URL_NOPAD.decode(b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p\
                     c19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let (header, claims) = open(&[Secret::new(&key)], token).unwrap();
        assert_eq!(header, b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}");
        assert!(claims.starts_with(b"{\"iss\":\"joe\""));
        assert_eq!(BASE64URL_NOPAD.decode(HEADER.as_bytes()).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn what_is_changed_anywhere_is_not_opened() {
        let secret = Secret::new(&[7; 32]);
        let token = secret.seal(br#"{"sub":"ann"}"#);
        assert_eq!(open(&[Secret::new(&[8; 32]), secret.clone()], &token).unwrap().1, br#"{"sub":"ann"}"#);
        assert_eq!(open(&[Secret::new(&[8; 32])], &token), Err(Broken::Signature));
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert!(open(std::slice::from_ref(&secret), &changed).is_err(), "{changed}");
        }
        let long = format!("{token}{}", "A".repeat(LONGEST));
        for odd in ["", ".", "..", "...", "a.b", &token[1..], &format!("{token}="), &format!("{token}."), &format!(".{token}"), &long] {
            assert!(open(std::slice::from_ref(&secret), odd).is_err(), "{odd:.60}");
        }
        assert!(!format!("{secret:?}").contains('7'));
    }
}
