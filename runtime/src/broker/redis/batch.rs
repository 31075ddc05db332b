//! Which events of a batch go into one run of the script.

use std::{collections::HashMap, sync::Arc};

use tidewire_schema::History;

use crate::broker::Draft;

/// How many events one run takes at most: the server does nothing else meanwhile.
const EVENTS: usize = 64;

/// How many bytes of payload one run takes at most, unless a single event has more.
const BYTES: usize = 256 * 1024;

/// Divides a batch into runs of events of one channel and retention, as places in the batch. The runs of a channel are in its order; several events are in one run only if they are
/// stored and have no key.
pub(super) fn runs(batch: &[(Arc<str>, Draft)]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    // The last run of each channel, and its bytes.
    let mut last: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, (channel, draft)) in batch.iter().enumerate() {
        let size = draft.data.as_ref().map_or(0, String::len);
        if let Some((run, bytes)) = last.get_mut(&**channel)
            && joins(&batch[runs[*run][0]].1, draft)
            && runs[*run].len() < EVENTS
            && *bytes + size <= BYTES
        {
            runs[*run].push(at);
            *bytes += size;
        } else {
            last.insert(channel, (runs.len(), size));
            runs.push(vec![at]);
        }
    }
    runs
}

fn joins(first: &Draft, next: &Draft) -> bool {
    first.retention == next.retention && first.retention != History::Off && first.key.is_none() && next.key.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::IdempotencyKey;

    #[test]
    fn events_of_a_channel_stay_in_order_and_share_runs_where_they_can() {
        let keep = History::Keep { max: 10, ttl: 60 };
        let draft = |retention, data: &str, key: Option<&str>| Draft {
            event: "e",
            sender: None,
            origin: None,
            exclude: None,
            data: Some(data.to_owned()),
            retention,
            latest: false,
            key: key.map(|key| IdempotencyKey::new("me", key).unwrap()),
        };
        let large = "x".repeat(BYTES);
        let batch: Vec<(Arc<str>, Draft)> = vec![
            (Arc::from("a"), draft(keep, "1", None)),
            (Arc::from("b"), draft(keep, "1", None)),
            (Arc::from("a"), draft(keep, "2", None)),
            (Arc::from("a"), draft(keep, "3", Some("k"))),
            (Arc::from("a"), draft(keep, "4", None)),
            (Arc::from("a"), draft(History::Off, "5", None)),
            (Arc::from("a"), draft(History::Off, "6", None)),
            (Arc::from("b"), draft(History::Keep { max: 9, ttl: 60 }, "2", None)),
            (Arc::from("b"), draft(History::Keep { max: 9, ttl: 60 }, &large, None)),
        ];
        assert_eq!(runs(&batch), [vec![0, 2], vec![1], vec![3], vec![4], vec![5], vec![6], vec![7], vec![8]]);
        let many: Vec<_> = (0..=EVENTS).map(|_| batch[0].clone()).collect();
        assert_eq!(runs(&many).iter().map(Vec::len).collect::<Vec<_>>(), [EVENTS, 1]);
    }
}
