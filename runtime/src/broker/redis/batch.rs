//! Which events of a batch go into one run of the script, and which runs go out together.

use std::{collections::HashMap, sync::Arc};

use tidewire_schema::History;

use crate::broker::Draft;

/// How many events one run takes at most: the server does nothing else meanwhile.
const EVENTS: usize = 64;

/// How many bytes of payload one run takes at most, unless a single event has more.
const BYTES: usize = 256 * 1024;

/// Events of one channel that go into one run of the script, as places in the batch.
pub(super) type Run = Vec<usize>;

/// Runs that go out together.
pub(super) type Wave = Vec<Run>;

/// Divides a batch into runs of events of one channel and retention, and these into chains of waves, of which each goes out when the one before is settled. Chains have
/// nothing to do with each other. The runs of a channel are in its order; several events are in one run only if they are stored and have no key.
///
/// Where slots move, runs of one channel share a wave only if they ask for the same keys: meanwhile a server refuses whoever asks for a key that it does not have, so that an
/// event without a key of its own would overtake one that has a new record to write. Such a channel is a chain of its own; all others are one.
pub(super) fn chains(batch: &[(Arc<str>, Draft)], slots_move: bool) -> Vec<Vec<Wave>> {
    let mut channels: HashMap<&str, Vec<Wave>> = HashMap::new();
    let mut last: HashMap<&str, Last<'_>> = HashMap::new();
    for (at, (channel, draft)) in batch.iter().enumerate() {
        let size = draft.data.as_ref().map_or(0, String::len);
        let waves = channels.entry(channel).or_default();
        let before = last.get_mut(&**channel);
        if let (Some(before), Some(run)) = (before, waves.last_mut().and_then(|wave| wave.last_mut()))
            && joins(before.first, draft)
            && run.len() < EVENTS
            && before.bytes + size <= BYTES
        {
            run.push(at);
            before.bytes += size;
            continue;
        }
        let before = last.insert(channel, Last { first: draft, bytes: size });
        match waves.last_mut() {
            Some(wave) if !slots_move || before.is_some_and(|before| asks_alike(before.first, draft)) => wave.push(vec![at]),
            _ => waves.push(vec![vec![at]]),
        }
    }
    let (mut chains, mut common) = (Vec::new(), Wave::new());
    for mut waves in channels.into_values() {
        if waves.len() > 1 {
            chains.push(waves);
        } else {
            common.append(&mut waves.pop().unwrap_or_default());
        }
    }
    // As they were given.
    common.sort_unstable_by_key(|run| run.first().copied());
    chains.push(vec![common]);
    chains
}

/// The last run of a channel so far.
struct Last<'a> {
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
        let of_a = vec![vec![vec![0, 2]], vec![vec![3]], vec![vec![4]], vec![vec![5], vec![6]]];
        assert_eq!(
            chains(&batch, true),
            [of_a, vec![vec![vec![1], vec![7], vec![8]]]],
            "none goes out with one before it that asks for other keys"
        );
        let unmoved: Wave = vec![vec![0, 2], vec![1], vec![3], vec![4], vec![5], vec![6], vec![7], vec![8]];
        assert_eq!(chains(&batch, false), [[unmoved]]);
        let many: Vec<_> = (0..=EVENTS).map(|_| batch[0].clone()).collect();
        assert_eq!(chains(&many, true)[0][0].iter().map(Vec::len).collect::<Vec<_>>(), [EVENTS, 1]);
    }
}
