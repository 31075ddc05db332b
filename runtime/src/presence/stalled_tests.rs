//! What a watcher holds that takes nothing: a roster of any size by reference, and of what changes meanwhile nothing.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tidewire_schema::History;

use super::board::{Board, Watch};
use crate::{
    broker::{MemoryBroker, RosterChange, StoredMember, StoredRoster},
    cursor::{Cursor, Epoch, EventId},
    hub::{Hub, Outlet, RingBounds},
    session::{Beginning, Control, Filter, FrameSink, GrantFrame, Moved, Session, SessionLimits, Wish},
    transport::Frame,
};

const MEMBERS: usize = 5000;
const KEPT: History = History::Keep { max: 100, ttl: 3600 };
/// What `delivery.md` lets a reader hold that stalls.
const STALLED: usize = 512 * 1024;

struct Deaf;

impl Outlet for Deaf {
    fn due(&self) {}
}

/// What waits for a socket that takes nothing: bytes of its own, and frames that others have as well.
#[derive(Default)]
struct Waiting {
    own: usize,
    shared: Vec<Frame>,
}

impl FrameSink for Waiting {
    fn control(&mut self, frame: &Control, _: Option<Moved>) {
        self.own += frame.json().len();
    }

    fn event(&mut self, frame: &Frame, _: Option<Moved>) {
        self.shared.push(frame.clone());
    }

    fn passed(&mut self, _: Moved) {}
}

fn member(number: usize, state: &str) -> StoredMember {
    StoredMember { id: format!("user {number:04}"), user: None, connections: 1, since: 1, state: json!(state) }
}

fn change(board: &Board, number: usize, state: &str) {
    board.note(RosterChange { changed: vec![member(number, state)], ..RosterChange::default() });
    board.tell();
}

fn numbers(waiting: &Waiting) -> Vec<u64> {
    let number = |frame: &Frame| serde_json::from_slice::<Value>(frame.json()).unwrap()["number"].as_u64().unwrap();
    waiting.shared.iter().map(number).collect()
}

#[tokio::test]
async fn a_watcher_that_takes_nothing_holds_no_copy_of_a_roster_and_no_changes() {
    let hub = Hub::attach(Arc::new(MemoryBroker::new()), RingBounds { events: 100, bytes: 100_000 }, Duration::from_secs(2));
    let board = Board::new("a".into());
    let state = "x".repeat(1000);
    let members = (0..MEMBERS).map(|number| member(number, &state)).collect();
    board.replace(StoredRoster { position: Cursor::new(Epoch::from(1), 7, EventId::ZERO), members });

    let mut watchers = Vec::new();
    for _ in 0..3 {
        let limits = SessionLimits { replay_events: 100, page_bytes: 100_000 };
        let mut session = Session::open(Control::welcome(None, "0".into(), Duration::from_secs(15), GrantFrame::of_nobody()), None, limits);
        let member = hub.join("a", KEPT, Arc::new(Deaf));
        member.open().await.unwrap();
        session.subscribe(Wish { member, beginning: Beginning::Fresh, filter: Filter::default(), reference: None, by: None });
        session.watch(Watch::new(board.clone(), Arc::new(Deaf)));
        let mut waiting = Waiting::default();
        session.pull(&mut waiting, 64 * 1024);
        watchers.push((session, waiting));
    }
    let begin = |waiting: &Waiting| waiting.shared[0].block_bytes().as_ptr();
    for (_, waiting) in &watchers {
        assert!(waiting.own < STALLED / 100, "{} bytes of its own", waiting.own);
        assert_eq!(waiting.shared.len(), 1);
        assert!(waiting.shared[0].size() > MEMBERS * state.len());
        assert_eq!(begin(waiting), begin(&watchers[0].1), "the same bytes for all");
    }

    // Whoever takes nothing is not asked, however much happens, and hears afterwards where things stand.
    for round in 0..200 {
        change(&board, round, "changed");
    }
    let (session, waiting) = &mut watchers[0];
    let before = std::mem::take(waiting);
    assert_eq!(numbers(&before), [7]);
    session.pull(waiting, 64 * 1024);
    assert_eq!(numbers(waiting), [207], "one roster, and none of the changes before it");
    assert!(waiting.own < STALLED / 100);
}
