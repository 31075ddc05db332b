//! Names of nodes and of clients.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// One running [`Realtime`](crate::Realtime): chosen at random when it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u64);

impl NodeId {
    /// Chooses a name at random.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for NodeId {
    type Err = MalformedId;

    /// Reads exactly the form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    ///
    /// [`MalformedId`] for everything else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hexadecimal(text).map(Self).ok_or(MalformedId)
    }
}

/// The public name of a client, the same across its reconnects. It grants nothing: whoever wants to act as the client needs its session key.
///
/// ```
/// use tidewire::ConnectionId;
///
/// let id: ConnectionId = "c-00c0ffee00c0ffee".parse()?;
/// assert_eq!(id.to_string(), "c-00c0ffee00c0ffee");
/// # Ok::<(), tidewire::MalformedId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c-{:016x}", self.0)
    }
}

impl FromStr for ConnectionId {
    type Err = MalformedId;

    /// Reads exactly the form that [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    ///
    /// [`MalformedId`] for everything else: no server handed that out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("c-").and_then(hexadecimal).map(Self).ok_or(MalformedId)
    }
}

/// A text that is not the id that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedId;

impl fmt::Display for MalformedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id that a server could have handed out")
    }
}

impl std::error::Error for MalformedId {}

/// What a client proves its identity with, to any node: the node it was connected to, and a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionKey {
    pub(crate) node: NodeId,
    secret: u128,
}

impl SessionKey {
    /// A new client on `node`.
    pub(crate) fn random(node: NodeId) -> Self {
        Self { node, secret: rand::random() }
    }

    /// The same client on `node`.
    #[must_use]
    pub(crate) const fn moved_to(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    /// Whether the other key has the same secret, in a time that says nothing about where they differ.
    pub(crate) fn has_secret_of(&self, other: &Self) -> bool {
        self.secret.to_be_bytes().ct_eq(&other.secret.to_be_bytes()).into()
    }

    /// The public name that belongs to the secret. A one-way function, so that every node knows it and nobody can choose it.
    pub(crate) fn connection(&self) -> ConnectionId {
        let digest = Sha256::digest(self.secret.to_be_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        ConnectionId(u64::from_be_bytes(first))
    }
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:032x}", self.node, self.secret)
    }
}

/// A secret does not belong into logs.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey").field("node", &self.node).finish_non_exhaustive()
    }
}

impl FromStr for SessionKey {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (node, secret) = text.split_once('.').ok_or(MalformedId)?;
        if secret.len() != 32 || !is_hexadecimal(secret) {
            return Err(MalformedId);
        }
        let secret = u128::from_str_radix(secret, 16).map_err(|_| MalformedId)?;
        Ok(Self { node: node.parse()?, secret })
    }
}

fn hexadecimal(text: &str) -> Option<u64> {
    (text.len() == 16 && is_hexadecimal(text)).then(|| u64::from_str_radix(text, 16).ok())?
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_keeps_its_name_on_another_node() {
        let key = SessionKey::random(NodeId(1));
        let moved: SessionKey = key.moved_to(NodeId(2)).to_string().parse().unwrap();
        assert_eq!(moved.connection(), key.connection());
        assert_ne!(SessionKey::random(NodeId(1)).connection(), key.connection());
        assert_eq!(key.connection().to_string().parse(), Ok(key.connection()));
    }

    #[test]
    fn only_what_a_server_wrote_is_read() {
        let key = SessionKey::random(NodeId(1)).to_string();
        for text in ["", ".", "c-1", &key.to_uppercase(), &key[1..], &format!("{key}0"), &key.replace('.', ":"), &format!("+{}", &key[1..])]
        {
            assert!(text.parse::<SessionKey>().is_err() || text == key, "{text}");
        }
        assert!("c-00C0ffee00c0ffee".parse::<ConnectionId>().is_err() && "00c0ffee00c0ffee".parse::<ConnectionId>().is_err());
    }

    #[test]
    fn the_secret_stays_out_of_logs() {
        let key = SessionKey::random(NodeId(1));
        let secret = key.to_string().split_once('.').unwrap().1.to_owned();
        assert!(!format!("{key:?}").contains(&secret));
    }
}
