//! One of the tasks that look after connections.

use std::{
    future::Future as _,
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_util::task::AtomicWaker;

use super::{Batch, Doorbell, Line, Turn};
use crate::hub::{Outlet as _, VIEW};

/// How many turns to give before the thread does something else: others must not wait for thousands of writes.
const TURNS: usize = 256;
/// From how many due lines on a round begins late.
const CROWD: usize = 64;
/// How often the thread looks at everything else before such a round. Events that come at the same time then go out together: on a busy node that saves
/// most of the writes, and on an idle one it costs microseconds.
const PATIENCE: u8 = 2;

/// What a worker has to do next. Filled by everybody, emptied by the worker.
#[derive(Default)]
pub(super) struct List {
    todo: Mutex<Todo>,
    worker: AtomicWaker,
}

#[derive(Default)]
struct Todo {
    due: Vec<u32>,
    arrivals: Vec<(Box<dyn Line>, Arc<Doorbell>)>,
    // There is no worker any more.
    closed: bool,
}

impl List {
    pub(super) fn push(&self, key: u32) {
        let mut todo = self.todo();
        let first = todo.is_empty();
        todo.due.push(key);
        drop(todo);
        self.wake_if(first);
    }

    pub(super) fn arrive(&self, line: Box<dyn Line>, doorbell: Arc<Doorbell>) {
        let mut todo = self.todo();
        if todo.closed {
            drop(todo);
            // Not under the lock: what ends with it may ring.
            drop(line);
            return;
        }
        let first = todo.is_empty();
        todo.arrivals.push((line, doorbell));
        drop(todo);
        self.wake_if(first);
    }

    /// A worker takes the whole list, so only the first entry is news.
    fn wake_if(&self, first: bool) {
        if first {
            self.worker.wake();
        }
    }

    fn todo(&self) -> MutexGuard<'_, Todo> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Todo {
    fn is_empty(&self) -> bool {
        self.due.is_empty() && self.arrivals.is_empty()
    }
}

/// Goes on once the thread has looked at its sockets, too. A waker alone would not do: whoever wakes himself is the next again, dozens of times before a runtime asks which sockets have
/// something to read, so that publishers wait, and what they say goes out by itself.
fn come_back(cx: &mut Context<'_>) -> Poll<()> {
    pin!(tokio::task::yield_now()).poll(cx)
}

struct Held {
    line: Box<dyn Line>,
    doorbell: Arc<Doorbell>,
    waker: Waker,
}

struct Worker {
    list: Arc<List>,
    lines: Vec<Option<Held>>,
    free: Vec<u32>,
    // Whose turn it is; those before `at` had theirs.
    due: Vec<u32>,
    at: usize,
    // Who wants another turn. They come behind everybody who rang meanwhile, or one who is never done would be the only one.
    again: Vec<u32>,
    // Those before it were looked at.
    seen: usize,
    // Those whose batches are filled and not written yet, each in its place of `batches`. What comes out of sockets in quick succession finds its reader awake; waking him for each
    // costs more than the write.
    outgoing: Vec<u32>,
    batches: Vec<Batch>,
    // How often the round that is due was put off.
    put_off: u8,
}

/// Looks after the lines of a list until it is dropped.
pub(super) async fn run(list: Arc<List>) {
    let mut worker = Worker::new(list);
    // It yields by its own count, which knows what a turn costs.
    tokio::task::unconstrained(std::future::poll_fn(|cx| worker.poll(cx))).await;
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut todo = self.list.todo();
        todo.closed = true;
        let arrivals = std::mem::take(&mut todo.arrivals);
        drop(todo);
        drop(arrivals);
    }
}

impl Worker {
    fn new(list: Arc<List>) -> Self {
        Self {
            list,
            lines: Vec::new(),
            free: Vec::new(),
            due: Vec::new(),
            at: 0,
            again: Vec::new(),
            seen: 0,
            outgoing: Vec::new(),
            batches: std::iter::repeat_with(Batch::default).take(VIEW).collect(),
            put_off: 0,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.list.worker.register(cx.waker());
        let mut left = TURNS;
        loop {
            if self.at == self.due.len() {
                if !self.refill() {
                    return Poll::Pending;
                }
                self.put_off = if self.due.len() < CROWD { PATIENCE } else { 0 };
            }
            if self.put_off < PATIENCE {
                self.put_off += 1;
                return come_back(cx);
            }
            while let Some(key) = self.due.get(self.at).copied() {
                if left == 0 {
                    self.send();
                    return come_back(cx);
                }
                left -= 1;
                if self.at == self.seen {
                    self.look_ahead();
                }
                self.at += 1;
                self.give_turn(key);
            }
            self.send();
        }
    }

    /// Takes what came meanwhile; whether there was anything.
    fn refill(&mut self) -> bool {
        self.due.clear();
        (self.at, self.seen) = (0, 0);
        let mut todo = self.list.todo();
        std::mem::swap(&mut todo.due, &mut self.due);
        let arrivals = std::mem::take(&mut todo.arrivals);
        drop(todo);
        for (line, doorbell) in arrivals {
            self.settle(line, doorbell);
        }
        self.due.append(&mut self.again);
        !self.due.is_empty()
    }

    fn look_ahead(&mut self) {
        let next = &self.due[self.seen..(self.seen + VIEW).min(self.due.len())];
        self.seen += next.len();
        let held = next.iter().filter_map(|key| self.lines.get(*key as usize)?.as_ref());
        black_box(held.fold(0, |sum, held| held.doorbell.preview() ^ held.line.preview() ^ sum));
    }

    fn settle(&mut self, line: Box<dyn Line>, doorbell: Arc<Doorbell>) {
        let key = self.free.pop().unwrap_or_else(|| {
            self.lines.push(None);
            u32::try_from(self.lines.len() - 1).expect("a process has far fewer descriptors")
        });
        doorbell.hang(self.list.clone(), key);
        let waker = Waker::from(doorbell.clone());
        self.lines[key as usize] = Some(Held { line, doorbell, waker });
        self.due.push(key);
    }

    fn give_turn(&mut self, key: u32) {
        if self.outgoing.len() == self.batches.len() || self.outgoing.contains(&key) {
            self.send();
        }
        // A line that is over may still be on the list, and another one may have its place: a turn for nothing does no harm.
        let Some(Some(held)) = self.lines.get_mut(key as usize) else { return };
        let news = held.doorbell.answer();
        let mut context = Context::from_waker(&held.waker);
        let batch = &mut self.batches[self.outgoing.len()];
        // What a service hangs into a connection may panic. That ends this connection, and no other.
        let turn = catch_unwind(AssertUnwindSafe(|| held.line.turn(&mut context, news, batch)));
        if matches!(turn, Ok(Turn::Sends)) {
            self.outgoing.push(key);
        } else {
            batch.clear();
            self.follow(key, turn.ok());
        }
    }

    /// Writes what the turns before have left to be written.
    fn send(&mut self) {
        for at in 0..self.outgoing.len() {
            let key = self.outgoing[at];
            let Some(Some(held)) = self.lines.get_mut(key as usize) else { continue };
            let batch = &mut self.batches[at];
            let mut context = Context::from_waker(&held.waker);
            let turn = catch_unwind(AssertUnwindSafe(|| held.line.send(&mut context, batch)));
            batch.clear();
            self.follow(key, turn.ok());
        }
        self.outgoing.clear();
    }

    /// Does what a line needs next. Nothing is what a panic answers.
    fn follow(&mut self, key: u32, turn: Option<Turn>) {
        match turn {
            Some(Turn::Waits) => {}
            Some(Turn::Again | Turn::Sends) => self.again.push(key),
            Some(Turn::Over) => self.end(key),
            None => {
                tracing::error!("a connection panicked; it is closed");
                self.end(key);
            }
        }
    }

    fn end(&mut self, key: u32) {
        let ended = self.lines[key as usize].take();
        self.free.push(key);
        // What belongs to a service is dropped with it.
        if catch_unwind(AssertUnwindSafe(|| drop(ended))).is_err() {
            tracing::error!("a connection panicked while it was closed");
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
