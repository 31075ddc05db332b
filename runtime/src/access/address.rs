//! The channels that a grant speaks of.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use tidewire_schema::address::Pattern;

use crate::contract::{Channel, Known, Registry};

/// The channels of one kind that a [`Grant`](super::Grant) speaks of: one of them, all, or those with some parameters fixed.
///
/// Made of a channel (`live::Chat { room_id }`), of [`AnyChannel::any`], or of a text: a pattern as it stands in the contract (`"chat/{roomId}"`, with
/// the names of the wire), or the name of a channel (`"chat/lobby"`). Texts are `'static`, so that nothing a user typed can become a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    pattern: Cow<'static, str>,
    fixed: Vec<(Cow<'static, str>, String)>,
    // No parameter is free; an optional one that is not fixed is absent.
    single: bool,
}

/// Wildcards for channels: every type that is a [`Channel`] has them.
///
/// ```
/// # use tidewire::realtime_events;
/// # #[realtime_events(name = "docs")]
/// # pub mod live {
/// #     #[event("message.sent")]
/// #     pub struct MessageSent { pub text: String }
/// #     #[channel("chat/{team}/{room_id}", events(MessageSent))]
/// #     pub struct Chat { pub team: String, pub room_id: String }
/// # }
/// use tidewire::{AnyChannel as _, Grant};
///
/// let grant = Grant::user("ann")
///     .subscribe(live::Chat::any())
///     .publish(live::Chat::any().with("team", "red"))
///     .publish(live::Chat { team: "blue".into(), room_id: "lobby".into() });
/// ```
pub trait AnyChannel: Channel + Sized {
    /// All channels of this kind, whatever their parameters.
    fn any() -> Addresses {
        Addresses { pattern: Cow::Borrowed(Self::PATTERN), fixed: Vec::new(), single: false }
    }
}

impl<C: Channel> AnyChannel for C {}

impl Addresses {
    /// Those of them alone whose parameter has this value. `param` is its name on the wire.
    ///
    /// A name that the pattern does not have makes the grant unusable: whoever gets it is refused, and the log says why.
    #[must_use]
    pub fn with(mut self, param: &'static str, value: impl fmt::Display) -> Self {
        self.fixed.push((Cow::Borrowed(param), value.to_string()));
        self
    }

    /// Whether the channel `name` is one of them. `known` is what the name leads to: a pattern does not reach into a channel that is declared apart, although
    /// its name would match.
    pub(super) fn hold(&self, known: &Known, name: &str) -> bool {
        if *self.pattern != *known.channel.pattern {
            return self.is_name() && *self.pattern == *name;
        }
        let Some(values) = known.pattern.capture(name) else { return false };
        let agrees =
            |(param, value): &(Cow<'static, str>, String)| values.iter().any(|(name, given)| *name == param.as_ref() && given == value);
        self.fixed.iter().all(agrees) && (!self.single || self.fixed.len() == values.len())
    }

    /// Why they cannot be meant.
    pub(super) fn flaw(&self, registry: &Registry) -> Option<String> {
        let Some(index) = registry.by_pattern(&self.pattern) else {
            let named = self.is_name() && registry.resolve(&self.pattern).is_ok();
            return (!named).then(|| format!("the contract has no channel `{}`", self.pattern));
        };
        let known = registry.at(index);
        let stray = self.fixed.iter().find(|(param, _)| known.pattern.params().all(|name| name != param))?;
        Some(format!("the channel `{}` has no parameter `{}`", self.pattern, stray.0))
    }

    /// As a token says it. One channel becomes its name: nothing is left that could be free.
    pub(super) fn write(&self) -> Result<Written, String> {
        let unusable = |error: &dyn fmt::Display| format!("{}: {error}", self.pattern);
        if self.single {
            let pattern = Pattern::parse(&self.pattern).map_err(|error| unusable(&error))?;
            let values: Vec<(&str, String)> = self.fixed.iter().map(|(param, value)| (param.as_ref(), value.clone())).collect();
            return pattern.encode(&values).map(Written::Text).map_err(|error| unusable(&error));
        }
        if self.fixed.is_empty() {
            return Ok(Written::Text(self.pattern.clone().into_owned()));
        }
        let mut fixed = BTreeMap::new();
        for (param, value) in &self.fixed {
            if fixed.insert(param.clone().into_owned(), value.clone()).is_some_and(|other| other != *value) {
                return Err(unusable(&format_args!("`{param}` is fixed twice")));
            }
        }
        Ok(Written::Some { pattern: self.pattern.clone().into_owned(), fixed })
    }

    /// What a token says, which somebody signed. Whether there are such channels is not looked at.
    pub(super) fn read(written: Written) -> Self {
        let (pattern, fixed) = match written {
            Written::Text(text) => (text, BTreeMap::new()),
            Written::Some { pattern, fixed } => (pattern, fixed),
        };
        let fixed = fixed.into_iter().map(|(param, value)| (Cow::Owned(param), value)).collect();
        Self { pattern: Cow::Owned(pattern), fixed, single: false }
    }

    fn is_name(&self) -> bool {
        self.fixed.is_empty() && !self.pattern.contains('{')
    }
}

/// Channels in a token: a pattern of the contract or the name of a channel, or a pattern of which some parameters are fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Text(String),
    Some { pattern: String, fixed: BTreeMap<String, String> },
}

impl<C: Channel> From<C> for Addresses {
    fn from(channel: C) -> Self {
        let fixed = channel.params().into_iter().map(|(param, value)| (Cow::Borrowed(param), value)).collect();
        Self { pattern: Cow::Borrowed(C::PATTERN), fixed, single: true }
    }
}

impl From<&'static str> for Addresses {
    fn from(pattern: &'static str) -> Self {
        Self { pattern: Cow::Borrowed(pattern), fixed: Vec::new(), single: false }
    }
}
