//! Live queries: values that loaders of the service keep current, for whoever looks at them.
//!
//! `loader` is what a service writes and `loaders` is all of them. For each key (a query, a channel, parameters, and the user where the loader looks at who asks)
//! that somebody on this node looks at there is a `feed`, which holds the newest value as one finished frame, and a `runner`, which hears of events through the hub
//! and runs the loader. Connections hold a `watch`: a position, so that one that takes nothing holds up nobody and keeps nothing.

mod builder;
mod context;
mod feed;
mod hearing;
mod key;
mod loader;
mod loaders;
mod options;
mod query;
mod runner;
mod watch;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tidewire_schema::History;
use tokio::time::Instant;

use self::key::version_of;
pub use self::{
    context::LiveContext,
    loader::{LiveAnswer, Loader},
    options::LiveOptions,
    query::LiveQuery,
};
pub(crate) use self::{
    feed::{Feed, ended},
    key::key_of,
    loaders::{Loaded, Loaders},
    options::Guard,
    watch::{Client, Watch},
};
use crate::{
    channel::Publisher,
    contract::Registry,
    hub::{Hub, Outlet},
    observe,
    realtime::Limits,
    transport::Frame,
};

/// How many values of keys without subscribers a node keeps, whatever the loaders' `cache` says.
const KEPT: usize = 1000;

/// Everything that this node knows of live queries. Does nothing before somebody looks at one.
pub(crate) struct Live {
    hub: Arc<Hub>,
    publisher: Publisher,
    registry: Arc<Registry>,
    loaders: Loaders,
    limits: Limits,
    feeds: Mutex<HashMap<Arc<str>, Weak<Feed>>>,
    kept: Mutex<HashMap<Arc<str>, Kept>>,
}

/// The last value of a key that nobody looks at.
struct Kept {
    version: Arc<str>,
    frame: Frame,
    until: Instant,
}

/// What somebody wants to look at.
pub(crate) struct Wanted {
    pub(crate) key: Arc<str>,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) context: LiveContext,
    /// What its channel keeps.
    pub(crate) retention: History,
}

impl Live {
    pub(crate) fn new(hub: Arc<Hub>, publisher: Publisher, registry: Arc<Registry>, loaders: Loaders, limits: &Limits) -> Arc<Self> {
        loaders.names().for_each(observe::live);
        let live = Arc::new(Self { hub, publisher, registry, loaders, limits: *limits, feeds: Mutex::default(), kept: Mutex::default() });
        live.hub.on_link({
            let live = Arc::downgrade(&live);
            move |degraded| {
                if let (false, Some(live)) = (degraded, live.upgrade()) {
                    live.doubt();
                }
            }
        });
        live
    }

    /// The loader of this query, if it has one.
    pub(crate) fn loaded(&self, query: &str) -> Option<&Arc<Loaded>> {
        self.loaders.of(query)
    }

    /// The names of the queries that somebody loads.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.loaders.names()
    }

    /// Whether any loader or guard looks at the requests that connections began with.
    pub(crate) fn looks_at_requests(&self) -> bool {
        self.loaders.look_at_requests()
    }

    /// Begins to look at a key.
    pub(crate) fn watch(self: &Arc<Self>, wanted: Wanted, outlet: Arc<dyn Outlet>, client: Client) -> Watch {
        let mut feeds = self.feeds();
        let feed = feeds.get(&wanted.key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let kept = self.take_kept(&wanted.key);
            let feed = Feed::new(self, &wanted, kept);
            feeds.insert(wanted.key.clone(), Arc::downgrade(&feed));
            runner::begin(self, &feed, wanted);
            feed
        });
        drop(feeds);
        Watch::new(feed, outlet, client)
    }

    /// The link to the store was doubtful, and works again: events without history may have been missed.
    fn doubt(&self) {
        let feeds: Vec<Arc<Feed>> = self.feeds().values().filter_map(Weak::upgrade).collect();
        for feed in feeds {
            feed.doubt();
        }
    }

    /// Forgets a key that nobody looks at any more.
    fn forget(&self, key: &Arc<str>, kept: Option<Kept>) {
        let mut feeds = self.feeds();
        if feeds.get(key).is_some_and(|feed| feed.strong_count() == 0) {
            feeds.remove(key);
        }
        drop(feeds);
        let Some(value) = kept else { return };
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            let now = Instant::now();
            kept.retain(|_, held| held.until > now);
        }
        if kept.len() < KEPT {
            kept.insert(key.clone(), value);
        }
    }

    fn take_kept(&self, key: &Arc<str>) -> Option<Kept> {
        self.kept().remove(key).filter(|kept| kept.until > Instant::now())
    }

    fn feeds(&self) -> MutexGuard<'_, HashMap<Arc<str>, Weak<Feed>>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Arc<str>, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("loaders", &self.loaders).finish_non_exhaustive()
    }
}
