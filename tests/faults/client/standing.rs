//! Where a client stands in each of its channels.

use std::collections::BTreeMap;

use crate::journal::Position;

/// The channels of a client, and the cursors it goes by.
pub(super) struct Standings {
    channels: BTreeMap<String, Standing>,
    /// What an `EventSource` remembers instead.
    last_id: Option<String>,
}

#[derive(Default)]
struct Standing {
    cursor: Option<String>,
    wanted: bool,
    /// An `unsubscribe` is under way.
    leaving: bool,
}

impl Standings {
    pub(super) fn new(channels: &[String]) -> Self {
        let wanted = || Standing { wanted: true, ..Standing::default() };
        Self { channels: channels.iter().map(|channel| (channel.clone(), wanted())).collect(), last_id: None }
    }

    pub(super) fn wanted(&self) -> Vec<String> {
        self.channels.iter().filter(|(_, standing)| standing.wanted).map(|(channel, _)| channel.clone()).collect()
    }

    /// The parameters that name the channels.
    pub(super) fn query(&self) -> String {
        self.wanted().iter().map(|channel| format!("channel={channel}")).collect::<Vec<_>>().join("&")
    }

    /// The cursors of the channels, as `Last-Event-ID` lists them.
    pub(super) fn list(&self) -> Option<String> {
        let known = self.channels.iter().filter(|(_, standing)| standing.wanted);
        let pairs: Vec<_> = known.filter_map(|(channel, standing)| Some(format!("{channel}={}", standing.cursor.as_ref()?))).collect();
        (!pairs.is_empty()).then(|| pairs.join(","))
    }

    pub(super) fn cursor(&self, channel: &str) -> Option<String> {
        self.channels.get(channel)?.cursor.clone()
    }

    pub(super) fn position(&self, channel: &str) -> Option<Position> {
        self.cursor(channel)?.parse().ok()
    }

    pub(super) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    pub(super) fn remember(&mut self, id: String) {
        self.last_id = Some(id);
    }

    /// What the remembered id says of a channel.
    pub(super) fn remembered(&self, channel: &str) -> Option<Position> {
        let last_id = self.last_id.as_deref()?;
        let listed = last_id.split(',').find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == channel));
        listed.map_or(last_id, |(_, cursor)| cursor).parse().ok()
    }

    pub(super) fn moved(&mut self, channel: &str, cursor: &str) {
        if let Some(standing) = self.channels.get_mut(channel) {
            standing.cursor = Some(cursor.to_owned());
        }
    }

    /// Wants a channel; whether that is news.
    pub(super) fn join(&mut self, channel: &str, fresh: bool) -> bool {
        let standing = self.channels.entry(channel.to_owned()).or_default();
        if standing.wanted {
            return false;
        }
        standing.wanted = true;
        if fresh {
            standing.cursor = None;
        }
        true
    }

    /// Wants a channel no longer; whether that is news.
    pub(super) fn part(&mut self, channel: &str) -> bool {
        self.channels.get_mut(channel).is_some_and(|standing| std::mem::replace(&mut standing.wanted, false))
    }

    /// The channel is about to be left; whether it was not already.
    pub(super) fn leave(&mut self, channel: &str) -> bool {
        self.channels.get_mut(channel).is_some_and(|standing| !std::mem::replace(&mut standing.leaving, true))
    }

    pub(super) fn is_leaving(&self, channel: &str) -> bool {
        self.channels.get(channel).is_some_and(|standing| standing.leaving)
    }

    pub(super) fn is_wanted(&self, channel: &str) -> bool {
        self.channels.get(channel).is_some_and(|standing| standing.wanted)
    }

    /// The channel was left; whether it is wanted again meanwhile.
    pub(super) fn left(&mut self, channel: &str) -> bool {
        let Some(standing) = self.channels.get_mut(channel) else { return false };
        standing.leaving = false;
        standing.wanted
    }

    /// The connection is gone, and with it what was under way; answers the channels that are not wanted any more.
    pub(super) fn disconnect(&mut self) -> Vec<String> {
        for standing in self.channels.values_mut() {
            standing.leaving = false;
        }
        self.channels.iter().filter(|(_, standing)| !standing.wanted).map(|(channel, _)| channel.clone()).collect()
    }
}
