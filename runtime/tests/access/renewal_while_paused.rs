//! Tokens that are renewed while a node cannot know what was revoked: over either transport, and nobody gets anything by it.

use std::time::Duration;

use super::cut_log::CutLog;
use crate::support::{
    Server, Under,
    client::send,
    link::{BOTH, Link, Transport},
    live::{self, chat, message},
    within,
};
use hyper::Method;
use serde_json::{Value, json};
use tidewire::{AnyChannel as _, Grant, MemoryBroker, NotReady, Realtime, RealtimeBuilder, Tokens, Utc};

/// Much longer than the test lasts: what decides here is what happened, not when.
const OLDER: Duration = Duration::from_secs(1800);
const NEWER: Duration = Duration::from_secs(3600);

fn tokens() -> Tokens {
    Tokens::new([7; 32]).issuer("acme").audience("acme-live").lifetime(NEWER)
}

fn guarded() -> RealtimeBuilder {
    Realtime::builder(live::contract()).tokens(tokens())
}

fn everywhere(user: &str) -> Grant {
    Grant::user(user).subscribe_and_publish(live::Chat::any())
}

fn sign(grant: &Grant, lifetime: Duration) -> String {
    tokens().lifetime(lifetime).sign(grant).unwrap().into_string()
}

async fn subscribed(transport: Transport, server: &Server, user: &str) -> Link {
    let header = format!("Bearer {}", sign(&everywhere(user), OLDER));
    let mut link = Link::open_with(transport, server.address, "channel=chat/a", None, &[("authorization", &header)]).await;
    link.expect("subscribed").await;
    link
}

async fn renew(link: &mut Link, grant: &Grant) -> Value {
    link.ask(json!({ "type": "auth", "token": sign(grant, NEWER) })).await
}

/// Renews, and hears of it before anything else.
async fn renewed(link: &mut Link, grant: &Grant) {
    let answer = renew(link, grant).await;
    assert_eq!(answer["type"], "ack", "{answer}");
    let told = link.expect("grant").await;
    let left = told["expires"].as_u64().unwrap() - told["time"].as_u64().unwrap();
    assert!(left > u64::try_from(OLDER.as_millis()).unwrap(), "{told}");
}

fn is_paused(server: &Server) -> bool {
    server.realtime.readiness().reasons().contains(&NotReady::Revocations)
}

async fn until_paused(server: &Server, paused: bool) {
    // A node goes on for 8 s without the log.
    let waiting = async {
        while is_paused(server) != paused {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}

/// The status of a request for a stream with a new token.
async fn coming_in(server: &Server, user: &str) -> u16 {
    let header = format!("Bearer {}", sign(&everywhere(user), NEWER));
    send(server.address, Method::GET, "/realtime/events?ids=0", &[("authorization", header.as_bytes())]).await.status().as_u16()
}

#[tokio::test]
async fn a_token_is_renewed_while_nobody_knows_what_was_revoked_and_gives_nothing_until_it_is_known() {
    let store = MemoryBroker::new();
    let broker = CutLog::new(store.clone());
    let here = Server::start(Under::Tidewire, guarded().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, guarded().broker(store)).await;
    let mut clients = Vec::new();
    for transport in BOTH {
        let mut links = Vec::new();
        for user in ["eve", "ann", "bob", "fay", "dan"] {
            links.push(subscribed(transport, &here, user).await);
        }
        clients.push(<[Link; 5]>::try_from(links).ok().unwrap());
    }
    broker.cut(true);
    there.realtime.revoke("ann", chat("a")).await.unwrap();
    there.realtime.revoke_user("bob").await.unwrap();
    until_paused(&here, true).await;
    there.realtime.channel(chat("a")).publish(message("meanwhile")).await.unwrap();

    for [eve, ann, bob, fay, dan] in &mut clients {
        for link in [&mut *eve, ann, bob, fay, dan] {
            assert_eq!(link.expect("status").await["status"], "degraded", "told, and without an event");
        }
        renewed(eve, &everywhere("eve")).await;
        renewed(ann, &everywhere("ann")).await;
        renewed(bob, &everywhere("bob")).await;
        for (grant, code) in [(everywhere("ann"), 4002), (everywhere("eve").until(Utc::now() - Duration::from_secs(5)), 4202)] {
            assert_eq!(renew(eve, &grant).await["error"]["code"], code, "as at any other time");
        }
        // By way of a node that knows, and of the one that does not.
        let ack = eve.send_from(there.address, json!({ "type": "auth", "ref": 70, "token": sign(&everywhere("eve"), NEWER) })).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        eve.expect("grant").await;

        // A newer token with less takes away at once what it takes away.
        let answer = renew(fay, &Grant::user("fay").subscribe("chat/b")).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        assert_eq!(fay.expect("denied").await["channel"], "chat/a");
        fay.expect("grant").await;

        // Whose grant ends meanwhile is told so, and has to go.
        let id = dan.connection.parse().unwrap();
        here.realtime.connection(id).set_grant(everywhere("dan").until(Utc::now() + Duration::from_millis(300))).await.unwrap();
        dan.until_type("grant").await;
        assert_eq!(dan.until_type("error").await["error"]["code"], 4202);
        assert!(dan.next().await.is_none());

        for asked in [
            json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": "hi" } }),
            json!({ "type": "subscribe", "channel": "chat/b" }),
            json!({ "type": "call", "call": "anything" }),
        ] {
            assert_eq!(ann.ask(asked.clone()).await["error"]["code"], 4101, "{asked}");
        }
    }
    for user in ["eve", "ann", "bob"] {
        assert_eq!(coming_in(&here, user).await, 503, "who is not connected waits");
    }

    broker.cut(false);
    until_paused(&here, false).await;
    for [eve, ann, bob, fay, _] in &mut clients {
        // In whichever order they come; nobody loses anything, and nobody gets what was published after the call.
        assert_eq!(kinds(eve, 2).await, ["event", "status"]);
        assert_eq!(kinds(ann, 2).await, ["revoked", "status"]);
        let told = within(bob.until_type("revoked")).await;
        assert!(told["channel"].is_null(), "everything: {told}");
        bob.until_type("error").await;
        assert!(bob.next().await.is_none());
        fay.expect("status").await;
        let refused = ann.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await;
        assert_eq!(refused["error"]["code"], 4015, "{refused}");
        there.realtime.channel(chat("a")).publish(message("later")).await.unwrap();
        assert_eq!(eve.texts(1).await, ["later"], "the connection is the one of before");
        assert!(!fay.has_early("event") && !ann.has_early("event") && !bob.has_early("event"));
    }
    assert_eq!((coming_in(&here, "eve").await, coming_in(&here, "bob").await), (200, 403));
}

/// The types of the next frames, in order of their names.
async fn kinds(link: &mut Link, count: usize) -> Vec<String> {
    let mut kinds = Vec::new();
    for _ in 0..count {
        kinds.push(link.frame().await["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    kinds
}
