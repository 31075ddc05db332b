use super::*;
use crate::{
    broker::{Entry, Routing},
    cursor::{Epoch, EventId},
    transport::{Frame, FrameParts},
};

fn at(epoch: u64, number: u64) -> Cursor {
    if number == 0 { Cursor::start(Epoch::from(epoch)) } else { Cursor::new(Epoch::from(epoch), number, EventId::new(number, 0)) }
}

fn frame(cursor: Option<Cursor>, text: &str) -> Frame {
    Frame::encode(FrameParts { channel: "c", event: "e", cursor, time: 0, sender: None, origin: None, data: Some(text) })
}

fn entry(epoch: u64, number: u64) -> Entry {
    let cursor = at(epoch, number);
    Entry { cursor, previous: at(epoch, number - 1).id(), frame: frame(Some(cursor), "1"), routing: Routing::default() }
}

fn stored(epoch: u64, number: u64) -> Delivery {
    Delivery::Stored(entry(epoch, number))
}

fn page(epoch: u64, numbers: std::ops::RangeInclusive<u64>, head: u64) -> Page {
    Page { head: at(epoch, head), entries: numbers.map(|number| entry(epoch, number)).collect(), more: false }
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
        assert_eq!(ring.append(stored(1, number)), Appended::New);
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
    for (number, appended) in [(1, Appended::New), (2, Appended::New), (1, Appended::Nothing), (2, Appended::Nothing)] {
        assert_eq!(ring.append(stored(1, number)), appended);
    }
    assert_eq!(ring.state().slots.len(), 2);
}

#[test]
fn a_broken_chain_is_closed_with_what_the_store_has() {
    let ring = ring(10, 10_000);
    ring.append(stored(1, 1));
    let mut current = ring.join_now().unwrap().1.next;
    assert_eq!(ring.append(stored(1, 4)), Appended::Broken);
    assert_eq!(ring.append(stored(1, 5)), Appended::Nothing, "it waits");
    assert_eq!(copied(&ring, &mut current), (Copied::All, vec![]));
    assert_eq!(ring.mend(&ring.broken_after().unwrap(), &page(1, 2..=4, 4)), Mended::Closed);
    assert_eq!(copied(&ring, &mut current), (Copied::All, vec![Some(2), Some(3), Some(4), Some(5)]));
    assert_eq!(ring.broken_after(), None);
}

#[test]
fn a_chain_that_cannot_be_closed_makes_everybody_fall_off() {
    for (broken, page) in [(stored(1, 3), page(1, 3..=3, 3)), (stored(2, 1), page(2, 1..=1, 1))] {
        let ring = ring(10, 10_000);
        ring.append(stored(1, 1));
        let mut current = ring.join_now().unwrap().1.next;
        assert_eq!(ring.append(broken), Appended::Broken);
        let head = page.head;
        assert_eq!(ring.mend(&at(1, 1), &page), Mended::Restarted);
        assert_eq!(copied(&ring, &mut current).0, Copied::FellOff, "also who had read everything");
        assert_eq!(ring.rejoin(&at(1, 1)), None);
        assert_eq!(ring.join_now().unwrap().0, head);
    }
}

#[test]
fn more_than_a_ring_holds_does_not_wait_in_it() {
    let ring = ring(3, 10_000);
    ring.append(stored(1, 1));
    let mut current = ring.join_now().unwrap().1.next;
    for number in 3..=9 {
        ring.append(stored(1, number));
    }
    assert_eq!(ring.mend(&at(1, 1), &Page { more: true, ..page(1, 2..=3, 9) }), Mended::Again, "some of what waited is gone");
    assert_eq!(copied(&ring, &mut current), (Copied::All, vec![Some(2), Some(3)]));
    assert_eq!(ring.mend(&at(1, 3), &page(1, 4..=9, 9)), Mended::Closed);
    assert_eq!(ring.join_now().unwrap().0, at(1, 9));
}

#[tokio::test]
async fn an_audit_tells_what_is_late_from_what_is_lost() {
    let broker: Arc<dyn crate::Broker> = Arc::new(crate::MemoryBroker::new());
    let ring = Arc::new(ring(10, 10_000));
    ring.open(&broker).await.unwrap();
    let epoch = ring.join_now().unwrap().0.epoch();
    let at = |number| if number == 0 { Cursor::start(epoch) } else { Cursor::new(epoch, number, EventId::new(number, 0)) };
    let stored = |number: u64| {
        let (cursor, previous) = (at(number), at(number - 1).id());
        Delivery::Stored(Entry { cursor, previous, frame: frame(Some(cursor), "1"), routing: Routing::default() })
    };
    ring.append(stored(1));
    let before = ring.standing().unwrap();
    assert_eq!(ring.audit(before, at(1)), Audit::Sound);
    assert_eq!(ring.audit(before, at(2)), Audit::Behind);
    ring.append(stored(2));
    assert!(!ring.suspect(Standing::at(at(2), before)), "it was on its way");
    assert_eq!(ring.audit(before, at(2)), Audit::Sound);
    assert!(ring.suspect(Standing::at(at(3), before)) && ring.broken_after() == Some(at(2)));
    ring.give_up(at(2));
    let before = ring.standing().unwrap();
    let mut current = ring.join_now().unwrap().1.next;
    assert_eq!(ring.audit(before, at(1)), Audit::Restarted, "the store lost an event");
    assert_eq!(copied(&ring, &mut current).0, Copied::FellOff);
    assert_eq!(ring.audit(before, at(9)), Audit::Sound, "what was asked before the restart says nothing");
}

#[test]
fn a_newer_event_of_the_same_mark_supersedes() {
    let ring = ring(3, 10_000);
    let marked = |number, mark| {
        let Delivery::Stored(entry) = stored(1, number) else { unreachable!() };
        Delivery::Stored(Entry { routing: Routing { latest: mark, ..Routing::default() }, ..entry })
    };
    let superseded = |ring: &Ring| {
        let (mut next, mut numbers) = (ring.join_after(&at(1, 0)).map_or(0, |joint| joint.next), Vec::new());
        ring.copy(&mut next, usize::MAX, |_, slot| {
            numbers.push(slot.superseded);
            1
        });
        numbers
    };
    for (number, mark) in [(1, Some(7)), (2, Some(8)), (3, Some(7))] {
        ring.append(marked(number, mark));
    }
    assert_eq!(superseded(&ring), [true, false, false]);
    for number in 4..=9 {
        ring.append(marked(number, None));
    }
    assert!(ring.state().slots.iter().all(|slot| !slot.superseded), "marks leave with their slots");
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
    assert_eq!(early.append(stored(1, 6)), Appended::Nothing, "the position has it already");
    assert_eq!(early.append(stored(1, 8)), Appended::New);
    assert_eq!(early.join_after(&at(1, 5)), None);
}
