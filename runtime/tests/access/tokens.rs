//! Tokens and tickets at every door: which are taken, which are not, and what a client is told.

use std::time::Duration;

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with},
    link::{BOTH, Link, Transport, post_with, socket_with},
    live::{self, chat, message},
    outage::Outage,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use tidewire::{
    AnyChannel as _, BuildError, ConnectRequest, Denied, Grant, Limits, MemoryBroker, RateLimit, Realtime, RealtimeBuilder, Tokens,
};
use tokio_tungstenite::tungstenite::Error;

const SECRET: [u8; 32] = [7; 32];

fn tokens() -> Tokens {
    Tokens::new(SECRET).issuer("acme").audience("acme-live")
}

fn ann() -> Grant {
    Grant::user("ann").subscribe_and_publish(chat("a"))
}

fn token(grant: &Grant) -> String {
    tokens().sign(grant).unwrap().into_string()
}

fn ticket(grant: &Grant) -> String {
    tokens().sign_ticket(grant).unwrap().into_string()
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Who has the cookie of a user gets the user's grant.
async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    match request.headers().get("cookie").and_then(|value| value.to_str().ok()) {
        Some(user) => Ok(Grant::user(user).subscribe_and_publish(live::Chat::any())),
        None => Err(Denied::unauthenticated()),
    }
}

fn builder() -> RealtimeBuilder {
    Realtime::builder(live::contract()).tokens(tokens())
}

fn code(body: &Value) -> u64 {
    body["error"]["code"].as_u64().unwrap_or_default()
}

/// What each door answers to this token in the header, and to a WebSocket that has it among its sub-protocols.
async fn verdicts(server: &Server, token: &str) -> Vec<(u16, u64, String)> {
    let mut all = Vec::new();
    let header = bearer(token);
    for target in ["events?channel=chat/a", "events?ids=0", "history?channel=chat/a"] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &[("authorization", header.as_bytes())]).await;
        all.push((status, code(&body), body.to_string()));
    }
    let body = json!({ "session": "0000000000000001.00000000000000000000000000000001", "frames": [] }).to_string();
    let (status, body) = post_with(server.address, "/realtime/send", &[("authorization", header.as_str())], body).await;
    all.push((status, code(&body), body.to_string()));
    let protocol = format!("token.{token}");
    for (protocols, headers) in
        [(vec!["tidewire.v1"], vec![("authorization", header.as_str())]), (vec!["tidewire.v1", protocol.as_str()], vec![])]
    {
        all.push(refused_socket(server, "/realtime/socket", &protocols, &headers).await);
    }
    all
}

async fn refused_socket(server: &Server, target: &str, protocols: &[&str], headers: &[(&str, &str)]) -> (u16, u64, String) {
    match socket_with(server.address, target, protocols, headers).await {
        Err(Error::Http(answer)) => {
            let body: Value = serde_json::from_slice(&answer.body().clone().unwrap_or_default()).unwrap();
            (answer.status().as_u16(), code(&body), body.to_string())
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{protocols:?} came in"),
    }
}

/// Signs whatever is asked for, as somebody who has the secret can.
fn forge(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let mut hmac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap();
    hmac.update(message.as_bytes());
    format!("{message}.{}", encode(&hmac.finalize().into_bytes()))
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn claims() -> Value {
    json!({ "iss": "acme", "aud": "acme-live", "iat": now(), "exp": now() + 60, "sub": "ann", "grant": { "subscribe": "everything", "publish": "everything" } })
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn a_token_opens_every_door_and_its_grant_holds() {
    for carrier in [Carrier::Socket, Carrier::Body, Carrier::Axum] {
        let server = Server::carried(carrier, builder()).await;
        let token = bearer(&token(&ann()));
        let headers = [("authorization", token.as_str())];
        for transport in BOTH {
            let mut link = Link::open_with(transport, server.address, "channel=chat/a&channel=chat/b", None, &headers).await;
            let welcome = link.welcome.clone();
            assert_eq!(welcome["user"], "ann");
            let left = welcome["expires"].as_u64().unwrap() - welcome["time"].as_u64().unwrap();
            assert!((3_590_000..=3_600_000).contains(&left), "{welcome}");
            assert_eq!(link.expect("denied").await["channel"], "chat/b");
            assert_eq!(link.expect("subscribed").await["channel"], "chat/a");
            let publish =
                json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": "hi" } });
            assert_eq!(link.ask(publish).await["stored"], true);
            assert_eq!(link.expect("event").await["sender"], "ann", "{carrier:?} {transport:?}");
        }
        let (status, page) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", token.as_bytes())]).await;
        assert_eq!((status, page["events"].as_array().map(Vec::len)), (200, Some(2)));
        let (status, _) = get_with(server.address, "/realtime/history?channel=chat/b", &[("authorization", token.as_bytes())]).await;
        assert_eq!(status, 403);
    }
}

#[tokio::test]
async fn a_browsers_websocket_brings_its_token_among_the_sub_protocols() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let protocol = format!("token.{}", token(&ann()));
    let host = format!("http://{}", server.address);
    for headers in [vec![("origin", host.as_str())], vec![]] {
        let socket = socket_with(server.address, "/realtime/socket?channel=chat/a", &["tidewire.v1", &protocol], &headers).await;
        assert!(socket.is_ok(), "{headers:?}: {:?}", socket.err());
    }
    let foreign = [("origin", "https://evil.test")];
    let (status, code, _) = refused_socket(&server, "/realtime/socket", &["tidewire.v1", &protocol], &foreign).await;
    assert_eq!((status, code), (403, 4002), "a page of somebody else, whatever it knows");
}

#[tokio::test]
async fn what_is_forged_expired_or_for_somebody_else_is_refused_in_the_same_words() {
    let server = Server::start(Under::Tidewire, builder().authorize(decide)).await;
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let good = forge(&hs256, &claims(), &SECRET);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, body) = message.split_once('.').unwrap();
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let mut unsigned = claims();
    unsigned.as_object_mut().unwrap().remove("exp");
    let mut audienceless = claims();
    audienceless.as_object_mut().unwrap().remove("aud");
    let invalid = [
        ("another secret", forge(&hs256, &claims(), &[8; 32])),
        ("no secret", forge(&hs256, &claims(), b"")),
        ("alg none", format!("{}.{body}.", encode(r#"{"alg":"none"}"#))),
        ("alg none with a signature", format!("{}.{body}.{signature}", encode(r#"{"alg":"none"}"#))),
        ("signed, but alg none", forge(&json!({ "alg": "none" }), &claims(), &SECRET)),
        ("RS256 as HS256", forge(&json!({ "alg": "RS256" }), &claims(), &SECRET)),
        ("HS512", forge(&json!({ "alg": "HS512" }), &claims(), &SECRET)),
        ("changed claims", format!("{}.{}.{signature}", encode(&hs256.to_string()), encode(&changed("sub", json!("eve")).to_string()))),
        ("wrong audience", forge(&hs256, &changed("aud", json!("other")), &SECRET)),
        ("no audience", forge(&hs256, &audienceless, &SECRET)),
        ("wrong issuer", forge(&hs256, &changed("iss", json!("evil")), &SECRET)),
        ("no end", forge(&hs256, &unsigned, &SECRET)),
        ("not yet", forge(&hs256, &changed("nbf", json!(now() + 60)), &SECRET)),
        ("a number for a name", forge(&hs256, &changed("sub", json!(1)), &SECRET)),
        ("__proto__", forge(&hs256, &changed("grant", json!({ "__proto__": { "subscribe": "everything" }, "subscribe": [7] })), &SECRET)),
        ("a ticket", ticket(&ann())),
        ("huge", format!("{}.{}.{}", "a".repeat(4000), "b".repeat(4000), "c".repeat(4000))),
        ("malformed", "x".to_owned()),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
    ];
    let mut texts = std::collections::BTreeSet::new();
    for (what, token) in &invalid {
        let verdicts = if token.is_empty() { verdicts(&server, token).await[..5].to_vec() } else { verdicts(&server, token).await };
        for (status, code, body) in verdicts {
            assert_eq!((status, code), (401, 4016), "{what}: {body}");
            texts.insert(body);
        }
    }
    assert_eq!(texts.len(), 1, "no word of which check it was: {texts:?}");
    for claims in [changed("exp", json!(now())), changed("exp", json!(now() - 4)), changed("iat", json!(now() - 4000))] {
        for (status, code, body) in verdicts(&server, &forge(&hs256, &claims, &SECRET)).await {
            assert_eq!((status, code), (401, 4202), "no leeway at the end: {body}");
        }
    }
    // A cookie beside a bad token saves nothing.
    let header = bearer("x");
    let (status, _) =
        get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", header.as_bytes()), ("cookie", b"ann")]).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn without_a_token_the_service_is_asked_or_nobody_comes_in() {
    let server = Server::start(Under::Tidewire, builder()).await;
    for headers in [vec![("sec-fetch-site", b"same-origin".as_slice())], vec![("authorization", b"Basic eDp5".as_slice())]] {
        let (status, body) = get_with(server.address, "/realtime/history?channel=chat/a", &headers).await;
        assert_eq!((status, code(&body)), (401, 4001), "{body}");
    }
    let server = Server::start(Under::Tidewire, builder().authorize(decide)).await;
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", "bob")];
    let link = Link::open_with(Transport::Sse, server.address, "channel=chat/z", None, &headers).await;
    assert_eq!((&link.welcome["user"], &link.welcome["expires"]), (&json!("bob"), &Value::Null));
    let token = bearer(&token(&ann()));
    let headers = [("authorization", token.as_str()), ("cookie", "bob")];
    let link = Link::open_with(Transport::Sse, server.address, "", None, &headers).await;
    assert_eq!(link.welcome["user"], "ann", "a request with a token goes by it");
    let server = Server::start(Under::Tidewire, builder().public()).await;
    let link = Link::open(Transport::WebSocket, server.address, "channel=chat/z").await;
    assert_eq!(link.welcome["user"], Value::Null);
}

#[tokio::test]
async fn a_token_in_an_url_is_not_looked_at_and_a_ticket_in_a_header_is_refused() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let (token, ticket) = (token(&ann()), ticket(&ann()));
    let own = [("sec-fetch-site", b"same-origin".as_slice())];
    for (target, expected) in [
        (format!("events?channel=chat/a&token={token}"), (401, 4001)),
        (format!("events?channel=chat/a&access_token={token}"), (401, 4001)),
        (format!("events?channel=chat/a&ticket={token}"), (401, 4016)),
        (format!("history?channel=chat/a&ticket={ticket}"), (401, 4001)),
        ("events?channel=chat/a&ticket=".to_owned(), (401, 4016)),
    ] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &own).await;
        assert_eq!((status, code(&body)), expected, "{target:.40}: {body}");
    }
    let header = bearer(&ticket);
    let (status, body) = get_with(server.address, "/realtime/events?channel=chat/a", &[("authorization", header.as_bytes())]).await;
    assert_eq!((status, code(&body)), (401, 4016));
    // All of that has not used it up.
    EventStream::open(server.address, &format!("channel=chat/a&ticket={ticket}")).await.welcomed().await;
}

#[tokio::test]
async fn a_ticket_is_good_once_on_all_nodes() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, builder().broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, builder().broker(broker)).await;
    for again in [&here, &there] {
        let first = ticket(&ann());
        let mut stream = EventStream::open(here.address, &format!("channel=chat/a&ticket={first}")).await;
        let welcome = stream.expect("welcome").await;
        let left = welcome["expires"].as_u64().unwrap() - welcome["time"].as_u64().unwrap();
        assert!(welcome["user"] == "ann" && left > 3_500_000, "a ticket is for coming in, not for staying: {welcome}");
        stream.expect("subscribed").await;
        let (status, body) = get_with(again.address, &format!("/realtime/events?channel=chat/a&ticket={first}"), &[]).await;
        assert_eq!((status, code(&body)), (401, 4016), "{body}");
        let (status, code, _) = refused_socket(again, &format!("/realtime/socket?ticket={first}"), &[], &[]).await;
        assert_eq!((status, code), (401, 4016));

        let second = ticket(&ann());
        socket_with(again.address, &format!("/realtime/socket?channel=chat/a&ticket={second}"), &[], &[]).await.unwrap();
        let (status, _) = get_with(here.address, &format!("/realtime/events?channel=chat/a&ticket={second}"), &[]).await;
        assert_eq!(status, 401);
    }
    // Many at once: one of them comes in.
    let contested = ticket(&ann());
    let target = format!("/realtime/socket?ticket={contested}");
    let attempts = (0..20).map(|at| socket_with(if at % 2 == 0 { here.address } else { there.address }, &target, &[], &[]));
    let came_in = futures_util::future::join_all(attempts).await.iter().filter(|attempt| attempt.is_ok()).count();
    assert_eq!(came_in, 1);
}

#[tokio::test]
async fn a_ticket_that_cannot_be_looked_up_opens_nothing() {
    let broker = Outage::new(MemoryBroker::new());
    let mut limits = Limits::default();
    limits.broker_timeout = Duration::from_millis(200);
    let server = Server::start(Under::Tidewire, builder().limits(limits).broker(broker.clone())).await;
    broker.go_down();
    let target = format!("/realtime/events?ids=0&ticket={}", ticket(&ann()));
    let (status, body) = get_with(server.address, &target, &[]).await;
    assert_eq!((status, code(&body)), (503, 4101), "{body}");
    let token = bearer(&token(&ann()));
    let headers = [("authorization", token.as_str())];
    Link::open_with(Transport::Sse, server.address, "channel=chat/a", None, &headers).await;
}

#[tokio::test]
async fn the_auth_route_signs_what_authorize_grants() {
    let server = Server::start(Under::Tidewire, builder().authorize(decide)).await;
    let own = [("sec-fetch-site", "same-origin"), ("cookie", "ann")];
    for body in ["", "{}", r#"{"ticket":false}"#] {
        let (status, answer) = post_with(server.address, "/realtime/auth", &own, body).await;
        assert_eq!(status, 200, "{answer}");
        let expires = answer["expires"].as_u64().unwrap() / 1000;
        assert!((now() + 3590..=now() + 3600).contains(&expires));
        let token = bearer(answer["token"].as_str().unwrap());
        let link = Link::open_with(Transport::WebSocket, server.address, "channel=chat/q", None, &[("authorization", &token)]).await;
        assert_eq!(link.welcome["user"], "ann");
        let (status, answer) = post_with(server.address, "/realtime/auth", &[("authorization", &token)], "").await;
        assert_eq!((status, code(&answer)), (401, 4001), "a token does not renew itself");
    }
    let (status, answer) = post_with(server.address, "/realtime/auth", &own, r#"{"ticket":true}"#).await;
    assert!(status == 200 && answer["expires"].as_u64().unwrap() / 1000 <= now() + 30, "{answer}");
    let target = format!("/realtime/socket?ticket={}", answer["token"].as_str().unwrap());
    socket_with(server.address, &target, &[], &[]).await.unwrap();

    let foreign = [("origin", "https://evil.test"), ("cookie", "ann")];
    for (headers, body, expected) in [
        (&own[..1], "", (401, 4001)),
        (&foreign[..], "", (403, 4002)),
        (&own[1..], "", (403, 4002)),
        (&own[..], r#"{"ticket":"yes"}"#, (400, 4000)),
        (&own[..], "[]", (400, 4000)),
        (&own[..], "{", (400, 4000)),
        (&own[..], &" ".repeat(2000), (413, 4010)),
    ] {
        let (status, answer) = post_with(server.address, "/realtime/auth", headers, body.to_owned()).await;
        assert_eq!((status, code(&answer)), expected, "{headers:?} {body:.20}: {answer}");
    }
    for incomplete in [builder(), Realtime::builder(live::contract()).authorize(decide), Realtime::builder(live::contract()).public()] {
        let server = Server::start(Under::Tidewire, incomplete).await;
        let (status, answer) = post_with(server.address, "/realtime/auth", &own, "").await;
        assert_eq!((status, code(&answer)), (404, 4011), "{answer}");
    }
}

#[tokio::test]
async fn what_tokens_are_made_with_must_be_complete() {
    for tokens in [
        Tokens::new("short").issuer("a").audience("b"),
        Tokens::new(SECRET).audience("b"),
        Tokens::new(SECRET).issuer("a"),
        Tokens::new(SECRET).issuer("a").audience("b").lifetime(Duration::ZERO),
    ] {
        let built = Realtime::builder(live::contract()).tokens(tokens).build().await;
        assert!(matches!(built, Err(BuildError::Tokens { .. })), "{built:?}");
    }
}

#[tokio::test]
async fn a_secret_is_changed_while_clients_come_and_go() {
    let rotated = Tokens::new([9; 32]).also_read(SECRET).issuer("acme").audience("acme-live");
    let server = Server::start(Under::Tidewire, Realtime::builder(live::contract()).tokens(rotated.clone())).await;
    for token in [token(&ann()), rotated.sign(&ann()).unwrap().into_string()] {
        let header = bearer(&token);
        let (status, _) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", header.as_bytes())]).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn a_user_has_so_many_connections_and_who_comes_back_is_let_in() {
    let mut limits = Limits::default();
    limits.connections_per_user = 3;
    let server = Server::start(Under::Tidewire, builder().limits(limits)).await;
    let (header, other) = (bearer(&token(&ann())), bearer(&token(&Grant::user("bob"))));
    for transport in BOTH {
        let mut links = Vec::new();
        for _ in 0..3 {
            links.push(Link::open_with(transport, server.address, "", None, &[("authorization", &header)]).await);
        }
        let (status, body) = get_with(server.address, "/realtime/events?ids=0", &[("authorization", header.as_bytes())]).await;
        assert_eq!((status, code(&body)), (429, 4103), "{body}");
        assert!(body["error"]["retryAfter"].as_u64().unwrap() >= 5000);
        let (status, code, _) = refused_socket(&server, "/realtime/socket", &[], &[("authorization", &header)]).await;
        assert_eq!((status, code), (429, 4103));
        Link::open_with(transport, server.address, "", None, &[("authorization", &other)]).await;
        let session = links[0].session.clone();
        let again = Link::open_with(transport, server.address, "", Some(&session), &[("authorization", &header)]).await;
        assert_eq!(again.connection, links[0].connection, "in the place of the older one");
        drop((links, again));
        // Their places are free again, all of them.
        for _ in 0..3 {
            crate::support::within(async {
                while let Err(_full) = socket_with(server.address, "/realtime/socket", &[], &[("authorization", &header)]).await {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_user_publishes_so_much_over_all_connections() {
    let mut limits = Limits::default();
    limits.user_publish_rate = RateLimit { per_second: 1, burst: 4 };
    let server = Server::start(Under::Tidewire, builder().limits(limits)).await;
    let publish = json!({ "type": "publish", "channel": "chat/a", "event": "message.sent", "data": { "author": "x", "text": "hi" } });
    let header = bearer(&token(&ann()));
    let mut links = Vec::new();
    for transport in [Transport::Sse, Transport::WebSocket, Transport::Sse] {
        links.push(Link::open_with(transport, server.address, "", None, &[("authorization", &header)]).await);
    }
    let mut refused = 0;
    for at in 0..9 {
        let answer = links[at % 3].ask(publish.clone()).await;
        refused += u32::from(code(&answer) == 4103 && answer["error"]["retryAfter"].as_u64().unwrap() > 0);
    }
    assert!((3..=5).contains(&refused), "{refused}");
    let bob = bearer(&token(&Grant::user("bob").publish("chat/{roomId}")));
    let mut bob = Link::open_with(Transport::WebSocket, server.address, "", None, &[("authorization", &bob)]).await;
    assert_eq!(bob.ask(publish).await["stored"], true, "others are not affected");
}

#[tokio::test]
async fn one_address_cannot_make_the_service_decide_for_ever() {
    let mut limits = Limits::default();
    limits.authorize_rate = RateLimit { per_second: 1, burst: 6 };
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = asked.clone();
    let counting = builder().limits(limits).authorize(move |_: ConnectRequest| {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async { Err::<Grant, _>(Denied::unauthenticated()) }
    });
    let server = Server::start_for(Under::Tidewire, counting, "203.0.113.7").await;
    let own = [("sec-fetch-site", "same-origin")];
    let body = json!({ "session": "0000000000000001.00000000000000000000000000000001", "frames": [] }).to_string();
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(code(&get_with(server.address, "/realtime/history?channel=chat/a", &[("sec-fetch-site", b"same-origin")]).await.1));
        codes.push(code(&post_with(server.address, "/realtime/send", &own, body.clone()).await.1));
        codes.push(code(&post_with(server.address, "/realtime/auth", &own, "").await.1));
    }
    let (refused, limited) = (codes.iter().filter(|code| **code == 4001).count(), codes.iter().filter(|code| **code == 4103).count());
    assert_eq!((refused + limited, asked.load(std::sync::atomic::Ordering::SeqCst)), (15, refused), "{codes:?}");
    assert!((6..=8).contains(&refused), "{codes:?}");
    // Tokens cost the service nothing.
    let header = bearer(&token(&ann()));
    for _ in 0..20 {
        let (status, _) = get_with(server.address, "/realtime/history?channel=chat/a", &[("authorization", header.as_bytes())]).await;
        assert_eq!(status, 200);
    }
    server.realtime.channel(chat("a")).publish(message("still here")).await.unwrap();
}

#[tokio::test]
async fn who_was_revoked_is_not_let_in_whatever_the_token_says() {
    let server = Server::start(Under::Tidewire, builder()).await;
    let header = bearer(&token(&ann()));
    let mut link = Link::open_with(Transport::WebSocket, server.address, "channel=chat/a", None, &[("authorization", &header)]).await;
    link.expect("subscribed").await;
    server.realtime.revoke_user("ann").await.unwrap();
    assert_eq!(link.expect("revoked").await["channel"], Value::Null);
    assert_eq!(code(&link.expect("error").await), 4015);
    for (status, code, body) in verdicts(&server, &token(&ann())).await {
        assert_eq!((status, code), (403, 4015), "{body}");
    }
    let spared = ticket(&ann());
    let target = format!("/realtime/socket?ticket={spared}");
    let (status, code, _) = refused_socket(&server, &target, &[], &[]).await;
    assert_eq!((status, code), (403, 4015));
    let bob = bearer(&token(&Grant::user("bob").subscribe("chat/a")));
    Link::open_with(Transport::Sse, server.address, "channel=chat/a", None, &[("authorization", &bob)]).await.expect("subscribed").await;
}
