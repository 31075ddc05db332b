//! Middleware that looks at connects: it answers in its own way, changes grants and names, and nobody gets past it with another token.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::{IntoResponse, Redirect};
use serde_json::json;
use tidewire::{ConnectRequest, Denied, Grant, Limits, Middleware, Realtime, Tokens, TurnedAway};
use tokio_tungstenite::tungstenite::Error;

use super::hooks::{Failing, Log, authorized, code, link, open, publish, take};
use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with, send},
    link::{BOTH, Link, Transport, post_with, socket_with},
    live::{self},
};

#[tokio::test]
async fn a_connect_hook_that_fails_is_a_refusal_that_says_nothing() {
    let mut limits = Limits::default();
    limits.hook_timeout = Duration::from_millis(50);
    let server = Server::start(Under::Tidewire, open().limits(limits).middleware(Failing)).await;
    for user in ["panic", "broken", "hang"] {
        for target in ["events?channel=chat/a", "events?ids=0", "history?channel=chat/a"] {
            let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[("authorization", user.as_bytes())]).await;
            assert_eq!((status, body["error"]["code"].as_u64()), (500, Some(4100)), "{user}: {body}");
            assert!(!["secret", "hunter2", "panic"].iter().any(|word| body.to_string().contains(word)), "{body}");
        }
        let socket = socket_with(server.address, "/realtime/socket", &[], &[("authorization", user)]).await;
        assert!(matches!(socket, Err(Error::Http(answer)) if answer.status() == 500), "{user}");
        let headers: [(&str, &[u8]); 2] = [("authorization", user.as_bytes()), ("accept", b"text/event-stream")];
        let mut stream = EventStream::open_with(server.address, "channel=chat/a", &headers).await.welcomed().await;
        assert_eq!(stream.expect("error").await["error"]["code"], 4100, "a browser is told to come again");
    }
    Link::open(Transport::Sse, server.address, "channel=chat/a").await.expect("subscribed").await;
}

/// Sends strangers to the sign-in page, answers others in JSON, takes rights away, and gives a name.
struct Door(Arc<AtomicUsize>);

impl Middleware for Door {
    async fn connect(&self, request: &ConnectRequest, grant: &mut Grant) -> Result<(), TurnedAway> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match grant.user_id() {
            Some("stranger") => Err(Redirect::temporary("/sign-in").into_response().into()),
            Some("odd") => Err(axum::Json(json!({ "see": request.channels() })).into_response().into()),
            Some("banned") => Err(Denied::forbidden().message("you were asked to leave").into()),
            Some("reader") => {
                *grant = Grant::user("reader").subscribe("chat/a");
                Ok(())
            }
            Some("alias") => {
                *grant = grant.clone().for_user("real");
                Ok(())
            }
            Some("flawed") => {
                *grant = Grant::user("x").subscribe("no/such/{channel}");
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_connect_hook_answers_in_its_own_way_and_changes_grants() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        let calls = Arc::new(AtomicUsize::new(0));
        let server = Server::carried(carrier, authorized().middleware(Door(calls.clone()))).await;
        for target in ["events?channel=chat/a", "events?ids=0", "history?channel=chat/a"] {
            let target = format!("/realtime/{target}");
            let answer = send(server.address, hyper::Method::GET, &target, &[("authorization", b"stranger")]).await;
            assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (307, "/sign-in"));
        }
        let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", &[("authorization", b"odd")]).await;
        assert_eq!((status, body), (200, json!({ "see": ["chat/a"] })));
        let socket = socket_with(server.address, "/realtime/socket?channel=chat/a", &[], &[("authorization", "stranger")]).await;
        assert!(matches!(socket, Err(Error::Http(answer)) if answer.status() == 307 && answer.headers()["location"] == "/sign-in"));
        let (status, body) = get_with(server.address, "/realtime/events?ids=0", &[("authorization", b"banned")]).await;
        assert_eq!((status, &body["error"]["message"]), (403, &json!("you were asked to leave")));
        let (status, body) = get_with(server.address, "/realtime/events?ids=0", &[("authorization", b"flawed")]).await;
        assert_eq!((status, body.to_string().contains("no/such")), (500, false), "{body}");
        for transport in BOTH {
            let mut reader = link(transport, &server, "channel=chat/b&channel=chat/a", "reader").await;
            assert_eq!(reader.expect("denied").await["channel"], "chat/b");
            reader.expect("subscribed").await;
            assert_eq!(code(&reader.ask(publish("x")).await), ("error", 4002), "the right that a hook took away is gone");
            let mut alias = link(transport, &server, "", "alias").await;
            assert_eq!(alias.ask(publish("x")).await["stored"], true);
            assert_eq!(reader.expect("event").await["sender"], "real");
        }
        let (status, _) = get_with(server.address, "/realtime/history?channel=chat/b", &[("authorization", b"reader")]).await;
        assert_eq!(status, 403, "nor is it there for the history");
        let before = calls.load(Ordering::SeqCst);
        let (status, _) = get_with(server.address, "/realtime/events?channel=chat/a", &[("origin", b"http://test")]).await;
        assert_eq!((status, calls.load(Ordering::SeqCst)), (401, before), "who is not let in is not looked at");
        let headers = [("authorization", "x"), ("origin", "https://evil.test")];
        let (status, _) = post_with(server.address, "/realtime/send", &headers, "{}").await;
        assert_eq!((status, calls.load(Ordering::SeqCst)), (403, before));
    }
}

/// Lets nobody from outside publish, whatever a grant says, and forgets that grants end.
struct ReadOnly(Log);

impl Middleware for ReadOnly {
    async fn connect(&self, request: &ConnectRequest, grant: &mut Grant) -> Result<(), TurnedAway> {
        self.0.lock().unwrap().push(request.headers()["authorization"].to_str().unwrap().to_owned());
        assert!(matches!(request.uri().path(), "/events" | "/socket" | "/send"));
        if request.headers().contains_key("x-outside") && request.peer().is_some() {
            let user = grant.user_id().unwrap_or_default().to_owned();
            *grant = Grant::user(user).subscribe("chat/{roomId}");
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_newer_token_does_not_rid_a_client_of_hooks() {
    let tokens = || Tokens::new([7; 32]).issuer("acme").audience("acme-live");
    let log = Log::default();
    let server =
        Server::start(Under::Tidewire, Realtime::builder(live::contract()).tokens(tokens()).middleware(ReadOnly(log.clone()))).await;
    let token = tokens().sign(&Grant::everything().for_user("ann")).unwrap().into_string();
    let newer = tokens().sign(&Grant::user("ann").subscribe_and_publish("chat/{roomId}")).unwrap().into_string();
    for transport in BOTH {
        let headers = [("authorization", &*format!("Bearer {token}")), ("x-outside", "1")];
        let mut ann = Link::open_with(transport, server.address, "channel=chat/a", None, &headers).await;
        ann.expect("subscribed").await;
        assert_eq!(code(&ann.ask(publish("x")).await), ("error", 4002));
        assert_eq!(ann.ask(json!({ "type": "auth", "token": newer })).await["type"], "ack");
        assert_eq!(take(&log).last().unwrap(), &format!("Bearer {newer}"));
        let grant = ann.expect("grant").await;
        assert!(grant["expires"].is_u64(), "the end of the token stays: {grant}");
        assert_eq!(code(&ann.ask(publish("x")).await), ("error", 4002), "{transport:?}");
    }
}

/// Gives everybody who comes another name.
struct Alias(&'static str);

impl Middleware for Alias {
    async fn connect(&self, _: &ConnectRequest, grant: &mut Grant) -> Result<(), TurnedAway> {
        *grant = grant.clone().for_user(self.0);
        Ok(())
    }
}

#[tokio::test]
async fn who_comes_in_under_another_name_is_still_revoked_under_it() {
    let server = Server::start(Under::Tidewire, authorized().middleware(Alias("ann"))).await;
    Link::open_with(Transport::Sse, server.address, "channel=chat/a", None, &[("authorization", "x")]).await.expect("subscribed").await;
    server.realtime.revoke_user("ann").await.unwrap();
    for target in ["events?ids=0", "history?channel=chat/a"] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[("authorization", b"x")]).await;
        assert_eq!((status, body["error"]["code"].as_u64()), (403, Some(4015)), "{target}");
    }
}
