use super::*;
use crate::{
    cursor::{Epoch, EventId},
    transport::FrameParts,
};

fn at(epoch: u64, number: u64) -> Cursor {
    if number == 0 { Cursor::start(Epoch::from(epoch)) } else { Cursor::new(Epoch::from(epoch), number, EventId::new(number, 0)) }
}

fn frame(cursor: Option<Cursor>, text: &str) -> Frame {
    Frame::encode(FrameParts { channel: "c", event: "e", cursor, time: 0, sender: None, origin: None, data: Some(text) })
}

fn stored(epoch: u64, number: u64) -> Delivery {
    let cursor = at(epoch, number);
    Delivery::Stored(Entry { cursor, previous: at(epoch, number - 1).id(), frame: frame(Some(cursor), "1"), routing: Routing::default() })
}

fn ring(events: usize, bytes: usize) -> Ring {
    let ring = Ring::new("c".into(), History::Keep { max: 100, ttl: 3600 }, RingBounds { events, bytes });
    ring.state().anchor(at(1, 0));
    ring
}

/// Stored numbers from `next` on; `None` for transient events.
fn copied(ring: &Ring, next: &mut u64) -> (Copied, Vec<Option<u64>>) {
    let mut numbers = Vec::new();
    let outcome = ring.copy(next, usize::MAX, |_, slot| {
        numbers.push(slot.stored.map(|link| link.cursor.number()));
        1
    });
    (outcome, numbers)
}

#[test]
fn subscribers_read_on_from_where_they_are() {
    let ring = ring(10, 10_000);
    let (head, mut joint) = ring.join_now().unwrap();
    assert_eq!(head, at(1, 0));
    for number in 1..=3 {
        assert!(ring.append(stored(1, number)));
    }
    assert_eq!(copied(&ring, &mut joint.next), (Copied::All, vec![Some(1), Some(2), Some(3)]));
    assert_eq!(copied(&ring, &mut joint.next), (Copied::All, vec![]));
}

#[test]
fn it_is_bounded_by_count_and_bytes_but_always_holds_the_newest() {
    let few = ring(3, 1_000_000);
    let small = ring(1000, 400);
    for number in 1..=20 {
        few.append(stored(1, number));
        small.append(stored(1, number));
    }
    assert_eq!(few.state().slots.len(), 3);
    let state = small.state();
    assert!(state.bytes <= 400 && !state.slots.is_empty());
    drop(state);
    let large = at(1, 21);
    small.append(Delivery::Stored(Entry {
        cursor: large,
        previous: at(1, 20).id(),
        frame: frame(Some(large), &"1".repeat(5000)),
        routing: Routing::default(),
    }));
    assert_eq!(small.state().slots.len(), 1);
    let mut behind = 0;
    assert_eq!(copied(&few, &mut behind), (Copied::FellOff, vec![]));
}

#[test]
fn a_quota_cuts_but_never_starves() {
    let ring = ring(10, 10_000);
    for number in 1..=3 {
        ring.append(stored(1, number));
    }
    let mut next = 0;
    let mut taken = Vec::new();
    for _ in 0..3 {
        ring.copy(&mut next, 1, |local, slot| {
            taken.push(local);
            slot.frame.size()
        });
    }
    assert_eq!(taken, [0, 1, 2], "one event at a time, however small the quota");
}

#[test]
fn duplicates_of_a_delivery_are_ignored() {
    let ring = ring(10, 10_000);
    assert!(ring.append(stored(1, 1)));
    assert!(ring.append(stored(1, 2)));
    assert!(!ring.append(stored(1, 1)));
    assert!(!ring.append(stored(1, 2)));
    assert_eq!(ring.state().slots.len(), 2);
}

#[test]
fn a_broken_chain_makes_everybody_fall_off() {
    for broken in [stored(1, 3), stored(2, 1)] {
        let ring = ring(10, 10_000);
        ring.append(stored(1, 1));
        let mut current = ring.join_now().unwrap().1.next;
        ring.append(broken);
        assert_eq!(copied(&ring, &mut current).0, Copied::FellOff, "also who had read everything");
        assert_eq!(ring.rejoin(&at(1, 1)), None);
    }
}

#[test]
fn who_lost_only_transient_events_goes_on() {
    let ring = ring(3, 10_000);
    ring.append(stored(1, 1));
    let position = at(1, 1);
    for _ in 0..5 {
        ring.append(Delivery::Transient(frame(None, "1"), Routing::default()));
    }
    let mut next = ring.rejoin(&position).unwrap();
    assert_eq!(copied(&ring, &mut next), (Copied::All, vec![None, None, None]));
    ring.append(stored(1, 2));
    let mut next = ring.rejoin(&position).unwrap();
    assert_eq!(copied(&ring, &mut next), (Copied::All, vec![None, None, Some(2)]));
    assert_eq!(ring.rejoin(&at(1, 0)), None, "event 1 is gone");
}

#[test]
fn a_resume_is_served_only_as_far_as_the_history_reaches() {
    let ring = Ring::new("c".into(), History::Keep { max: 2, ttl: 3600 }, RingBounds { events: 10, bytes: 10_000 });
    ring.state().anchor(at(1, 0));
    for number in 1..=4 {
        ring.append(stored(1, number));
    }
    assert!(ring.join_after(&at(1, 4)).is_some());
    assert!(ring.join_after(&at(1, 2)).is_some());
    assert_eq!(ring.join_after(&at(1, 1)), None, "the history holds two");
    assert!(ring.rejoin(&at(1, 1)).is_some(), "who was there all the time may have it");
    assert_eq!(ring.join_after(&at(2, 3)), None);
    assert_eq!(ring.join_after(&at(1, 9)), None, "from the future");
    let forged = Cursor::new(Epoch::from(1), 3, EventId::new(99, 9));
    assert_eq!(ring.join_after(&forged), None, "the number fits, the id does not");
}

#[tokio::test(start_paused = true)]
async fn a_resume_finds_nothing_that_has_expired() {
    let ring = Ring::new("c".into(), History::Keep { max: 100, ttl: 60 }, RingBounds { events: 10, bytes: 10_000 });
    ring.state().anchor(at(1, 0));
    ring.append(stored(1, 1));
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(ring.join_after(&at(1, 0)).is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ring.join_after(&at(1, 0)), None);
    assert!(ring.join_after(&at(1, 1)).is_some(), "who has it needs nothing");
}

#[test]
fn the_position_and_deliveries_may_come_in_any_order() {
    let late = Ring::new("c".into(), History::Off, RingBounds { events: 10, bytes: 10_000 });
    late.append(stored(1, 5));
    late.state().anchor(at(1, 4));
    assert_eq!(late.join_now().unwrap().0, at(1, 5), "the delivery overtook the position");
    let early = Ring::new("c".into(), History::Off, RingBounds { events: 10, bytes: 10_000 });
    early.append(stored(1, 5));
    early.state().anchor(at(1, 7));
    assert!(!early.append(stored(1, 6)), "the position has it already");
    assert!(early.append(stored(1, 8)));
    assert_eq!(early.join_after(&at(1, 5)), None);
}
