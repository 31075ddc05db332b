//! A client over a pipe in memory: attached by the service, with the promises of every other transport.

use crate::support::{
    eventually,
    live::{self, chat, message},
    services, within,
};
use axum::http::{Request, request::Parts};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tidewire::{
    Accepted, AttachError, CallFailed, Caller, ConnectRequest, Connecting, Denied, DisconnectReason, Grant, History, Limits, Realtime,
    RealtimeBuilder, Uplink, WireCode,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};

async fn public() -> Realtime {
    Realtime::builder(live::contract()).public().build().await.unwrap()
}

fn asking(query: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers.iter().fold(Request::get(format!("/?{query}")), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

/// One end of the pipe.
struct Client {
    frames: UnboundedReceiver<Value>,
    uplink: Uplink,
    carrying: JoinHandle<()>,
    session: String,
    connection: String,
}

impl Client {
    async fn open(realtime: &Realtime, query: &str, headers: &[(&str, &str)]) -> Result<Self, AttachError> {
        let mut attached = realtime.attach(&asking(query, headers)).await?;
        let (uplink, id) = (attached.uplink(), attached.id());
        let (pipe, frames) = unbounded_channel();
        let carrying = tokio::spawn(async move {
            while let Some(frame) = attached.next().await {
                if pipe.send(serde_json::from_slice(&frame).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut client = Self { frames, uplink, carrying, session: String::new(), connection: id.to_string() };
        let welcome = client.expect("welcome").await;
        assert_eq!(welcome["connection"], client.connection);
        welcome["session"].as_str().unwrap().clone_into(&mut client.session);
        Ok(client)
    }

    async fn frame(&mut self) -> Value {
        within(self.frames.recv()).await.expect("the connection ended")
    }

    async fn expect(&mut self, kind: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.expect("event").await["data"]["text"].as_str().unwrap().to_owned());
        }
        texts
    }

    async fn say(&self, frame: Value) {
        within(self.uplink.take(frame.to_string())).await.unwrap();
    }

    fn hang_up(self) -> String {
        self.carrying.abort();
        self.session
    }
}

#[tokio::test]
async fn it_subscribes_publishes_and_resumes_like_any_other() {
    let realtime = public().await;
    let mut client = Client::open(&realtime, "channel=chat/a", &[]).await.unwrap();
    let cursor = client.expect("subscribed").await["cursor"].as_str().unwrap().to_owned();
    client
        .say(json!({ "type": "publish", "ref": 1, "channel": "chat/a", "event": "message.sent", "data": { "author": "a", "text": "one" } }))
        .await;
    let mut both = [client.frame().await, client.frame().await];
    both.sort_by_key(|frame| frame["type"].to_string());
    assert_eq!((&both[0]["stored"], &both[1]["data"]["text"]), (&json!(true), &json!("one")));
    client.say(json!({ "type": "subscribe", "ref": 2, "channel": "chat/b" })).await;
    assert_eq!(client.expect("ack").await["ref"], 2, "the answer comes before the outcome");
    assert_eq!(client.expect("subscribed").await["ref"], 2);
    client.say(json!({ "type": "unsubscribe", "ref": 3, "channel": "chat/b" })).await;
    assert_eq!((client.frame().await["type"].clone(), client.frame().await["type"].clone()), (json!("ack"), json!("unsubscribed")));
    let session = client.hang_up();
    for number in 0..100 {
        realtime.channel(chat("a")).publish(message(number.to_string())).await.unwrap();
    }
    let query = format!("channel=chat/a&lastEventId={cursor}");
    let mut back = Client::open(&realtime, &query, &[("tidewire-session", &session)]).await.unwrap();
    assert_eq!(back.expect("subscribed").await["outcome"], "resumed");
    let expected: Vec<String> = std::iter::once("one".to_owned()).chain((0..100).map(|number| number.to_string())).collect();
    assert_eq!(back.texts(101).await, expected);
    let mut lost = Client::open(&realtime, "channel=chat/a&lastEventId=00000000000000ff.1.2-3", &[]).await.unwrap();
    assert_eq!(lost.expect("gap").await["reason"], "epoch");
}

#[tokio::test]
async fn a_client_that_takes_nothing_falls_behind_and_is_told_so() {
    let mut limits = Limits::default();
    limits.ring_events = 16;
    limits.replay_events = 10;
    let realtime = Realtime::builder(live::contract()).public().limits(limits).build().await.unwrap();
    let mut attached = realtime.attach(&asking("channel=chat/a", &[])).await.unwrap();
    let read = async |attached: &mut tidewire::Attached| serde_json::from_slice::<Value>(&within(attached.next()).await.unwrap()).unwrap();
    assert_eq!(read(&mut attached).await["type"], "welcome");
    assert_eq!(read(&mut attached).await["type"], "subscribed");
    for number in 0..500 {
        realtime.channel(chat("a")).publish(message(number.to_string())).await.unwrap();
    }
    let (mut next, mut gaps) = (0, 0);
    while next < 500 {
        let frame = read(&mut attached).await;
        match frame["type"].as_str().unwrap() {
            "event" => {
                assert_eq!(frame["data"]["text"], next.to_string(), "a hole that nobody told of");
                next += 1;
            }
            "gap" => {
                gaps += 1;
                next += frame["missed"].as_u64().unwrap();
            }
            other => panic!("{other}"),
        }
    }
    assert!(gaps > 0);
}

#[tokio::test]
async fn what_is_no_frame_is_answered_and_ends_it_in_the_end() {
    let realtime = public().await;
    let mut client = Client::open(&realtime, "", &[]).await.unwrap();
    client.say(json!({ "type": "dance", "ref": 1 })).await;
    assert_eq!(client.expect("error").await["ref"], 1);
    client.say(json!({ "type": "pong", "text": "x".repeat(70_000) })).await;
    assert_eq!(client.expect("error").await["error"]["name"], "too_large");
    for _ in 0..10 {
        within(client.uplink.take("{")).await.unwrap();
        assert_eq!(client.expect("error").await["ref"], Value::Null);
    }
    within(client.uplink.take("{")).await.unwrap();
    let last = client.expect("error").await;
    assert!(last.get("ref").is_none(), "{last}");
    assert_eq!(within(client.frames.recv()).await, None);
    assert!(within(client.uplink.take("{}")).await.is_err());
}

async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    match request.headers().get("authorization").and_then(|value| value.to_str().ok()) {
        Some(user) => Ok(Grant::user(user).subscribe("chat/a")),
        None => Err(Denied::unauthenticated()),
    }
}

#[tokio::test]
async fn who_may_not_come_in_does_not() {
    let realtime = Realtime::builder(live::contract()).authorize(decide).build().await.unwrap();
    let refused = async |query: &str, headers: &[(&str, &str)]| Client::open(&realtime, query, headers).await.err().unwrap().code();
    assert_eq!(refused("", &[]).await, WireCode::Unauthenticated);
    let foreign = [("authorization", "ann"), ("origin", "https://evil.test"), ("host", "example.com")];
    assert_eq!(refused("", &foreign).await, WireCode::Denied);
    assert_eq!(refused("channel=a&channel=a", &[("authorization", "ann")]).await, WireCode::BadRequest);
    let mut client = Client::open(&realtime, "channel=chat/a&channel=chat/b", &[("authorization", "ann")]).await.unwrap();
    assert_eq!(client.expect("denied").await["channel"], "chat/b");
    assert_eq!(client.expect("subscribed").await["channel"], "chat/a");
    realtime.connection(client.connection.parse().unwrap()).set_grant(Grant::user("ann")).await.unwrap();
    assert_eq!(client.expect("denied").await["channel"], "chat/a");
    assert!(realtime.channel(chat("a")).history(History::latest(1)).await.unwrap().events.is_empty());
}

fn with_everything() -> RealtimeBuilder {
    Realtime::builder(services::live::contract())
        .public()
        .on_connect(|connecting: Connecting| async move {
            let hello: services::live::Hello = connecting.opening().unwrap();
            Ok(Accepted::new()
                .greeting(services::live::Greeting { text: hello.device.unwrap_or_default() })
                .subscribe(services::chat("given")))
        })
        .on_call(|request: services::live::BoardRename, _: Caller| async move { Ok(services::live::Renamed { name: request.name }) })
}

#[tokio::test]
async fn calls_greetings_and_given_channels_come_this_way_too_and_the_end_is_told() {
    let (told, mut ended) = unbounded_channel();
    let service = with_everything().on_disconnect(move |caller: Caller, reason: DisconnectReason| {
        let _ = told.send((caller.id().to_string(), reason));
        async {}
    });
    let realtime = service.build().await.unwrap();
    let mut attached = realtime.attach(&asking("opening=%7B%22device%22:%22pipe%22%7D", &[])).await.unwrap();
    let first: Value = serde_json::from_slice(&within(attached.next()).await.unwrap()).unwrap();
    assert_eq!(first["greeting"], json!({ "text": "pipe" }));
    drop(attached);
    ended.recv().await.unwrap();
    let mut client = Client::open(&realtime, "", &[]).await.unwrap();
    assert_eq!(client.expect("subscribed").await["by"], "server");
    client.say(json!({ "type": "call", "ref": 1, "call": "board.rename", "data": { "name": "x" } })).await;
    client.expect("ack").await;
    assert_eq!(client.expect("reply").await["data"], json!({ "name": "x" }));
    let connection = realtime.connection(client.connection.parse().unwrap());
    let asking = tokio::spawn(connection.call(services::live::Confirm { question: "sure?".into() }).into_future());
    let id = client.expect("call").await["id"].clone();
    client.say(json!({ "type": "reply", "id": id, "data": { "yes": true } })).await;
    assert!(within(asking).await.unwrap().unwrap().yes);
    client.expect("ack").await;
    let asking = tokio::spawn(connection.call(services::live::Reload).into_future());
    client.expect("call").await;
    let id = client.connection.clone();
    client.hang_up();
    assert!(matches!(within(asking).await.unwrap(), Err(CallFailed::NotConnected)));
    assert_eq!(within(ended.recv()).await.unwrap(), (id, DisconnectReason::Client));
}

#[tokio::test]
async fn a_service_that_stops_sends_its_clients_away() {
    let realtime = public().await;
    let mut client = Client::open(&realtime, "", &[]).await.unwrap();
    realtime.shutdown();
    client.expect("reconnect").await;
    assert_eq!(within(client.frames.recv()).await, None);
    assert_eq!(Client::open(&realtime, "", &[]).await.err().unwrap().code(), WireCode::ShuttingDown);
    eventually("nothing is left", || client.carrying.is_finished()).await;
}
