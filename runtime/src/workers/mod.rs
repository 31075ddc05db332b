//! Tasks that each look after many connections.
//!
//! A task per connection costs a wake-up for each event and several kilobytes of state; a publisher that writes to sockets itself waits for all of
//! them. So publishers ring a [`Doorbell`], the bell puts its connection on the list of a worker, and the worker gives each connection on its list a turn.

mod batch;
mod doorbell;
mod worker;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Context,
};

use tokio::{runtime::Handle, task::JoinSet};

use self::worker::List;
pub(crate) use self::{
    batch::{Batch, Piece},
    doorbell::{Doorbell, News},
};

/// One connection, as far as a worker is concerned.
pub(crate) trait Line: Send {
    /// Gets as far as it can without waiting.
    ///
    /// Wakers of `cx` ring the line's doorbell, so unless something moved nothing that was polled before can have become ready. The batch is the
    /// worker's, and empty; what the line leaves in it is of no account unless the turn is [`Turn::Sends`].
    fn turn(&mut self, cx: &mut Context<'_>, news: News, batch: &mut Batch) -> Turn;

    /// Writes what a turn that was [`Turn::Sends`] has left in the batch. Comes before the line's next turn.
    fn send(&mut self, cx: &mut Context<'_>, batch: &Batch) -> Turn;

    /// Reads what a turn that hands out events will read, and makes a number of it that means nothing.
    ///
    /// Thousands of connections do not fit into the cache of a core, and in a turn one miss waits for the other. Looked at for several lines at once they overlap.
    fn preview(&self) -> u64;
}

/// What a line needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing, until its doorbell rings.
    Waits,
    /// Another turn, after the others had theirs.
    Again,
    /// What is in the batch is to be [sent](Line::send) when some others have had their turns.
    Sends,
    /// Nothing any more.
    Over,
}

/// The workers of one server.
#[derive(Clone)]
pub(crate) struct Workers {
    lists: Arc<[Arc<List>]>,
    next: Arc<AtomicUsize>,
}

impl Workers {
    /// Begins as many tasks as the runtime has threads. They end when the set is dropped, and what they look after ends with them.
    pub(crate) fn spawn(tasks: &mut JoinSet<()>) -> Self {
        let count = Handle::current().metrics().num_workers();
        let lists: Arc<[Arc<List>]> = (0..count).map(|_| Arc::default()).collect();
        for list in lists.iter() {
            tasks.spawn(worker::run(list.clone()));
        }
        Self { lists, next: Arc::default() }
    }

    /// Hands a line over, which begins with a turn. Whoever rings its doorbell from here on rings at a worker.
    pub(crate) fn take(&self, line: Box<dyn Line>, doorbell: Arc<Doorbell>) {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.lists.len();
        self.lists[at].arrive(line, doorbell);
    }
}

/// Looks after one line in a task of its own, for servers that keep the socket.
pub(crate) async fn look_after(mut line: Box<dyn Line>, doorbell: Arc<Doorbell>) {
    let waker = doorbell.clone().into();
    let (mut batch, mut first) = (Batch::default(), true);
    std::future::poll_fn(move |task| {
        let rang = doorbell.listen(task.waker());
        let news = if std::mem::take(&mut first) { News::ANY } else { rang };
        batch.clear();
        let cx = &mut Context::from_waker(&waker);
        let mut turn = line.turn(cx, news, &mut batch);
        if turn == Turn::Sends {
            turn = line.send(cx, &batch);
        }
        match turn {
            Turn::Waits => std::task::Poll::Pending,
            Turn::Again | Turn::Sends => {
                task.waker().wake_by_ref();
                std::task::Poll::Pending
            }
            Turn::Over => std::task::Poll::Ready(()),
        }
    })
    .await;
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("count", &self.lists.len()).finish_non_exhaustive()
    }
}
