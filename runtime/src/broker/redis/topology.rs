//! Which server has which slots. Without a cluster one server has all.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::AbortHandle,
};

use super::{
    attached::{Attached, Wanted},
    commands::Commands,
    keys::{Keys, SLOTS},
    link::{Link, Order},
};

/// One server: the connection for commands, and the link.
pub(super) struct Shard {
    pub(super) id: u64,
    pub(super) commands: Arc<Commands>,
    orders: mpsc::UnboundedSender<Order>,
    tasks: [AbortHandle; 2],
}

impl Shard {
    /// Asks the link to subscribe; the answer comes when that is confirmed, or is dropped when it was not done.
    pub(super) fn follow(&self, channel: Arc<str>) -> oneshot::Receiver<()> {
        let (done, confirmed) = oneshot::channel();
        self.order(Order::Follow(channel, done));
        confirmed
    }

    pub(super) fn order(&self, order: Order) {
        // The link's task ends with the shard, and then nobody wants anything of it.
        let _ = self.orders.send(order);
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What every link shares.
pub(super) struct Topology {
    keys: Arc<Keys>,
    attached: Arc<Attached>,
    wanted: Arc<Wanted>,
    // The slots from each first one on, in their order.
    owners: RwLock<Vec<(u16, Arc<Shard>)>>,
    next: Mutex<u64>,
    stale: Notify,
    myself: Weak<Self>,
}

impl Topology {
    pub(super) fn new(keys: Arc<Keys>, attached: Arc<Attached>, wanted: Arc<Wanted>) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self {
            keys,
            attached,
            wanted,
            owners: RwLock::default(),
            next: Mutex::new(0),
            stale: Notify::new(),
            myself: myself.clone(),
        })
    }

    /// Begins to work with a server. It has no slots yet.
    pub(super) fn add(&self, commands: Arc<Commands>) -> Option<Arc<Shard>> {
        let topology = self.myself.upgrade()?;
        let id = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next
        };
        let (orders, received) = mpsc::unbounded_channel();
        self.attached.begin(id);
        let link = Link {
            id,
            name: format!("{:016x}", rand::random::<u64>()),
            keys: self.keys.clone(),
            attached: self.attached.clone(),
            wanted: self.wanted.clone(),
            commands: commands.clone(),
            topology,
            orders: received,
        };
        let tasks = [tokio::spawn(commands.clone().keep()).abort_handle(), tokio::spawn(link.run()).abort_handle()];
        Some(Arc::new(Shard { id, commands, orders, tasks }))
    }

    /// Sets who has which slots, each from its first slot on.
    pub(super) fn assign(&self, mut owners: Vec<(u16, Arc<Shard>)>) {
        owners.sort_by_key(|(first, _)| *first);
        if self.is_assigned(&owners) {
            return;
        }
        let old = std::mem::replace(&mut *self.owners.write().unwrap_or_else(PoisonError::into_inner), owners);
        let shards = self.shards();
        for (_, gone) in &old {
            if !shards.iter().any(|shard| shard.id == gone.id) {
                self.attached.end(gone.id);
            }
        }
        for shard in shards {
            shard.order(Order::Reconsider);
        }
    }

    fn is_assigned(&self, new: &[(u16, Arc<Shard>)]) -> bool {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        owners.iter().map(|(first, shard)| (*first, shard.id)).eq(new.iter().map(|(first, shard)| (*first, shard.id)))
    }

    pub(super) fn owner(&self, slot: u16) -> Option<Arc<Shard>> {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        let at = owners.partition_point(|(first, _)| *first <= slot % SLOTS);
        owners.get(at.checked_sub(1)?).map(|(_, shard)| shard.clone())
    }

    pub(super) fn owns(&self, id: u64, slot: u16) -> bool {
        self.owner(slot).is_some_and(|shard| shard.id == id)
    }

    pub(super) fn shards(&self) -> Vec<Arc<Shard>> {
        let mut shards: Vec<_> =
            self.owners.read().unwrap_or_else(PoisonError::into_inner).iter().map(|(_, shard)| shard.clone()).collect();
        shards.sort_by_key(|shard| shard.id);
        shards.dedup_by_key(|shard| shard.id);
        shards
    }

    /// Something indicates that slots moved.
    pub(super) fn suspect(&self) {
        self.stale.notify_one();
    }

    pub(super) async fn suspected(&self) {
        self.stale.notified().await;
    }

    /// Ends all tasks.
    pub(super) fn close(&self) {
        self.owners.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
