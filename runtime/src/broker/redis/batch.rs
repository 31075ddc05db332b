//! Which events of a batch go into one run of the script, and which runs go out together.

use std::{collections::HashMap, sync::Arc};

use tidewire_schema::History;

use crate::broker::Draft;

/// How many events one run takes at most: the server does nothing else meanwhile.
const EVENTS: usize = 64;

/// How many bytes of payload one run takes at most, unless a single event has more.
const BYTES: usize = 256 * 1024;

/// Divides a batch into runs of events of one channel and retention, as places in the batch, and the runs into waves: each goes out when the one before is settled.
/// The runs of a channel are in its order; several events are in one run only if they are stored and have no key.
///
/// Where slots move, runs of one channel share a wave only if they ask for the same keys: meanwhile a server refuses whoever asks for a key that it does not have, so that an
/// event without a key of its own would overtake one that has a new record to write.
pub(super) fn waves(batch: &[(Arc<str>, Draft)], slots_move: bool) -> Vec<Vec<Vec<usize>>> {
    let mut waves: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut last: HashMap<&str, Last<'_>> = HashMap::new();
    for (at, (channel, draft)) in batch.iter().enumerate() {
        let size = draft.data.as_ref().map_or(0, String::len);
        let before = last.get_mut(&**channel);
        if let Some(before) = before
            && joins(before.first, draft)
        {
            let run = &mut waves[before.wave][before.run];
            if run.len() < EVENTS && before.bytes + size <= BYTES {
                run.push(at);
                before.bytes += size;
                continue;
            }
        }
        let wave = last.get(&**channel).map_or(0, |before| before.wave + usize::from(slots_move && !asks_alike(before.first, draft)));
        if wave == waves.len() {
            waves.push(Vec::new());
        }
        last.insert(channel, Last { wave, run: waves[wave].len(), first: draft, bytes: size });
        waves[wave].push(vec![at]);
    }
    waves
}

/// The last run of a channel so far.
struct Last<'a> {
    wave: usize,
    run: usize,
    first: &'a Draft,
    bytes: usize,
}

/// Whether what publishes the two has the same keys.
fn asks_alike(one: &Draft, other: &Draft) -> bool {
    (one.retention == History::Off) == (other.retention == History::Off) && one.key.is_some() == other.key.is_some()
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
        // No event of "a" goes out with one before it that asks for other keys.
        let expected: [Vec<Vec<usize>>; 4] =
            [vec![vec![0, 2], vec![1], vec![7], vec![8]], vec![vec![3]], vec![vec![4]], vec![vec![5], vec![6]]];
        assert_eq!(waves(&batch, true), expected);
        let unmoved: Vec<Vec<usize>> = vec![vec![0, 2], vec![1], vec![3], vec![4], vec![5], vec![6], vec![7], vec![8]];
        assert_eq!(waves(&batch, false), [unmoved]);
        let many: Vec<_> = (0..=EVENTS).map(|_| batch[0].clone()).collect();
        assert_eq!(waves(&many, true).iter().map(|wave| wave.iter().map(Vec::len).collect()).collect::<Vec<Vec<_>>>(), [[EVENTS, 1]]);
    }
}
