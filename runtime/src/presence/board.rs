//! What all watchers of a roster on this node share: the roster as it was told last, and the frames that led there.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

use super::roster::{change_json, roster_json};
use crate::{
    broker::{RosterChange, StoredMember, StoredRoster},
    hub::Outlet,
    observe,
    transport::Frame,
};

/// How many frames are held for watchers that are behind. Who is further behind gets the whole roster.
const FRAMES: usize = 64;
/// How many bytes of them. The newest is always held.
const BYTES: usize = 256 * 1024;

/// The roster of one channel, as this node tells it.
///
/// Its numbers count the frames of this node: one frame may sum up many changes, and which of them depends on when they came here.
pub(crate) struct Board {
    channel: Arc<str>,
    // The number of the newest frame, zero until the roster is known. Apart from the state: looking whether something is new must cost nothing.
    number: AtomicU64,
    state: Mutex<State>,
    watchers: Mutex<Watchers>,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct State {
    // The members as they were told, as JSON by their ids.
    told: BTreeMap<String, Arc<str>>,
    // What differs by now; `None` for who is gone.
    pending: BTreeMap<String, Option<Arc<str>>>,
    // The newest frames; the last one has the board's number.
    frames: VecDeque<Frame>,
    bytes: usize,
    snapshot: Option<(u64, Frame)>,
}

#[derive(Default)]
struct Watchers {
    next: u64,
    outlets: HashMap<u64, Arc<dyn Outlet>>,
}

/// What wakes the follower of a board.
#[derive(Default)]
pub(super) struct Bell(Notify);

impl Bell {
    pub(super) async fn rang(&self) {
        self.0.notified().await;
    }
}

impl Outlet for Bell {
    fn due(&self) {
        self.0.notify_one();
    }
}

impl Board {
    pub(super) fn new(channel: Arc<str>) -> Arc<Self> {
        Arc::new(Self { channel, number: AtomicU64::new(0), state: Mutex::default(), watchers: Mutex::default(), bell: Arc::default() })
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    pub(super) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Takes a roster that was read as a whole: the first one, or one after changes that did not come.
    pub(super) fn replace(&self, roster: StoredRoster) {
        let mut state = self.state();
        let members = roster.members.into_iter().map(keyed);
        if self.number.load(Ordering::Acquire) == 0 {
            state.told = members.collect();
            self.number.store(roster.position.number().max(1), Ordering::Release);
            drop(state);
            self.wake();
            return;
        }
        let gone: Vec<String> = state.told.keys().cloned().collect();
        state.pending = gone.into_iter().map(|id| (id, None)).collect();
        state.pending.extend(members.map(|(id, member)| (id, Some(member))));
    }

    /// Notes a change, which is told with the next frame.
    pub(super) fn note(&self, change: RosterChange) {
        let mut state = self.state();
        let RosterChange { joined, changed, left } = change;
        state.pending.extend(left.into_iter().map(|id| (id, None)));
        state.pending.extend(joined.into_iter().chain(changed).map(keyed).map(|(id, member)| (id, Some(member))));
    }

    pub(super) fn has_pending(&self) -> bool {
        !self.state().pending.is_empty()
    }

    /// Tells what changed since the last frame, if anything did.
    pub(super) fn tell(&self) {
        let mut state = self.state();
        let (mut joined, mut changed, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for (id, now) in std::mem::take(&mut state.pending) {
            let before = match &now {
                Some(member) => state.told.insert(id.clone(), member.clone()),
                None => state.told.remove(&id),
            };
            match (before, now) {
                (None, Some(member)) => joined.push(member),
                (Some(before), Some(member)) if before != member => changed.push(member),
                (Some(_), None) => left.push(id),
                _ => {}
            }
        }
        if joined.is_empty() && changed.is_empty() && left.is_empty() {
            return;
        }
        let number = self.number.load(Ordering::Acquire) + 1;
        let frame = Frame::of_json(&change_json(&self.channel, number, &joined, &changed, &left));
        state.bytes += frame.size();
        state.frames.push_back(frame);
        while state.frames.len() > FRAMES || (state.bytes > BYTES && state.frames.len() > 1) {
            if let Some(oldest) = state.frames.pop_front() {
                state.bytes -= oldest.size();
            }
        }
        self.number.store(number, Ordering::Release);
        drop(state);
        self.wake();
    }

    /// The frame with this number, if it is still held.
    fn frame(&self, state: &State, number: u64) -> Option<Frame> {
        let first = self.number.load(Ordering::Acquire) + 1 - state.frames.len() as u64;
        state.frames.get(usize::try_from(number.checked_sub(first)?).ok()?).cloned()
    }

    /// The whole roster, encoded once for everybody who needs it before the next change.
    fn snapshot(&self, state: &mut State) -> (u64, Frame) {
        let number = self.number.load(Ordering::Acquire);
        if let Some((then, roster)) = &state.snapshot
            && *then == number
        {
            return (number, roster.clone());
        }
        let roster = Frame::of_json(&roster_json(&self.channel, number, state.told.values()));
        state.snapshot = Some((number, roster.clone()));
        (number, roster)
    }

    fn wake(&self) {
        let watchers = self.watchers();
        watchers.outlets.values().for_each(|outlet| outlet.due());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Its follower ends.
        self.bell.due();
    }
}

fn keyed(member: StoredMember) -> (String, Arc<str>) {
    let json = serde_json::to_string(&member).expect("text, numbers and JSON always serialize");
    (member.id, json.into())
}

/// That a connection watches a roster; dropping it ends that. A position among the frames of a board, so that a connection that takes nothing costs nothing.
pub(crate) struct Watch {
    board: Arc<Board>,
    key: u64,
    // The number of the frame that was handed out last; `None` before the roster itself was.
    seen: Option<u64>,
}

impl Watch {
    pub(super) fn new(board: Arc<Board>, outlet: Arc<dyn Outlet>) -> Self {
        let mut watchers = board.watchers();
        watchers.next += 1;
        let key = watchers.next;
        watchers.outlets.insert(key, outlet);
        drop(watchers);
        observe::watching(1.0);
        Self { board, key, seen: None }
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        self.board.channel()
    }

    /// Begins with the whole roster again.
    pub(crate) fn refresh(&mut self) {
        self.seen = None;
    }

    /// Whether there is something to hand out.
    pub(crate) fn is_due(&self) -> bool {
        let number = self.board.number.load(Ordering::Acquire);
        number > 0 && self.seen != Some(number)
    }

    /// The next frame: the one after the last, or the whole roster for who is too far behind.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        if !self.is_due() {
            return None;
        }
        let mut state = self.board.state();
        if let Some(seen) = self.seen
            && let Some(frame) = self.board.frame(&state, seen + 1)
        {
            self.seen = Some(seen + 1);
            observe::roster_told("change");
            return Some(frame);
        }
        let (number, roster) = self.board.snapshot(&mut state);
        self.seen = Some(number);
        observe::roster_told("roster");
        Some(roster)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.board.watchers().outlets.remove(&self.key);
        observe::watching(-1.0);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("channel", self.channel()).field("seen", &self.seen).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cursor::{Cursor, Epoch, EventId};

    struct Deaf;

    impl Outlet for Deaf {
        fn due(&self) {}
    }

    fn member(id: &str, state: u64) -> StoredMember {
        StoredMember { id: id.to_owned(), user: None, connections: 1, since: 1, state: json!(state) }
    }

    fn board(members: Vec<StoredMember>) -> Arc<Board> {
        let board = Board::new("a".into());
        replace(&board, members);
        board
    }

    fn replace(board: &Board, members: Vec<StoredMember>) {
        board.replace(StoredRoster { position: Cursor::new(Epoch::from(1), 7, EventId::ZERO), members });
    }

    fn watch(board: &Arc<Board>) -> Watch {
        Watch::new(board.clone(), Arc::new(Deaf))
    }

    fn change(board: &Board, id: &str, state: u64) {
        board.note(RosterChange { changed: vec![member(id, state)], ..RosterChange::default() });
        board.tell();
    }

    fn next(watch: &mut Watch) -> Value {
        serde_json::from_slice(watch.next().unwrap().json()).unwrap()
    }

    #[test]
    fn a_roster_comes_first_and_changes_follow_by_number() {
        let empty = Board::new("a".into());
        assert!(!watch(&empty).is_due(), "nothing is known yet");
        let board = board(vec![member("ann", 1)]);
        let mut watch = watch(&board);
        let first = next(&mut watch);
        assert_eq!((&first["number"], first["members"].as_array().unwrap().len()), (&json!(7), 1));
        assert!(watch.next().is_none());
        board.note(RosterChange { joined: vec![member("bob", 1)], left: vec!["ann".to_owned()], ..RosterChange::default() });
        board.tell();
        let change = next(&mut watch);
        assert_eq!((&change["number"], &change["joined"][0]["id"], &change["left"]), (&json!(8), &json!("bob"), &json!(["ann"])));
        watch.refresh();
        assert_eq!(next(&mut watch)["members"][0]["id"], "bob");
    }

    #[test]
    fn what_comes_to_nothing_is_not_told() {
        let board = board(vec![member("ann", 1)]);
        let mut watch = watch(&board);
        next(&mut watch);
        board.note(RosterChange { joined: vec![member("bob", 1)], ..RosterChange::default() });
        board.note(RosterChange { left: vec!["bob".to_owned()], ..RosterChange::default() });
        change(&board, "ann", 1);
        assert!(watch.next().is_none());
        replace(&board, vec![member("ann", 1)]);
        board.tell();
        assert!(watch.next().is_none(), "a roster that is read anew and the same");
        replace(&board, vec![member("bob", 1)]);
        board.tell();
        let change = next(&mut watch);
        assert_eq!((&change["number"], &change["joined"][0]["id"], &change["left"]), (&json!(8), &json!("bob"), &json!(["ann"])));
    }

    #[test]
    fn who_is_too_far_behind_gets_the_whole_roster() {
        let board = board(vec![member("ann", 0)]);
        let (mut slow, mut slower) = (watch(&board), watch(&board));
        next(&mut slow);
        next(&mut slower);
        for state in 1..=FRAMES as u64 {
            change(&board, "ann", state);
        }
        assert_eq!(next(&mut slow)["number"], 8, "all of them are held");
        change(&board, "ann", 1000);
        assert_eq!(next(&mut slow)["number"], 9);
        let roster = next(&mut slower);
        assert_eq!((&roster["number"], &roster["members"][0]["state"]), (&json!(7 + FRAMES + 1), &json!(1000)));
        assert!(slower.next().is_none());
    }

    #[test]
    fn a_roster_is_encoded_once_for_each_number() {
        let board = board(vec![member("ann", 0)]);
        let first = watch(&board).next().unwrap();
        assert_eq!(watch(&board).next().unwrap().block_bytes().as_ptr(), first.block_bytes().as_ptr());
        change(&board, "ann", 1);
        let mut late = watch(&board);
        assert_eq!(next(&mut late)["members"][0]["state"], 1);
        assert!(late.next().is_none(), "nobody is told first what is over");
    }

    #[test]
    fn what_is_held_is_bounded_in_bytes_too() {
        let board = board(vec![member("ann", 0)]);
        let mut slow = watch(&board);
        next(&mut slow);
        let large = |state: usize| StoredMember { state: json!("x".repeat(BYTES / 2 + state)), ..member("ann", 0) };
        for state in 0..4 {
            board.note(RosterChange { changed: vec![large(state)], ..RosterChange::default() });
            board.tell();
        }
        assert!(board.state().bytes <= BYTES);
        assert!(next(&mut slow)["members"].is_array());
    }
}
