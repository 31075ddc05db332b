//! What comes over a link: handed on at once, by the task that reads the socket.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use redis::{PushInfo, PushKind, Value, aio::AsyncPushSender, aio::SendError};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{
    attached::Attached,
    keys::{Keys, Topic},
    reply,
};
use crate::observe::Complaint;

/// The receiving end of one connection.
///
/// The crate would put messages into a queue without a bound; nothing here waits, so there is no queue at all, and a node that is too slow holds up its own socket.
pub(super) struct Receiver {
    keys: Arc<Keys>,
    attached: Arc<Attached>,
    link: String,
    began: Instant,
    // Milliseconds since `began`.
    heard: AtomicU64,
    echo: watch::Sender<u64>,
    broken: AtomicBool,
    breaks: Notify,
    foreign: Complaint,
    // Topics that we left; the server leaves others by itself when a slot moves away.
    leaving: Mutex<HashSet<String>>,
}

impl Receiver {
    pub(super) fn new(keys: Arc<Keys>, attached: Arc<Attached>, link: String) -> Arc<Self> {
        Arc::new(Self {
            keys,
            attached,
            link,
            began: Instant::now(),
            heard: AtomicU64::new(0),
            echo: watch::Sender::new(0),
            broken: AtomicBool::new(false),
            breaks: Notify::new(),
            foreign: Complaint::default(),
            leaving: Mutex::default(),
        })
    }

    /// When the last message came; up to a millisecond earlier than it did.
    pub(super) fn heard(&self) -> Instant {
        self.began + std::time::Duration::from_millis(self.heard.load(Ordering::Relaxed))
    }

    /// Waits for the link's own message with this number.
    pub(super) async fn echo(&self, number: u64) {
        let mut echo = self.echo.subscribe();
        let _ = echo.wait_for(|heard| *heard >= number).await;
    }

    /// Whether that came already.
    pub(super) fn has_echoed(&self, number: u64) -> bool {
        *self.echo.borrow() >= number
    }

    /// Waits until the connection is lost or not what it was.
    pub(super) async fn broken(&self) {
        while !self.broken.load(Ordering::Acquire) {
            self.breaks.notified().await;
        }
    }

    pub(super) fn leave(&self, topic: String) {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).insert(topic);
    }

    fn left(&self, topic: &str) -> bool {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).remove(topic)
    }

    fn take(&self, topic: &str, message: &[u8]) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(now, Ordering::Relaxed);
        match self.keys.parse(topic) {
            Some(Topic::Channel(channel)) => match reply::delivery(channel, message) {
                // Dropping the answers wakes subscribers, once every node has the event.
                Ok(delivery) => drop(self.attached.deliver(channel, &delivery)),
                // If it was an event, the next one does not link to the last and the node reads what it missed.
                Err(error) => {
                    if let Some(times) = self.foreign.due() {
                        tracing::warn!(channel, error = %error, times, "something else than an event was published");
                    }
                }
            },
            Some(Topic::Node(node)) => self.attached.tell(Some(node), &Bytes::copy_from_slice(message)),
            Some(Topic::Nodes) => self.attached.tell(None, &Bytes::copy_from_slice(message)),
            Some(Topic::Probe(link)) if link == self.link => {
                let number = std::str::from_utf8(message).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
                self.echo.send_modify(|heard| *heard = number.max(*heard));
            }
            Some(Topic::Probe(_)) | None => {}
        }
    }

    fn break_off(&self) {
        self.broken.store(true, Ordering::Release);
        self.breaks.notify_one();
    }
}

impl AsyncPushSender for Receiver {
    fn send(&self, push: PushInfo) -> Result<(), SendError> {
        let topic = match push.data.first() {
            Some(Value::BulkString(topic)) => std::str::from_utf8(topic).ok(),
            _ => None,
        };
        match (push.kind, topic, push.data.get(1)) {
            (PushKind::SMessage | PushKind::Message, Some(topic), Some(Value::BulkString(message))) => self.take(topic, message),
            (PushKind::SUnsubscribe, Some(topic), _) if self.left(topic) => {}
            (PushKind::SUnsubscribe | PushKind::Disconnection, ..) => self.break_off(),
            _ => {}
        }
        Ok(())
    }
}
