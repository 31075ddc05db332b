//! Who is there: rosters, over each transport.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under,
    client::{EventStream, get_with, send},
    link::{BOTH, Link, Transport},
    presence::{self, Chat, Member, Watcher, appear, appears, builder, leaves, room, roster_of, signed_in},
    within,
};
use serde_json::{Value, json};
use tidewire::{
    Accepted, ConnectionId, Denied, Grant, Limits, MemoryBroker, Middleware, PresenceError, RateLimit, Realtime, SubscribeRequest,
    Subscriber,
};

fn code(reply: &Value) -> u64 {
    reply["error"]["code"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn a_roster_comes_whole_and_then_in_numbered_changes() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let server = Server::start(under, builder()).await;
            let mut ann = signed_in(transport, &server, "ann", "").await;
            appears(&mut ann, "a", json!({ "name": "Ann" })).await;
            let mut eve = signed_in(transport, &server, "eve", "channel=chat/a&presence=1").await;
            let first = eve.expect_presence().await;
            assert_eq!(first["members"].as_array().unwrap().len(), 1);
            let member = &first["members"][0];
            assert_eq!((&member["id"], &member["user"], &member["connections"]), (&json!("ann"), &json!("ann"), &json!(1)));
            assert_eq!(member["state"], json!({ "name": "Ann" }));
            assert!(member["since"].as_u64().unwrap() > 1_600_000_000_000);
            appears(&mut ann, "a", json!({ "name": "Ann", "typing": true })).await;
            let change = eve.expect_presence().await;
            assert_eq!(change["number"].as_u64(), first["number"].as_u64().map(|number| number + 1));
            assert_eq!(change["changed"][0]["state"]["typing"], true);
            assert!(change.get("joined").is_none() && change.get("left").is_none() && change.get("members").is_none(), "{change}");
            leaves(&mut ann, "a").await;
            let change = eve.expect_presence().await;
            assert_eq!((&change["left"], change["number"].as_u64()), (&json!(["ann"]), first["number"].as_u64().map(|number| number + 2)));
        }
    }
}

#[tokio::test]
async fn tabs_of_one_user_are_one_member_with_the_newest_state() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let mut tabs = Vec::new();
    for (at, transport) in [Transport::Sse, Transport::WebSocket, Transport::Sse].into_iter().enumerate() {
        let mut tab = signed_in(transport, &server, "ann", "").await;
        appears(&mut tab, "a", json!({ "name": format!("tab {at}"), "typing": at == 2 })).await;
        tabs.push(tab);
    }
    let name = async || {
        let roster = roster_of(&server, "a").await;
        let member = roster.member("ann").unwrap();
        (roster.members.len(), member.connections, member.state.name.clone(), member.state.typing)
    };
    assert_eq!(name().await, (1, 3, "tab 2".into(), Some(true)));
    appears(&mut tabs[0], "a", json!({ "name": "tab 0 again" })).await;
    assert_eq!(name().await, (1, 3, "tab 0 again".into(), None));
    // Typing ends with the tab that typed, and what the others showed before is shown again.
    leaves(&mut tabs[0], "a").await;
    assert_eq!(name().await, (1, 2, "tab 2".into(), Some(true)));
    leaves(&mut tabs[2], "a").await;
    assert_eq!(name().await, (1, 1, "tab 1".into(), Some(false)));
    leaves(&mut tabs[1], "a").await;
    assert!(roster_of(&server, "a").await.members.is_empty());
}

#[tokio::test]
async fn nobodies_are_members_each_by_their_connections() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, Realtime::builder(presence::contract()).public()).await;
        let mut links = [Link::open(transport, server.address, "").await, Link::open(transport, server.address, "").await];
        for link in &mut links {
            appears(link, "a", json!({ "name": "x" })).await;
        }
        let roster = roster_of(&server, "a").await;
        assert!(roster.members.iter().all(|member| member.user.is_none() && member.connections == 1));
        let mut ids: Vec<&str> = links.iter().map(|link| link.connection.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(roster.members.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), ids);
    }
}

#[tokio::test]
async fn what_a_client_may_not_show_is_refused_in_this_order() {
    for transport in BOTH {
        let mut limits = Limits::default();
        limits.presence_members = 2;
        let server = Server::start(Under::Tidewire, builder().limits(limits)).await;
        let mut viewer = signed_in(transport, &server, "viewer", "channel=chat/a").await;
        viewer.expect("subscribed").await;
        let denied = appear(&mut viewer, "a", json!({ "name": "x" })).await;
        assert_eq!((code(&denied), &denied["type"]), (4002, &json!("error")), "{denied}");
        assert_eq!(code(&appear(&mut viewer, "a", json!({ "nonsense": "x" })).await), 4002, "rights come before the payload");
        let mut ann = signed_in(transport, &server, "ann", "").await;
        for (frame, expected) in [
            (json!({ "channel": "a b", "state": {} }), 4006),
            (json!({ "channel": "chta/a", "state": {} }), 4005),
            (json!({ "channel": "$presence/chat/a", "state": {} }), 4006),
            (json!({ "channel": "plain/a", "state": {} }), 4000),
            (json!({ "channel": "chat/a" }), 4000),
            (json!({ "channel": "chat/a", "state": {} }), 4008),
            (json!({ "channel": "chat/a", "state": 7 }), 4008),
            (json!({ "channel": "chat/a", "state": { "name": 7 } }), 4008),
            (json!({ "channel": "chat/a", "state": { "name": "x".repeat(1025) } }), 4010),
        ] {
            let mut frame = frame;
            frame["type"] = json!("presence");
            let reply = ann.ask(frame.clone()).await;
            assert_eq!(code(&reply), expected, "{frame:.100}: {reply}");
        }
        // The limit counts the JSON: `{"name":"…"}` has eleven bytes more.
        appears(&mut ann, "a", json!({ "name": "x".repeat(1024 - 11) })).await;
        assert_eq!(code(&appear(&mut ann, "a", json!({ "name": "x".repeat(1025 - 11) })).await), 4010);
        appears(&mut signed_in(transport, &server, "bob", "").await, "a", json!({ "name": "Bob" })).await;
        let mut cid = signed_in(transport, &server, "cid", "").await;
        assert_eq!(code(&appear(&mut cid, "a", json!({ "name": "Cid" })).await), 4106);
        appears(&mut signed_in(transport, &server, "ann", "").await, "a", json!({ "name": "another tab of one who is there" })).await;
    }
}

#[tokio::test]
async fn odd_keys_are_data_or_nothing() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let mut ann = signed_in(Transport::WebSocket, &server, "__proto__", "channel=chat/a&presence=1").await;
    // Not written with `json!`, which is fine with it, too, but as a page would send it by hand.
    ann.say(r#"{"type":"presence","ref":900,"channel":"chat/a","state":{"name":"x","__proto__":{"admin":true},"constructor":1}}"#).await;
    let mut watcher = Watcher::new(ann);
    watcher.until(|roster| roster.contains_key("__proto__")).await;
    assert_eq!(watcher.roster["__proto__"]["state"], json!({ "name": "x" }), "what the contract does not list is dropped");
    let twice = r#"{"type":"presence","channel":"chat/a","state":{"name":"x","name":"y"}}"#;
    watcher.link.say(twice).await;
    assert_eq!(within(watcher.link.until_type("error")).await["error"]["code"], 4000);
}

#[tokio::test]
async fn a_flood_is_refused_and_disturbs_nobody() {
    for transport in BOTH {
        let mut limits = Limits::default();
        limits.presence_rate = RateLimit { per_second: 1, burst: 10 };
        let server = Server::start(Under::Tidewire, builder().limits(limits)).await;
        let mut flood = signed_in(transport, &server, "flood", "").await;
        let mut refused = 0;
        for number in 0..30 {
            let reply = appear(&mut flood, "a", json!({ "name": number.to_string() })).await;
            if reply["type"] == "error" {
                assert_eq!(code(&reply), 4103);
                assert!(reply["error"]["retryAfter"].as_u64().unwrap() > 0);
                refused += 1;
            }
        }
        assert!(refused > 0, "{transport:?}");
        appears(&mut signed_in(transport, &server, "ann", "").await, "a", json!({ "name": "Ann" })).await;
    }
}

#[tokio::test]
async fn a_plain_event_source_may_watch() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let mut ann = signed_in(Transport::WebSocket, &server, "ann", "").await;
    appears(&mut ann, "a", json!({ "name": "Ann" })).await;
    let headers: [(&str, &[u8]); 1] = [("authorization", b"viewer")];
    let query = "channel=chat/a&channel=plain/a&presence=1";
    let mut stream = EventStream::open_with(server.address, query, &headers).await.welcomed().await;
    let mut seen = Vec::new();
    while !seen.iter().any(|frame: &Value| frame["type"] == "presence") {
        let block = within(stream.block()).await.unwrap();
        assert!(block.comment || block.frame["type"] != "presence" || block.id.is_none(), "a roster moves no cursor");
        seen.push(block.frame);
    }
    assert_eq!(seen.iter().find(|frame| frame["type"] == "presence").unwrap()["members"][0]["id"], "ann");
    let (status, _) = get_with(server.address, "/realtime/events?channel=chat/a&presence=yes", &headers).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn rosters_are_read_over_http_by_who_may_subscribe() {
    let server = Server::start(Under::Tidewire, builder()).await;
    appears(&mut signed_in(Transport::Sse, &server, "ann", "").await, "a", json!({ "name": "Ann" })).await;
    let read = async |target: &str, user: &str| {
        get_with(server.address, &format!("/realtime/presence{target}"), &[("authorization", user.as_bytes())]).await
    };
    let (status, roster) = read("?channel=chat/a", "viewer").await;
    assert_eq!((status, &roster["members"][0]["id"], &roster["number"]), (200, &json!("ann"), &json!(1)));
    assert_eq!(read("?channel=chat/nobody-here", "viewer").await.1, json!({ "members": [], "number": 0 }));
    for (target, user, expected) in [
        ("?channel=chat/a", "writer", 4002),
        ("?channel=chat/a", "stranger", 4001),
        ("?channel=plain/a", "ann", 4000),
        ("?channel=chta/a", "ann", 4005),
        ("?channel=a%20b", "ann", 4006),
        ("", "ann", 4003),
    ] {
        assert_eq!(code(&read(target, user).await.1), expected, "{target} {user}");
    }
}

#[tokio::test]
async fn watching_begins_and_ends_with_frames() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, builder()).await;
        let mut ann = signed_in(transport, &server, "ann", "").await;
        appears(&mut ann, "a", json!({ "name": "Ann" })).await;
        let mut eve = signed_in(transport, &server, "eve", "channel=chat/a").await;
        eve.expect("subscribed").await;
        assert_eq!(eve.ask(json!({ "type": "subscribe", "channel": "chat/a", "presence": true })).await["type"], "ack");
        let first = eve.expect_presence().await;
        assert_eq!(eve.ask(json!({ "type": "presence", "channel": "chat/a", "refresh": true })).await["type"], "ack");
        let again = eve.expect_presence().await;
        assert_eq!((&again["members"], &again["number"]), (&first["members"], &first["number"]));
        eve.ask(json!({ "type": "subscribe", "channel": "chat/a", "presence": false })).await;
        leaves(&mut ann, "a").await;
        assert_eq!(eve.expect_presence().await["left"], json!(["ann"]), "absent and false leave it as it is");
        eve.ask(json!({ "type": "unsubscribe", "channel": "chat/a" })).await;
        eve.expect("unsubscribed").await;
        appears(&mut ann, "a", json!({ "name": "Ann" })).await;
        eve.ask(json!({ "type": "subscribe", "channel": "chat/b", "presence": true })).await;
        eve.expect("subscribed").await;
        assert_eq!(eve.expect_presence().await["channel"], "chat/b", "nothing came of the other one");
        let odd = eve.ask(json!({ "type": "subscribe", "channel": "plain/a", "presence": true })).await;
        assert_eq!((code(&odd), &odd["type"]), (4000, &json!("denied")));
        let refused = signed_in(transport, &server, "writer", "")
            .await
            .ask(json!({ "type": "presence", "channel": "chat/a", "refresh": true }))
            .await;
        assert_eq!(code(&refused), 4002);
    }
}

#[tokio::test]
async fn who_loses_the_right_neither_watches_nor_is_there() {
    for transport in BOTH {
        let server = Server::start(Under::Tidewire, builder()).await;
        let mut ann = signed_in(transport, &server, "ann", "channel=chat/a&presence=1").await;
        let mut eve = Watcher::new(signed_in(transport, &server, "eve", "channel=chat/a&presence=1").await);
        appears(&mut ann, "a", json!({ "name": "Ann" })).await;
        eve.until(|roster| roster.contains_key("ann")).await;
        let connection = server.realtime.connection(ann.connection.parse().unwrap());
        connection.set_grant(Grant::user("ann").subscribe("chat/{roomId}")).await.unwrap();
        eve.until(BTreeMap::is_empty).await;
        assert_eq!(code(&appear(&mut ann, "a", json!({ "name": "Ann" })).await), 4002);
        connection.set_grant(Grant::user("ann").present("chat/{roomId}")).await.unwrap();
        while ann.frame().await["type"] != "denied" {}
        appears(&mut ann, "a", json!({ "name": "unseen by herself" })).await;
        eve.until(|roster| roster.contains_key("ann")).await;
        assert_eq!(ann.ask(json!({ "type": "pong" })).await["type"], "ack");
        assert!(!ann.has_early("presence"), "what may not be subscribed to is not told");
    }
}

#[tokio::test]
async fn the_service_appears_for_a_client_on_any_node() {
    for transport in BOTH {
        let broker = MemoryBroker::new();
        let here = Server::start(Under::Tidewire, builder().broker(broker.clone())).await;
        let there = Server::start(Under::Tidewire, builder().broker(broker)).await;
        let viewer = signed_in(transport, &here, "viewer", "").await;
        let id: ConnectionId = viewer.connection.parse().unwrap();
        for server in [&here, &there] {
            let connection = server.realtime.connection(id);
            connection.set_presence(room("a"), Member { name: "V".into(), typing: None }).await.unwrap();
            assert_eq!(roster_of(&there, "a").await.member("viewer").unwrap().state.name, "V");
            let invalid = connection.set_presence(room("a"), Member { name: String::new(), typing: None }).await;
            assert!(matches!(invalid, Err(PresenceError::Invalid { .. })), "{invalid:?}");
            let large = connection.set_presence(room("a"), Member { name: "x".repeat(2000), typing: None }).await;
            assert!(matches!(large, Err(PresenceError::TooLarge { limit: 1024, .. })), "{large:?}");
            connection.clear_presence(room("a")).await.unwrap();
            assert!(roster_of(&here, "a").await.members.is_empty());
        }
        let nobody = there.realtime.connection("c-00000000000000ff".parse().unwrap());
        assert!(matches!(nobody.clear_presence(room("a")).await, Err(PresenceError::Connection(_))));
        let odd = there.realtime.channel(Chat { room_id: "NO".into() }).presence().await;
        assert!(odd.is_err());
        let roster = here.realtime.publisher().channel(room("a")).presence().await.unwrap();
        assert!(roster.members.is_empty(), "a publisher reads, too");
    }
}

/// Keeps everybody out of one room.
struct Vault;

impl Middleware for Vault {
    async fn subscribe(&self, request: &SubscribeRequest) -> Result<(), Denied> {
        if request.channel() == "chat/vault" { Err(Denied::forbidden().message("nobody may look into the vault")) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_roster_is_not_read_past_the_hooks() {
    let server = Server::start(Under::Tidewire, builder().middleware(Vault)).await;
    let mut ann = signed_in(Transport::WebSocket, &server, "ann", "").await;
    for room in ["a", "vault"] {
        appears(&mut ann, room, json!({ "name": "Ann" })).await;
    }
    let (status, body) = get_with(server.address, "/realtime/presence?channel=chat/vault", &[("authorization", b"bob")]).await;
    assert_eq!((status, &body["error"]["message"]), (403, &json!("nobody may look into the vault")));
    let (status, body) = get_with(server.address, "/realtime/presence?channel=chat/a", &[("authorization", b"bob")]).await;
    assert_eq!((status, &body["members"][0]["id"]), (200, &json!("ann")));
}

#[tokio::test]
async fn a_stream_that_is_refused_while_its_channels_open_leaves_nobody_behind() {
    let mut limits = Limits::default();
    limits.presence_grace = Duration::from_millis(50);
    let sat = Arc::new(AtomicUsize::new(0));
    let seats = {
        let sat = sat.clone();
        move |subscriber: Subscriber| {
            let sat = sat.clone();
            async move {
                let caller = subscriber.caller();
                if subscriber.param("roomId") == Some("locked") {
                    let roster = caller.realtime().channel(room("a")).presence().await.map_err(Denied::failed)?;
                    sat.fetch_add(roster.members.len(), Ordering::SeqCst);
                    return Err(Denied::forbidden());
                }
                let member = Member { name: "seated".into(), typing: None };
                caller.connection().set_presence(room("a"), member).await.map_err(Denied::failed)?;
                Ok(Accepted::new())
            }
        }
    };
    for under in [Under::Tidewire, Under::Axum] {
        let server = Server::start(under, builder().limits(limits).on_subscribe(seats.clone())).await;
        let query = "/realtime/events?channel=chat/a&channel=chat/locked";
        let answer = send(server.address, hyper::Method::GET, query, &[("authorization", b"ann")]).await;
        assert_eq!((answer.status().as_u16(), sat.swap(0, Ordering::SeqCst)), (403, 1));
        let gone = async {
            while !roster_of(&server, "a").await.members.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(gone).await;
    }
}
