//! An endpoint at work.

use std::{
    collections::{HashMap, HashSet},
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::Uri;
use metrics::{counter, gauge};
use tidewire::{Contract, Cursor};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::Instant,
};

use crate::{
    client::Outcome,
    endpoint::Endpoint,
    letter::DeadReason,
    signature::{MalformedSecret, Secret},
};

/// The events that are wanted of a channel: all where there is no list.
type Wanted = Option<HashSet<String>>;

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) uri: Uri,
    pub(crate) attempts: u32,
    pub(crate) timeout: Duration,
    pub(crate) pauses: (Duration, Duration),
    pub(crate) slots: Semaphore,
    secrets: Vec<Secret>,
    // By the pattern of a channel.
    wanted: HashMap<String, Wanted>,
    channels: usize,
    followed: Mutex<HashMap<String, Arc<Followed>>>,
}

/// A channel that is followed, or about to be.
#[derive(Default)]
pub(crate) struct Followed {
    /// Set once the subscription has begun.
    pub(crate) begun: OnceCell<()>,
    touched: Mutex<Option<Instant>>,
}

impl Line {
    pub(crate) fn new(endpoint: &Endpoint, contract: &Contract) -> Result<Self, EndpointError> {
        let flaw = |flaw| EndpointError { endpoint: endpoint.name.clone(), flaw };
        let Endpoint { name, url, secrets, wanted: asked, attempts, timeout, pauses, at_once, channels } = endpoint.clone();
        let is_name = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if !(1..=40).contains(&name.len()) || !name.bytes().all(is_name) {
            return Err(flaw(Flaw::Name));
        }
        let uri: Uri = url.parse().map_err(|_| flaw(Flaw::Url))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
            return Err(flaw(Flaw::Url));
        }
        // It would be sent to nobody: the client knows no such thing.
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(flaw(Flaw::Credentials));
        }
        let secrets =
            secrets.iter().map(|secret| Secret::read(secret)).collect::<Result<_, _>>().map_err(|cause| flaw(Flaw::Secret(cause)))?;
        let mut wanted: HashMap<String, Wanted> = HashMap::new();
        for (pattern, event) in asked {
            let channel = contract.channel_with(&pattern).ok_or_else(|| flaw(Flaw::Channel(pattern.clone())))?;
            let Some(event) = event else {
                wanted.insert(pattern, None);
                continue;
            };
            if !contract.events_of(channel).any(|carried| carried.name == event) {
                return Err(flaw(Flaw::Event(pattern, event)));
            }
            if let Some(events) = wanted.entry(pattern).or_insert_with(|| Some(HashSet::new())) {
                events.insert(event);
            }
        }
        if wanted.is_empty() {
            return Err(flaw(Flaw::Nothing));
        }
        let line = Self {
            uri,
            attempts,
            timeout,
            pauses,
            slots: Semaphore::new(at_once),
            secrets,
            wanted,
            channels,
            followed: Mutex::default(),
            name,
        };
        line.count_followed(0);
        Ok(line)
    }

    pub(crate) fn wants(&self, pattern: &str, event: &str) -> bool {
        self.wanted.get(pattern).is_some_and(|events| events.as_ref().is_none_or(|events| events.contains(event)))
    }

    /// The channels that have no parameters, and so are known from the beginning.
    pub(crate) fn literal(&self) -> impl Iterator<Item = &str> {
        self.wanted.keys().map(String::as_str).filter(|pattern| !pattern.contains('{'))
    }

    pub(crate) fn wants_channel(&self, pattern: &str) -> bool {
        self.wanted.contains_key(pattern)
    }

    pub(crate) fn signatures(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        self.secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
    }

    /// The place of a channel among those that are followed; nothing if there is none left. Keeps it for another minute.
    pub(crate) fn touch(&self, channel: &str) -> Option<Arc<Followed>> {
        let mut followed = self.followed();
        if let Some(followed) = followed.get(channel) {
            followed.touch();
            return Some(followed.clone());
        }
        if followed.len() >= self.channels {
            return None;
        }
        let new = Arc::new(Followed::default());
        new.touch();
        followed.insert(channel.to_owned(), new.clone());
        self.count_followed(followed.len());
        Some(new)
    }

    /// Gives a place up, unless somebody was there since `idle`; whether it did.
    pub(crate) fn retire(&self, channel: &str, idle: Duration) -> bool {
        let mut followed = self.followed();
        let is_idle = followed.get(channel).is_none_or(|followed| followed.last().is_none_or(|touched| touched.elapsed() >= idle));
        if is_idle {
            followed.remove(channel);
            self.count_followed(followed.len());
        }
        is_idle
    }

    /// Gives a place up, if it is still this one.
    pub(crate) fn leave(&self, channel: &str, place: &Arc<Followed>) {
        let mut followed = self.followed();
        if followed.get(channel).is_some_and(|followed| Arc::ptr_eq(followed, place)) {
            followed.remove(channel);
            self.count_followed(followed.len());
        }
    }

    pub(crate) fn count(&self, outcome: Outcome) {
        counter!("tidewire_webhook_attempts_total", "endpoint" => self.name.clone(), "outcome" => outcome.name()).increment(1);
    }

    pub(crate) fn count_dead(&self, reason: DeadReason) {
        counter!("tidewire_webhook_dead_letters_total", "endpoint" => self.name.clone(), "reason" => reason.name()).increment(1);
    }

    fn count_followed(&self, count: usize) {
        // Counts of this size are exact.
        #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
        gauge!("tidewire_webhook_channels", "endpoint" => self.name.clone()).set(count as f64);
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<String, Arc<Followed>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Followed {
    fn touch(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn last(&self) -> Option<Instant> {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An endpoint cannot work: what `build()` reports of the plugin `webhook`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError {
    endpoint: String,
    flaw: Flaw,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Flaw {
    Name,
    Url,
    Credentials,
    Secret(MalformedSecret),
    Channel(String),
    Event(String, String),
    Nothing,
}

impl EndpointError {
    /// The endpoint's name.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// Says nothing of the address and the secret.
impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the endpoint `{}` ", self.endpoint.escape_debug())?;
        match &self.flaw {
            Flaw::Name => f.write_str("needs a name of 1 to 40 of `a-z 0-9 _ -`"),
            Flaw::Url => f.write_str("needs an address that begins with `https://` or `http://` and a host"),
            Flaw::Credentials => f.write_str("has a user or password in its address, which would not be sent"),
            Flaw::Secret(_) => f.write_str("has a secret that is none"),
            Flaw::Channel(pattern) => write!(f, "wants events of a channel that the contract does not have: `{pattern}`"),
            Flaw::Event(pattern, event) => write!(f, "wants an event that channel `{pattern}` does not carry: `{event}`"),
            Flaw::Nothing => f.write_str("wants no events"),
        }
    }
}

impl Error for EndpointError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.flaw {
            Flaw::Secret(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Names a delivery, so that any node, and any later run of the service, calls it the same.
pub(crate) fn delivery_id(endpoint: &str, channel: &str, cursor: Option<Cursor>) -> String {
    use data_encoding::HEXLOWER;
    use sha2::{Digest as _, Sha256};

    let Some(cursor) = cursor else { return format!("msg_{:032x}", rand::random::<u128>()) };
    let hash = Sha256::digest(format!("{endpoint}\n{channel}\n{cursor}"));
    format!("msg_{}", HEXLOWER.encode(&hash[..16]))
}
