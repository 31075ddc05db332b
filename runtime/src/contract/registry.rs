//! A contract, prepared for looking things up while serving.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use tidewire_schema::{
    Call, Channel, Contract, Event, History, LiveQuery, Type,
    address::{self, Pattern},
    check::{Checker, Issue, IssueCode},
    suggest,
};

use crate::{error::BuildError, transport::excerpt};

/// Everything a service knows of its contract.
pub(crate) struct Registry {
    contract: &'static Contract,
    checker: Checker,
    channels: Vec<Known>,
    hash: String,
    json: Bytes,
}

/// A channel of the contract.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) channel: &'static Channel,
    pub(crate) pattern: Pattern,
    /// What is kept of it, the service's default applied.
    pub(crate) retention: History,
    /// What a member of its roster shows, where it has one.
    pub(crate) presence: Option<Type>,
    events: HashMap<&'static str, &'static Event>,
}

/// Why a channel name leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// It is not a channel name, or a parameter in it violates the contract.
    Invalid(String),
    /// No channel has this name; perhaps another one was meant.
    Unknown(Option<String>),
}

#[derive(Serialize)]
struct Published<'a> {
    hash: &'a str,
    #[serde(flatten)]
    contract: &'a Contract,
}

impl Registry {
    pub(crate) fn new(contract: &'static Contract, default_history: History) -> Result<Self, BuildError> {
        let mut channels =
            contract.channels.iter().map(|channel| known(contract, channel, default_history)).collect::<Result<Vec<_>, _>>()?;
        // A literal name wins over a pattern that would match it, too.
        channels.sort_by_key(|known| known.pattern.params().count());
        let hash = format!("{:032x}", contract.hash());
        let json = serde_json::to_vec(&Published { hash: &hash, contract }).expect("a contract is text, numbers and lists");
        Ok(Self { contract, checker: Checker::new(contract), channels, hash, json: json.into() })
    }

    pub(crate) fn checker(&self) -> &Checker {
        &self.checker
    }

    pub(crate) fn name(&self) -> &str {
        &self.contract.name
    }

    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// Every call of the contract.
    pub(crate) fn calls(&self) -> &'static [Call] {
        &self.contract.calls
    }

    /// The call of this name.
    pub(crate) fn call(&self, name: &str) -> Option<&'static Call> {
        self.calls().iter().find(|call| call.name == name)
    }

    /// Every live query of the contract.
    pub(crate) fn lives(&self) -> &'static [LiveQuery] {
        &self.contract.live
    }

    /// The live query of this name.
    pub(crate) fn live(&self, name: &str) -> Option<&'static LiveQuery> {
        self.lives().iter().find(|query| query.name == name)
    }

    /// What a client says of itself when it connects.
    pub(crate) fn opening(&self) -> Option<&'static Type> {
        self.contract.connection.opening.as_ref()
    }

    /// Checks what the service tells a client that connects or subscribes.
    pub(crate) fn check_greeting(&self, greeting: Value) -> Result<Value, Vec<Issue>> {
        self.check_part(self.contract.connection.greeting.as_ref(), greeting)
    }

    /// Checks what the service keeps about a connection.
    pub(crate) fn check_state(&self, state: Value) -> Result<Value, Vec<Issue>> {
        self.check_part(self.contract.connection.state.as_ref(), state)
    }

    fn check_part(&self, declared: Option<&Type>, value: Value) -> Result<Value, Vec<Issue>> {
        let Some(declared) = declared else {
            let message = "the contract of this service declares no such part of a connection".to_owned();
            return Err(vec![Issue { path: Vec::new(), code: IssueCode::Payload, message }]);
        };
        self.checker.value(declared, value)
    }

    /// The contract and its hash as JSON.
    pub(crate) fn json(&self) -> Bytes {
        self.json.clone()
    }

    /// The patterns of all channels.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &'static str> {
        self.channels.iter().map(|known| known.channel.pattern.as_str())
    }

    pub(crate) fn by_pattern(&self, pattern: &str) -> Option<usize> {
        self.channels.iter().position(|known| known.channel.pattern == pattern)
    }

    pub(crate) fn at(&self, index: usize) -> &Known {
        &self.channels[index]
    }

    /// Finds the channel that `name` addresses. The name comes from outside: nothing about it is trusted.
    pub(crate) fn resolve(&self, name: &str) -> Result<&Known, Unresolved> {
        if !address::is_channel_name(name) {
            return Err(Unresolved::Invalid(format!("{} is not a channel name", excerpt(name))));
        }
        let matching = self.channels.iter().find_map(|known| Some((known, known.pattern.capture(name)?)));
        let Some((known, values)) = matching else { return Err(Unresolved::Unknown(self.suggest(name))) };
        for (param, value) in values {
            let Some(field) = known.channel.params.iter().find(|field| field.name == param) else { continue };
            self.checker.param(&field.ty, &value).map_err(|issue| Unresolved::Invalid(format!("`{param}` in `{name}`: {issue}")))?;
        }
        Ok(known)
    }

    /// A name near `name` that does exist: the patterns of as many segments, with the parameters taken from `name`.
    fn suggest(&self, name: &str) -> Option<String> {
        let segments: Vec<&str> = name.split('/').collect();
        let candidates: HashSet<String> = self
            .channels
            .iter()
            .filter_map(|known| {
                let pattern: Vec<&str> = known.channel.pattern.split('/').collect();
                let pairs = (pattern.len() == segments.len()).then(|| pattern.iter().zip(&segments))?;
                Some(
                    pairs
                        .map(|(&known, &given)| if known.starts_with('{') && known.ends_with('}') { given } else { known })
                        .collect::<Vec<_>>()
                        .join("/"),
                )
            })
            .filter(|candidate| self.channels.iter().any(|known| known.pattern.capture(candidate).is_some()))
            .collect();
        suggest::nearest(name, candidates.iter().map(String::as_str)).map(str::to_owned)
    }
}

impl Known {
    /// The event `name`, if this channel carries it.
    pub(crate) fn event(&self, name: &str) -> Option<&'static Event> {
        self.events.get(name).copied()
    }

    /// The names of all that it carries.
    pub(crate) fn event_names(&self) -> impl Iterator<Item = &'static str> {
        self.events.values().map(|event| event.name.as_str())
    }

    /// Whether a subscriber that is behind is only due the newest `event` of each sender.
    pub(crate) const fn is_latest(&self, event: &Event) -> bool {
        self.channel.keeps_latest(event)
    }

    /// What is kept of `event` on this channel.
    pub(crate) fn retention_of(&self, event: &Event) -> History {
        if event.transient { History::Off } else { self.retention }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("contract", &self.contract.name).field("hash", &self.hash).finish_non_exhaustive()
    }
}

fn known(contract: &'static Contract, channel: &'static Channel, default_history: History) -> Result<Known, BuildError> {
    let pattern = Pattern::parse(&channel.pattern)
        .map_err(|error| BuildError::Contract { pattern: channel.pattern.clone(), reason: error.to_string() })?;
    let events = contract.events_of(channel).map(|event| (event.name.as_str(), event)).collect();
    let presence = channel.presence.as_ref().map(|name| Type::Ref { name: name.clone() });
    Ok(Known { channel, pattern, retention: channel.history.unwrap_or(default_history), presence, events })
}
