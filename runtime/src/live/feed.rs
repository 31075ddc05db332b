//! What all who look at a key on this node share: the newest value, as one finished frame.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;
use tidewire_schema::wire::WireCode;
use tokio::{sync::Notify, task::AbortHandle, time::Instant};

use super::{Kept, Live, Loaded, Wanted, version_of};
use crate::{hub::Outlet, session::ErrorBody, transport::Frame};

/// The newest value of a key, for as long as somebody looks at it.
pub(crate) struct Feed {
    live: Weak<Live>,
    key: Arc<str>,
    channel: Arc<str>,
    loaded: Arc<Loaded>,
    // Counts what there is to tell. Apart from the state: looking whether something is new must cost nothing.
    pub(super) number: AtomicU64,
    // Counts the runs that ended.
    pub(super) done: AtomicU64,
    state: Mutex<State>,
    watchers: Mutex<Watchers>,
    bell: Arc<Bell>,
    task: OnceLock<AbortHandle>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) begun: u64,
    pub(super) value: Option<Told>,
    /// The last run failed, and nothing is newer than this.
    pub(super) failure: Option<Failure>,
    // Somebody asked for a run, or nobody knows whether one is due.
    due: bool,
    // Somebody has to be woken when a run ends, whatever came of it.
    pub(super) awaited: bool,
}

/// A value, and how it is told.
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) version: Arc<str>,
    pub(super) frame: Frame,
}

pub(super) struct Failure {
    pub(super) number: u64,
    code: WireCode,
    pub(super) frame: Frame,
}

#[derive(Default)]
struct Watchers {
    next: u64,
    outlets: HashMap<u64, Arc<dyn Outlet>>,
}

/// What wakes the runner of a feed.
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

impl Feed {
    pub(super) fn new(live: &Arc<Live>, wanted: &Wanted, kept: Option<Kept>) -> Arc<Self> {
        let value = kept.map(|Kept { version, frame, .. }| Told { number: 1, version, frame });
        Arc::new(Self {
            live: Arc::downgrade(live),
            key: wanted.key.clone(),
            channel: wanted.context.channel.clone(),
            loaded: wanted.loaded.clone(),
            number: AtomicU64::new(u64::from(value.is_some())),
            done: AtomicU64::new(0),
            state: Mutex::new(State { value, ..State::default() }),
            watchers: Mutex::default(),
            bell: Arc::default(),
            task: OnceLock::new(),
        })
    }

    pub(crate) fn key(&self) -> &Arc<str> {
        &self.key
    }

    pub(crate) fn channel(&self) -> &Arc<str> {
        &self.channel
    }

    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    pub(super) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Whose end is the end of the task that runs the loader.
    pub(super) fn runs_in(&self, task: AbortHandle) {
        // A feed has one runner.
        let _ = self.task.set(task);
    }

    /// Asks for one more run; the number of the first run that begins from now on.
    pub(crate) fn ask(&self) -> u64 {
        let mut state = self.state();
        (state.due, state.awaited) = (true, true);
        let run = state.begun + 1;
        drop(state);
        self.bell.due();
        run
    }

    /// Has the loader run because events may have been missed.
    pub(super) fn doubt(&self) {
        self.state().due = true;
        self.bell.due();
    }

    /// Whether a run is due, whatever was heard.
    pub(super) fn is_due(&self) -> bool {
        self.state().due
    }

    /// A run begins, for everything that it was asked for up to here.
    pub(super) fn begin_run(&self) {
        let mut state = self.state();
        state.begun += 1;
        state.due = false;
    }

    /// A run ended, with a value or a code.
    pub(super) fn end_run(&self, outcome: Result<&str, WireCode>) {
        let mut state = self.state();
        let number = self.number.load(Ordering::Acquire) + 1;
        let changed = match outcome {
            Ok(data) => self.take_value(&mut state, number, data),
            Err(code) => self.take_failure(&mut state, number, code),
        };
        if changed {
            self.number.store(number, Ordering::Release);
        }
        self.done.store(state.begun, Ordering::Release);
        let awaited = std::mem::take(&mut state.awaited);
        drop(state);
        if changed || awaited {
            self.wake();
        }
    }

    /// Whether a value is to be told: another one than before, or the first after a failure.
    fn take_value(&self, state: &mut State, number: u64, data: &str) -> bool {
        let version = version_of(data);
        let recovered = state.failure.take().is_some();
        match &mut state.value {
            Some(told) if told.version == version => {
                if recovered {
                    told.number = number;
                }
                recovered
            }
            value => {
                let frame = Frame::of_json(&format!(r#"{{"type":"live","key":"{}","version":"{version}","data":{data}}}"#, self.key));
                *value = Some(Told { number, version, frame });
                true
            }
        }
    }

    /// Whether a failure is to be told: one is enough, until something else happens.
    fn take_failure(&self, state: &mut State, number: u64, code: WireCode) -> bool {
        if state.failure.as_ref().is_some_and(|failure| failure.code == code) {
            return false;
        }
        state.failure = Some(Failure { number, code, frame: Frame::of_json(&failed(&self.key, code)) });
        true
    }

    /// Adds somebody to wake.
    pub(super) fn add(&self, outlet: Arc<dyn Outlet>) -> u64 {
        let mut watchers = self.watchers();
        watchers.next += 1;
        let id = watchers.next;
        watchers.outlets.insert(id, outlet);
        id
    }

    pub(super) fn remove(&self, id: u64) {
        // Dropped behind the lock: an outlet is somebody else's.
        let outlet = self.watchers().outlets.remove(&id);
        drop(outlet);
    }

    fn wake(&self) {
        self.watchers().outlets.values().for_each(|outlet| outlet.due());
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // A run that is under way is dropped with it: nobody looks any more.
        if let Some(task) = self.task.get() {
            task.abort();
        }
        let Some(live) = self.live.upgrade() else { return };
        let value = self.state().value.take();
        let kept = self.loaded.options.cache.zip(value).and_then(|(duration, Told { version, frame, .. })| {
            let until = Instant::now().checked_add(duration)?;
            Some(Kept { version, frame, until })
        });
        live.forget(&self.key, kept);
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("query", &self.loaded.name).field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// What is said about a key; its JSON is what `PROTOCOL.md` describes.
#[derive(Serialize)]
struct Said<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'a ErrorBody>,
}

impl<'a> Said<'a> {
    const fn of(key: &'a str) -> Self {
        Self { kind: "live", key, version: None, error: None, ended: None }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("text and numbers always serialize")
    }
}

/// That a run failed.
fn failed(key: &str, code: WireCode) -> String {
    // The summary is the same for every failure: what went wrong is for the log alone.
    let error = ErrorBody::new(code, code.summary());
    Said { error: Some(&error), ..Said::of(key) }.json()
}

/// That a query is over for a connection, because it may not look any more.
pub(crate) fn ended(key: &str, error: &ErrorBody) -> Arc<str> {
    Said { ended: Some(error), ..Said::of(key) }.json().into()
}

/// That the client has the newest value already.
pub(super) fn current(key: &str, version: &str) -> Frame {
    Frame::of_json(&Said { version: Some(version), ..Said::of(key) }.json())
}
