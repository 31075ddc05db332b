//! Which pages may speak to the service: what a browser sends decides, before anything is opened.

use crate::support::{
    Carrier, Server, Under,
    client::{EventStream, get_with, send},
    link::{Link, Transport, post_with, socket_with},
    live,
};
use serde_json::{Value, json};
use tidewire::{BuildError, ConnectRequest, Denied, Grant, Realtime};
use tokio_tungstenite::tungstenite::Error;

const CARRIERS: [Carrier; 3] = [Carrier::Socket, Carrier::Body, Carrier::Axum];

/// Everything that a page can ask for, with these headers; the statuses.
async fn statuses(server: &Server, headers: &[(&str, &str)]) -> [u16; 4] {
    let address = server.address;
    let bytes: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let events = send(address, hyper::Method::GET, "/realtime/events?channel=chat/a", &bytes).await.status().as_u16();
    let history = send(address, hyper::Method::GET, "/realtime/history?channel=chat/a", &bytes).await.status().as_u16();
    let socket = match socket_with(address, "/realtime/socket?channel=chat/a", &["tidewire.v1"], headers).await {
        Ok(_) => 101,
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(other) => panic!("{other}"),
    };
    let body = json!({ "session": "0000000000000001.00000000000000000000000000000001", "frames": [] }).to_string();
    let (sent, answer) = post_with(address, "/realtime/send", headers, body).await;
    assert_eq!(answer["error"]["code"] == 4002, sent == 403, "{answer}");
    [events, history, socket, sent]
}

// Nobody has the session that is sent for, which is found out after everything else; another node is asked.
fn is_let_in(statuses: [u16; 4]) -> bool {
    statuses[..3] == [200, 200, 101] && matches!(statuses[3], 404 | 503)
}

fn authorized() -> tidewire::RealtimeBuilder {
    Realtime::builder(live::contract()).authorize(async |_: ConnectRequest| Ok::<_, Denied>(Grant::everything()))
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing_over_any_carrier() {
    for carrier in CARRIERS {
        for builder in [Realtime::builder(live::contract()).public(), authorized()] {
            let server = Server::carried(carrier, builder).await;
            for origin in ["https://evil.test", "null", "http://test.evil.test", "http://test@evil.test", "http://test:81", "test"] {
                let headers = [("origin", origin), ("authorization", "Bearer x")];
                assert_eq!(statuses(&server, &headers).await, [403; 4], "{origin} over {carrier:?}");
            }
        }
    }
}

#[tokio::test]
async fn pages_of_the_host_and_of_listed_origins_are_let_in() {
    let server = Server::start(Under::Tidewire, authorized().allow_origins(["https://app.test"])).await;
    // The requests of HTTP name the host `test`, the handshakes of WebSockets the address.
    let own = format!("http://{}", server.address);
    let socket = socket_with(server.address, "/realtime/socket", &[], &[("origin", &own)]).await;
    assert!(socket.is_ok());
    let (status, _) = get_with(server.address, "/realtime/history?channel=chat/a", &[("origin", b"http://test")]).await;
    assert_eq!(status, 200);
    for listed in ["https://app.test", "https://APP.test:443"] {
        assert!(is_let_in(statuses(&server, &[("origin", listed)]).await), "{listed}");
    }
    assert_eq!(statuses(&server, &[("origin", "http://app.test")]).await, [403; 4]);
    assert_eq!(statuses(&server, &[("origin", "https://app.test"), ("origin", "https://evil.test")]).await, [403; 4]);
}

#[tokio::test]
async fn without_an_origin_cookies_alone_are_not_enough() {
    let server = Server::start(Under::Tidewire, authorized()).await;
    assert_eq!(statuses(&server, &[("cookie", "session=1")]).await, [403; 4]);
    assert_eq!(statuses(&server, &[]).await, [403; 4]);
    assert_eq!(statuses(&server, &[("cookie", "session=1"), ("sec-fetch-site", "cross-site")]).await, [403; 4]);
    assert!(is_let_in(statuses(&server, &[("cookie", "session=1"), ("sec-fetch-site", "same-origin")]).await));
    assert!(is_let_in(statuses(&server, &[("authorization", "Bearer x")]).await));
    let public = Server::public(Under::Tidewire).await;
    assert!(is_let_in(statuses(&public, &[]).await), "where nobody is asked, nobody's name can be abused");
    assert_eq!(statuses(&public, &[("sec-fetch-site", "cross-site")]).await, [403; 4]);
}

#[tokio::test]
async fn the_refusal_comes_first_and_says_nothing_else() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = asked.clone();
    let builder = Realtime::builder(live::contract()).authorize(move |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async { Ok(Grant::everything()) }
    });
    let server = Server::start(Under::Tidewire, builder).await;
    let headers: [(&str, &[u8]); 1] = [("origin", b"https://evil.test")];
    for target in ["events?channel=nowhere", "events", "history?channel=%00", "socket?ids=9"] {
        let (status, body) = get_with(server.address, &format!("/realtime/{target}"), &headers).await;
        let expected =
            json!({ "error": { "code": 4002, "name": "denied", "message": "pages of this origin may not speak to this service" } });
        assert_eq!((status, body), (403, expected), "{target}");
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 0, "nobody is asked about a request that cannot be let in");
}

#[tokio::test]
async fn a_plain_event_source_of_the_own_page_is_let_in() {
    let server = Server::start(Under::Tidewire, authorized()).await;
    let headers: [(&str, &[u8]); 2] = [("accept", b"text/event-stream"), ("sec-fetch-site", b"same-origin")];
    let mut stream = EventStream::open_with(server.address, "channel=chat/a", &headers).await.welcomed().await;
    stream.expect("subscribed").await;
}

#[tokio::test]
async fn what_is_no_origin_cannot_be_listed() {
    for text in ["*", "example.com", "https://example.com/path", ""] {
        let built = Realtime::builder(live::contract()).public().allow_origins([text]).build().await;
        assert!(matches!(built, Err(BuildError::Limit { name: "allow_origins", .. })), "{text}");
    }
}

#[tokio::test]
async fn both_transports_speak_to_their_own_page() {
    let server = Server::start(Under::Tidewire, authorized().allow_origins(["http://page.test"])).await;
    for transport in crate::support::link::BOTH {
        let mut link = Link::open_with(transport, server.address, "", None, &[("origin", "http://page.test")]).await;
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await["type"], "ack", "{transport:?}");
        assert_eq!(link.expect("subscribed").await["channel"], Value::from("chat/a"));
        if transport == Transport::Sse {
            let body = json!({ "session": link.session, "frames": [] }).to_string();
            let (status, _) = post_with(server.address, "/realtime/send", &[("origin", "http://other.test")], body).await;
            assert_eq!(status, 403, "frames come from the own page, too");
        }
    }
}
