//! A contract with presence, and a client that keeps a roster as the TypeScript one does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidewire::{AnyChannel as _, ConnectRequest, Denied, Grant, Realtime, RealtimeBuilder, Roster, realtime_events};

use super::{
    Server,
    link::{Link, Transport},
    within,
};

#[realtime_events(name = "presence")]
pub mod events {
    pub struct Member {
        #[rt(min_length = 1)]
        pub name: String,
        pub typing: Option<bool>,
    }

    #[event("message.sent", publish(server, client))]
    pub struct MessageSent {
        pub text: String,
    }

    #[channel("chat/{room_id}", events(MessageSent), presence = Member)]
    pub struct Chat {
        #[rt(pattern = "^[a-z0-9-]{1,40}$")]
        pub room_id: String,
    }

    #[channel("plain/{id}", events(MessageSent))]
    pub struct Plain {
        pub id: String,
    }
}

pub use events::{Chat, Member, contract};

pub fn room(name: &str) -> Chat {
    Chat { room_id: name.to_owned() }
}

/// A viewer may watch, a writer may be there, everybody else both.
async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match user {
        "stranger" => Err(Denied::unauthenticated()),
        "viewer" => Ok(Grant::user(user).subscribe(Chat::any()).subscribe("plain/{id}")),
        "writer" => Ok(Grant::user(user).present(Chat::any())),
        _ => Ok(Grant::everything().for_user(user)),
    }
}

pub fn builder() -> RealtimeBuilder {
    Realtime::builder(contract()).authorize(decide)
}

/// Connects as a user.
pub async fn signed_in(transport: Transport, server: &Server, user: &str, query: &str) -> Link {
    returning(transport, server, user, query, None).await
}

/// Connects as a user, with the session of before.
pub async fn returning(transport: Transport, server: &Server, user: &str, query: &str, session: Option<&str>) -> Link {
    Link::open_with(transport, server.address, query, session, &[("authorization", user)]).await
}

/// Says what a client shows in a room; the answer.
pub async fn appear(link: &mut Link, room: &str, state: Value) -> Value {
    link.ask(json!({ "type": "presence", "channel": format!("chat/{room}"), "state": state })).await
}

pub async fn appears(link: &mut Link, room: &str, state: Value) {
    let reply = appear(link, room, state).await;
    assert_eq!(reply["type"], "ack", "{reply}");
}

pub async fn leaves(link: &mut Link, room: &str) {
    appears(link, room, Value::Null).await;
}

/// The roster where it is kept.
pub async fn roster_of(server: &Server, name: &str) -> Roster<Member> {
    server.realtime.channel(room(name)).presence().await.unwrap()
}

impl Link {
    /// The next frame about a roster; other frames are passed over.
    pub async fn expect_presence(&mut self) -> Value {
        self.until_type("presence").await
    }

    /// The next frame of this type; others are passed over.
    pub async fn until_type(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

/// A client that follows the rules: whole rosters replace, changes apply if their number follows, and anything else is asked for anew.
pub struct Watcher {
    pub link: Link,
    pub roster: BTreeMap<String, Value>,
    pub number: Option<u64>,
    /// How often the numbers did not meet.
    pub refreshes: usize,
    /// How many whole rosters came.
    pub rosters: usize,
    /// Who joined, by id, once for each time.
    pub joined: Vec<String>,
    /// Who left.
    pub left: Vec<String>,
}

impl Watcher {
    pub fn new(link: Link) -> Self {
        Self { link, roster: BTreeMap::new(), number: None, refreshes: 0, rosters: 0, joined: Vec::new(), left: Vec::new() }
    }

    /// Takes frames until the roster is as it should be.
    pub async fn until(&mut self, mut done: impl FnMut(&BTreeMap<String, Value>) -> bool) {
        let waiting = async {
            while self.number.is_none() || !done(&self.roster) {
                let frame = self.link.expect_presence().await;
                self.take(&frame).await;
            }
        };
        within(waiting).await;
    }

    /// Takes one frame.
    pub async fn take(&mut self, frame: &Value) {
        let number = frame["number"].as_u64().unwrap();
        if let Some(members) = frame.get("members") {
            self.roster = keyed(members).collect();
            self.number = Some(number);
            self.rosters += 1;
            return;
        }
        if self.number.map(|last| last + 1) != Some(number) {
            self.refreshes += 1;
            let channel = frame["channel"].clone();
            self.link.ask(json!({ "type": "presence", "channel": channel, "refresh": true })).await;
            return;
        }
        self.number = Some(number);
        for (id, member) in keyed(&frame["joined"]) {
            assert!(self.roster.insert(id.clone(), member).is_none(), "{id} joined twice: {frame}");
            self.joined.push(id);
        }
        for (id, member) in keyed(&frame["changed"]) {
            assert!(self.roster.insert(id.clone(), member).is_some(), "{id} changed before joining: {frame}");
        }
        for id in frame["left"].as_array().into_iter().flatten() {
            let id = id.as_str().unwrap();
            assert!(self.roster.remove(id).is_some(), "{id} left without having joined: {frame}");
            self.left.push(id.to_owned());
        }
    }
}

fn keyed(members: &Value) -> impl Iterator<Item = (String, Value)> {
    members.as_array().into_iter().flatten().map(|member| (member["id"].as_str().unwrap().to_owned(), member.clone()))
}
