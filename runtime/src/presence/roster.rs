//! Rosters as the service and the wire see them.

use std::{fmt::Write as _, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Presence;
use crate::{
    broker::{StoredMember, StoredRoster},
    channel::{Address, Publishes, instant},
    contract::{Channel, HasPresence},
    error::HistoryError,
    observe,
};

/// Who is present on a channel at one instant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Roster<M> {
    /// Everybody, in the order of their ids.
    pub members: Vec<Member<M>>,
    /// How many changes the roster had seen by then.
    pub number: u64,
    /// The ids of members whose state was set under a contract that the type no longer fits. They are present, too.
    pub undecoded: Vec<String>,
}

/// A member of a roster: a user with all connections, or one connection of nobody.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Member<M> {
    /// The user's id, or the id of nobody's connection.
    pub id: String,
    /// The user; `None` for nobody.
    pub user: Option<String>,
    /// How many connections of the user are present.
    pub connections: u64,
    /// Since when the member has been present without a break.
    pub since: DateTime<Utc>,
    /// What the member shows: the state set last by one of those connections.
    pub state: M,
}

impl<M> Roster<M> {
    /// The member with this id.
    pub fn member(&self, id: &str) -> Option<&Member<M>> {
        let at = self.members.binary_search_by(|member| member.id.as_str().cmp(id)).ok()?;
        self.members.get(at)
    }
}

impl<C: Channel, H: Publishes> Address<C, H> {
    #[doc = include_str!("../docs/presence.md")]
    pub async fn presence(&self) -> Result<Roster<C::Member>, HistoryError>
    where
        C: HasPresence,
    {
        let name = self.name()?;
        let StoredRoster { position, members } = Presence::read(self.publisher(), name).await.map_err(HistoryError::Broker)?;
        let mut roster = Roster { members: Vec::with_capacity(members.len()), number: position.number(), undecoded: Vec::new() };
        for StoredMember { id, user, connections, since, state } in members {
            if let Ok(state) = serde_json::from_value(state) {
                roster.members.push(Member { id, user, connections, since: instant(since), state });
            } else {
                observe::undecodable();
                roster.undecoded.push(id);
            }
        }
        Ok(roster)
    }
}

/// The answer of `GET /presence`.
pub(crate) fn members_json(roster: &StoredRoster) -> Vec<u8> {
    let answer = json!({ "members": roster.members, "number": roster.position.number() });
    answer.to_string().into_bytes()
}

/// The frame that says who is there. A channel's name needs no escaping, and the members are JSON.
pub(super) fn roster_json<'a>(channel: &str, number: u64, members: impl Iterator<Item = &'a Arc<str>>) -> String {
    let mut json = format!(r#"{{"type":"presence","channel":"{channel}","number":{number},"members":["#);
    list(&mut json, members);
    json.push_str("]}");
    json
}

/// The frame that leads from the number before to this one.
pub(super) fn change_json(channel: &str, number: u64, joined: &[Arc<str>], changed: &[Arc<str>], left: &[String]) -> String {
    let mut json = format!(r#"{{"type":"presence","channel":"{channel}","number":{number}"#);
    for (name, members) in [("joined", joined), ("changed", changed)] {
        if !members.is_empty() {
            // Writing into a `String` cannot fail.
            let _ = write!(json, r#","{name}":["#);
            list(&mut json, members.iter());
            json.push(']');
        }
    }
    if !left.is_empty() {
        json.push_str(r#","left":"#);
        json.push_str(&serde_json::Value::from(left).to_string());
    }
    json.push('}');
    json
}

fn list<'a>(json: &mut String, members: impl Iterator<Item = &'a Arc<str>>) {
    for (at, member) in members.enumerate() {
        if at > 0 {
            json.push(',');
        }
        json.push_str(member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_what_the_protocol_says() {
        let ann: Arc<str> = r#"{"id":"ann"}"#.into();
        let bob: Arc<str> = r#"{"id":"bob"}"#.into();
        assert_eq!(
            roster_json("chat/1", 12, [&ann, &bob].into_iter()),
            r#"{"type":"presence","channel":"chat/1","number":12,"members":[{"id":"ann"},{"id":"bob"}]}"#
        );
        assert_eq!(
            change_json("chat/1", 13, std::slice::from_ref(&ann), std::slice::from_ref(&bob), &["e\"ve".to_owned()]),
            r#"{"type":"presence","channel":"chat/1","number":13,"joined":[{"id":"ann"}],"changed":[{"id":"bob"}],"left":["e\"ve"]}"#
        );
        assert_eq!(change_json("a", 2, &[], &[], &["x".to_owned()]), r#"{"type":"presence","channel":"a","number":2,"left":["x"]}"#);
    }
}
