//! What this package has done to a database for logical replication, written down there as the comment of the publication.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;

use crate::{
    connect::in_time,
    error::SyncError,
    name::{literal, quoted},
};

/// Counted up when what is installed changes.
const VERSION: i32 = 1;

const MARK: &str = "tidewire";

/// Tables are named by their number in the catalog: their name may be another by now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Part of the key of every event: what comes after an uninstall must not be taken for what was before.
    pub(super) token: String,
    /// Whether the slot has been made: if it is not there, it is gone, and with it what nobody has read.
    pub(super) ready: bool,
    /// As which schema and table each is watched.
    pub(super) tables: BTreeMap<u32, (String, String)>,
    /// The replica identity that each table had before: a letter of the catalog, and for an index its name.
    pub(super) identities: BTreeMap<u32, (char, Option<String>)>,
}

impl Ledger {
    /// Reads it; nothing if there is no such publication.
    ///
    /// # Errors
    ///
    /// [`SyncError::Foreign`] if the publication is none of ours, [`SyncError::Version`] if it is of another version.
    pub(super) async fn read(client: &impl GenericClient, publication: &str) -> Result<Option<Self>, SyncError> {
        let select = "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = $1::text";
        let Some(row) = in_time(client.query_opt(select, &[&publication])).await? else { return Ok(None) };
        let foreign = || SyncError::Foreign { name: publication.to_owned(), reason: "a publication of this name is none of this package" };
        let comment: Option<String> = row.get(0);
        Self::parse(comment.as_deref().unwrap_or_default())
            .map_err(|found| found.map_or_else(foreign, |found| SyncError::Version { found }))
    }

    /// Writes it down, in the transaction of what it tells.
    pub(super) async fn write(&self, client: &impl GenericClient, publication: &str) -> Result<(), SyncError> {
        let comment = format!("COMMENT ON PUBLICATION {} IS {}", quoted(publication), literal(&self.text()));
        in_time(client.batch_execute(&comment)).await
    }

    fn text(&self) -> String {
        let content = serde_json::to_string(self).unwrap_or_default();
        format!("{MARK} {VERSION} {content}")
    }

    fn parse(comment: &str) -> Result<Option<Self>, Option<i32>> {
        let mut parts = comment.splitn(3, ' ');
        let (mark, version, content) = (parts.next(), parts.next().and_then(|version| version.parse().ok()), parts.next());
        match (version, content) {
            (Some(VERSION), Some(content)) if mark == Some(MARK) => serde_json::from_str(content).map(Some).map_err(|_| None),
            (Some(other), _) if mark == Some(MARK) => Err(Some(other)),
            _ => Err(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_others_wrote_is_not_taken_for_it() {
        let mut ledger = Ledger { token: "0123".to_owned(), ready: true, ..Ledger::default() };
        ledger.tables.insert(16_385, ("public".to_owned(), "it's".to_owned()));
        ledger.identities.insert(16_385, ('i', Some("an index".to_owned())));
        assert_eq!(Ledger::parse(&ledger.text()), Ok(Some(ledger)));
        for foreign in ["", "for the warehouse", "tidewire", "tidewire 1", "tidewire 1 nonsense", "other 1 {}"] {
            assert!(Ledger::parse(foreign).is_err(), "{foreign}");
        }
        assert_eq!(Ledger::parse("tidewire 2 {}"), Err(Some(2)));
    }
}
