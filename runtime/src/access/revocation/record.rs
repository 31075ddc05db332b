//! What the log says, as JSON.

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::{broker, cursor::Cursor};

/// One entry.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What is restored, before what is revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) restore: Vec<Subject>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) revoke: Vec<Item>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    #[serde(flatten)]
    pub(super) subject: Subject,
    /// Milliseconds from the time on at which the broker took the entry.
    pub(super) lasts: u64,
    /// Where the channel stood at the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upto: Option<Cursor>,
}

/// The frame around it.
#[derive(Deserialize)]
struct Line {
    time: u64,
    data: Entry,
}

/// Reads an entry, and when the broker took it.
pub(super) fn read(entry: &broker::Entry) -> Option<(Entry, u64)> {
    match serde_json::from_slice::<Line>(entry.frame.json()) {
        Ok(Line { time, data }) => Some((data, time)),
        Err(error) => {
            // A newer node may say what this one does not understand. It cannot be obeyed here, and somebody has to know.
            tracing::error!(%error, number = entry.cursor.number(), "an entry of the log of revocations cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let subject = |user: Option<&str>, channel: Option<&str>| Subject { user: user.map(Into::into), channel: channel.map(Into::into) };
        let upto: Cursor = "00c0ffee00c0ffee.12.1732153200000-0".parse().unwrap();
        let entry = Entry {
            restore: vec![subject(Some("a\"\n"), None)],
            revoke: vec![
                Item { subject: subject(Some("ann"), Some("chat/a")), lasts: 5, upto: Some(upto) },
                Item { subject: subject(None, Some("chat/b")), lasts: 6, upto: None },
            ],
        };
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry, "{json}");
    }
}
