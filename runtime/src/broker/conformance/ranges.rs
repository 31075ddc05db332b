//! Reading parts of a history.

use std::sync::Arc;

use super::recorder::{draft, fresh, numbers, publish, read};
use crate::{
    broker::{Broker, Range, ReadRequest},
    cursor::{Cursor, Epoch},
};

/// Large, but a number that every language of a store can count with.
const ANY: usize = 1 << 40;

async fn filled(broker: &Arc<dyn Broker>, count: usize) -> (String, Vec<Cursor>) {
    let channel = fresh();
    let mut cursors = vec![read(broker, &channel, Range::Before(None)).await.head];
    for number in 1..=count {
        // Of one length, so that bounds can be computed.
        cursors.push(publish(broker, &channel, draft(1000 + number)).await);
    }
    (channel, cursors)
}

pub(super) async fn ranges_begin_and_end_where_they_say(broker: Arc<dyn Broker>) {
    let (channel, cursors) = filled(&broker, 10).await;
    let elsewhere = Cursor::new(Epoch::from(1), cursors[4].number(), cursors[4].id());
    let cases: [(Range, usize, Vec<u64>, bool); 16] = [
        (Range::After(cursors[0]), 100, (1..=10).collect(), false),
        (Range::After(cursors[3]), 100, (4..=10).collect(), false),
        (Range::After(cursors[3]), 2, vec![4, 5], true),
        (Range::After(cursors[3]), 7, (4..=10).collect(), false),
        (Range::After(cursors[10]), 100, vec![], false),
        (Range::After(elsewhere), 2, vec![1, 2], true),
        (Range::Before(None), 3, vec![8, 9, 10], true),
        (Range::Before(None), 10, (1..=10).collect(), false),
        (Range::Before(Some(cursors[4])), 2, vec![2, 3], true),
        (Range::Before(Some(cursors[3])), 5, vec![1, 2], false),
        (Range::Before(Some(cursors[1])), 5, vec![], false),
        (Range::Before(Some(cursors[0])), 5, vec![], false),
        (Range::Before(Some(elsewhere)), 5, vec![], false),
        (Range::Newest(4), 2, vec![7, 8], true),
        (Range::Newest(4), 100, vec![7, 8, 9, 10], false),
        (Range::Newest(400), 100, (1..=10).collect(), false),
    ];
    for (range, limit, expected, more) in cases {
        let page = broker.read(&channel, ReadRequest { range, limit, bytes: ANY }).await.expect("reading");
        assert_eq!((numbers(&page.entries), page.more, page.head), (expected, more, cursors[10]), "{range:?}, at most {limit}");
    }
    let nothing = broker.read(&channel, ReadRequest { range: Range::Newest(0), limit: 5, bytes: ANY }).await.expect("reading");
    assert_eq!((nothing.entries.len(), nothing.more), (0, false));
}

pub(super) async fn pages_of_any_bound_join_to_the_whole(broker: Arc<dyn Broker>) {
    let (channel, cursors) = filled(&broker, 40).await;
    let size = read(&broker, &channel, Range::Newest(1)).await.entries[0].frame.size();
    for (limit, bytes) in [(7, ANY), (100, size * 9 / 2), (3, size * 9 / 2), (100, 1), (1, ANY), (100, ANY)] {
        let (mut forwards, mut position) = (Vec::new(), cursors[0]);
        loop {
            let page = broker.read(&channel, ReadRequest { range: Range::After(position), limit, bytes }).await.expect("reading");
            assert!(page.entries.len() <= limit);
            let total: usize = page.entries.iter().map(|entry| entry.frame.size()).sum();
            assert!(total <= bytes || page.entries.len() == 1, "{total} bytes, the bound was {bytes}");
            for entry in &page.entries {
                assert!(entry.follows(&position), "a page is linked to the one before it");
                position = entry.cursor;
            }
            forwards.extend(numbers(&page.entries));
            if !page.more {
                break;
            }
            assert!(!page.entries.is_empty(), "a page that goes on has an event");
        }
        assert_eq!(forwards, (1..=40).collect::<Vec<_>>());

        let (mut backwards, mut before) = (Vec::new(), None);
        loop {
            let page = broker.read(&channel, ReadRequest { range: Range::Before(before), limit, bytes }).await.expect("reading");
            let total: usize = page.entries.iter().map(|entry| entry.frame.size()).sum();
            assert!(total <= bytes || page.entries.len() == 1, "{total} bytes, the bound was {bytes}");
            backwards.splice(0..0, numbers(&page.entries));
            before = page.entries.first().map(|entry| entry.cursor);
            if !page.more {
                break;
            }
        }
        assert_eq!(backwards, (1..=40).collect::<Vec<_>>());
    }
}

pub(super) async fn one_event_is_answered_however_large(broker: Arc<dyn Broker>) {
    let channel = fresh();
    let start = read(&broker, &channel, Range::Before(None)).await.head;
    let text = format!("\"{}\"", "x".repeat(1024 * 1024 - 2));
    for _ in 0..3 {
        publish(&broker, &channel, draft(&text)).await;
    }
    for (range, expected) in [(Range::After(start), 1), (Range::Before(None), 3), (Range::Newest(2), 2)] {
        let page = broker.read(&channel, ReadRequest { range, limit: 100, bytes: 1000 }).await.expect("reading");
        assert_eq!((numbers(&page.entries), page.more), (vec![expected], true), "{range:?}");
    }
    assert_eq!(read(&broker, &channel, Range::Newest(3)).await.entries.len(), 3);
}
