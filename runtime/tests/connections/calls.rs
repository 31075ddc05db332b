//! Calls of clients that the service answers: over each transport, from any node, and whatever a client makes up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    Server, Under, eventually,
    link::{BOTH, Link, Transport, post},
    services::live,
};
use serde_json::{Value, json};
use tidewire::{BuildError, CallError, Caller, Limits, MemoryBroker, RateLimit, Realtime, RealtimeBuilder};
use tokio::sync::Semaphore;

/// What the handlers share with a test.
#[derive(Clone)]
struct Stage {
    // Calls that wait go on with these.
    gate: Arc<Semaphore>,
    running: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn stage() -> Stage {
    Stage { gate: Arc::new(Semaphore::new(0)), running: Arc::default() }
}

fn service(stage: &Stage) -> RealtimeBuilder {
    let stage = stage.clone();
    Realtime::builder(live::contract())
        .public()
        .on_call(|request: live::BoardRename, _: Caller| async move {
            match request.name.as_str() {
                "taken" => Err(CallError::refused("this name is taken")),
                "broken" => Err(CallError::failed("password=hunter2").message("try again later")),
                "too long" => Ok(live::Renamed { name: "x".repeat(81) }),
                _ => Ok(live::Renamed { name: request.name }),
            }
        })
        .on_call(move |_: live::Wait, _: Caller| {
            let stage = stage.clone();
            async move {
                stage.running.fetch_add(1, Ordering::SeqCst);
                let _running = Running(stage.running);
                stage.gate.acquire().await.unwrap().forget();
                Ok(())
            }
        })
        .on_call(|request: live::Fail, _: Caller| async move {
            assert!(request.how != "panic", "secret text of the service");
            Ok(live::Renamed { name: request.how })
        })
        .on_call(|_: live::Reload, caller: Caller| async move {
            caller.set_state(live::Session { device: "x".into(), calls: 1 }).map_err(CallError::failed)
        })
}

async fn serve(stage: &Stage) -> Server {
    Server::start(Under::Tidewire, service(stage)).await
}

fn rename(reference: u64, name: &str) -> Value {
    json!({ "type": "call", "ref": reference, "call": "board.rename", "data": { "name": name } })
}

/// Makes a call with a reference of its own, and answers its reply, which comes on the stream.
async fn call(link: &mut Link, frame: Value) -> Value {
    let ack = link.ask(frame).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let reply = link.expect("reply").await;
    assert_eq!(reply["ref"], ack["ref"]);
    reply
}

async fn refusal(link: &mut Link, frame: Value) -> String {
    let error = link.ask(frame.clone()).await;
    assert_eq!(error["type"], "error", "{frame}: {error}");
    error["error"]["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_is_taken_and_answered_on_the_stream() {
    for under in [Under::Tidewire, Under::Axum] {
        for transport in BOTH {
            let server = Server::start(under, service(&stage())).await;
            let mut link = Link::open(transport, server.address, "").await;
            let reply = call(&mut link, rename(0, "new")).await;
            assert_eq!(reply["data"], json!({ "name": "new" }), "{transport:?}");
            let reply = call(&mut link, json!({ "type": "call", "call": "page.reload" })).await;
            assert!(reply.get("data").is_none() && reply.get("error").is_none(), "{reply}");
        }
    }
}

#[tokio::test]
async fn any_node_takes_it_and_the_one_of_the_session_answers() {
    let broker = MemoryBroker::new();
    let here = Server::start(Under::Tidewire, service(&stage()).broker(broker.clone())).await;
    let there = Server::start(Under::Tidewire, service(&stage()).broker(broker)).await;
    for transport in BOTH {
        let mut link = Link::open(transport, here.address, "").await;
        assert_eq!(link.send_from(there.address, rename(7, "new")).await, json!({ "type": "ack", "ref": 7 }));
        let reply = link.expect("reply").await;
        assert_eq!(reply, json!({ "type": "reply", "ref": 7, "data": { "name": "new" } }));
    }
}

#[tokio::test]
async fn what_goes_wrong_has_a_code_and_tells_nothing_else() {
    for transport in BOTH {
        let server = serve(&stage()).await;
        let mut link = Link::open(transport, server.address, "").await;
        let error = async |link: &mut Link, frame| call(link, frame).await["error"].clone();
        assert_eq!(
            error(&mut link, rename(0, "taken")).await,
            json!({ "code": 4018, "name": "call_failed", "message": "this name is taken" })
        );
        assert_eq!(error(&mut link, rename(0, "broken")).await, json!({ "code": 4100, "name": "internal", "message": "try again later" }));
        for frame in [rename(0, "too long"), json!({ "type": "call", "call": "board.fail", "data": { "how": "panic" } })] {
            assert_eq!(
                error(&mut link, frame).await,
                json!({ "code": 4100, "name": "internal", "message": "the call could not be answered" })
            );
        }
        assert_eq!(call(&mut link, rename(0, "fine")).await["data"]["name"], "fine", "a panic ends nothing");
    }
}

#[tokio::test]
async fn what_a_client_makes_up_is_refused() {
    for transport in BOTH {
        let server = serve(&stage()).await;
        let mut link = Link::open(transport, server.address, "").await;
        let named = |name: &str| json!({ "type": "call", "call": name });
        for (frame, expected) in [
            (json!({ "type": "call" }), "bad_request"),
            (json!({ "type": "call", "call": 1 }), "bad_request"),
            (named("board rename"), "bad_request"),
            (named(""), "bad_request"),
            (named("__proto__"), "bad_request"),
            (named("constructor"), "bad_request"),
            (named("board.renam"), "unknown_call"),
            (named("nobody.answers"), "unknown_call"),
            (named("confirm"), "denied"),
            (named("board.rename"), "invalid_payload"),
            (json!({ "type": "call", "call": "board.rename", "data": null }), "invalid_payload"),
            (json!({ "type": "call", "call": "board.rename", "data": {} }), "invalid_payload"),
            (json!({ "type": "call", "call": "board.rename", "data": { "name": "" } }), "invalid_payload"),
            (json!({ "type": "call", "call": "board.rename", "data": { "name": "x".repeat(50_000) } }), "invalid_payload"),
            (json!({ "type": "call", "call": "page.reload", "data": {} }), "invalid_payload"),
        ] {
            assert_eq!(refusal(&mut link, frame.clone()).await, expected, "{frame:.100}");
        }
        let hint = link.ask(named("board.renam")).await;
        assert_eq!(hint["error"]["hint"], "did you mean `board.rename`?");
        // A name that is none of the type's is dropped, whatever it means elsewhere.
        let tricky = json!({ "type": "call", "call": "board.rename", "data": { "name": "x", "__proto__": { "admin": true } } });
        assert_eq!(call(&mut link, tricky).await["data"], json!({ "name": "x" }));
        if transport == Transport::WebSocket {
            link.say(&json!({ "type": "call", "call": "board.rename", "data": { "name": "x" } }).to_string()).await;
            assert_eq!(link.expect("error").await["error"]["name"], "bad_request", "without a `ref` nobody could tell the reply");
        }
    }
}

#[tokio::test]
async fn of_one_connection_sixteen_run_at_once_and_hold_up_nobody() {
    for transport in BOTH {
        let stage = stage();
        let server = serve(&stage).await;
        let mut link = Link::open(transport, server.address, "").await;
        let mut taken = 0;
        let mut refused = 0;
        // A thousand at once, as fast as they are read.
        let frames: Vec<Value> = (1..=1000).map(|number| json!({ "type": "call", "ref": number, "call": "board.wait" })).collect();
        match transport {
            Transport::Sse => {
                for some in frames.chunks(250) {
                    let body = json!({ "session": link.session, "frames": some }).to_string();
                    let (_, answer) = post(server.address, "/realtime/send", body).await;
                    for reply in answer["replies"].as_array().unwrap() {
                        *if reply["type"] == "ack" { &mut taken } else { &mut refused } += 1;
                        assert!(reply["type"] == "ack" || reply["error"]["name"] == "rate_limited", "{reply}");
                    }
                }
            }
            Transport::WebSocket => {
                for frame in &frames {
                    link.say(&frame.to_string()).await;
                }
                for _ in &frames {
                    let reply = link.frame().await;
                    *if reply["type"] == "ack" { &mut taken } else { &mut refused } += 1;
                    assert!(reply["type"] == "ack" || reply["error"]["name"] == "rate_limited", "{reply}");
                }
            }
        }
        assert_eq!((taken, refused), (16, 984), "{transport:?}");
        eventually("they run", || stage.running.load(Ordering::SeqCst) == 16).await;
        let mut other = Link::open(transport, server.address, "").await;
        assert_eq!(call(&mut other, rename(0, "quick")).await["data"]["name"], "quick");
        stage.gate.add_permits(16);
        for _ in 0..16 {
            link.expect("reply").await;
        }
        // The flood used up the allowance, too, which comes back.
        loop {
            let answer = link.ask(rename(0, "again")).await;
            if answer["type"] == "ack" {
                break;
            }
            assert_eq!(answer["error"]["name"], "rate_limited", "{answer}");
            tokio::time::sleep(Duration::from_millis(answer["error"]["retryAfter"].as_u64().unwrap())).await;
        }
        assert_eq!(link.expect("reply").await["data"]["name"], "again");
    }
}

#[tokio::test]
async fn calls_have_an_allowance_that_bad_ones_use_up_as_well() {
    for transport in BOTH {
        let mut limits = Limits::default();
        limits.call_rate = RateLimit { per_second: 1, burst: 3 };
        let server = Server::start(Under::Tidewire, service(&stage()).limits(limits)).await;
        let mut link = Link::open(transport, server.address, "").await;
        assert_eq!(call(&mut link, rename(0, "one")).await["data"]["name"], "one");
        for unusable in [json!({ "type": "call", "call": "no.such" }), rename(0, "")] {
            assert_eq!(link.ask(unusable).await["type"], "error");
        }
        let error = link.ask(rename(0, "four")).await["error"].clone();
        assert_eq!(error["name"], "rate_limited", "{error}");
        assert!((1..=1001).contains(&error["retryAfter"].as_u64().unwrap()), "{error}");
        // Others, and what else this one asks for, go on.
        let mut other = Link::open(transport, server.address, "").await;
        assert_eq!(call(&mut other, rename(0, "other")).await["data"]["name"], "other");
        assert_eq!(link.ask(json!({ "type": "subscribe", "channel": "chat/a" })).await["type"], "ack");
    }
}

#[tokio::test]
async fn a_call_ends_with_its_connection_and_with_its_time() {
    for transport in BOTH {
        let stage = stage();
        let mut limits = Limits::default();
        limits.call_timeout = Duration::from_millis(300);
        let server = Server::start(Under::Tidewire, service(&stage).limits(limits)).await;
        let mut link = Link::open(transport, server.address, "").await;
        let reply = call(&mut link, json!({ "type": "call", "call": "board.wait" })).await;
        assert_eq!(reply["error"], json!({ "code": 4105, "name": "call_timeout", "message": "the call was not answered in time" }));
        eventually("its future is dropped", || stage.running.load(Ordering::SeqCst) == 0).await;
        let patient = serve(&stage).await;
        let mut link = Link::open(transport, patient.address, "").await;
        link.ask(json!({ "type": "call", "call": "board.wait" })).await;
        eventually("it runs", || stage.running.load(Ordering::SeqCst) == 1).await;
        drop(link);
        eventually("it was dropped with its connection", || stage.running.load(Ordering::SeqCst) == 0).await;
    }
}

#[tokio::test]
async fn what_cannot_be_answered_does_not_build() {
    let handler = |_: live::Reload, _: Caller| async move { Ok(()) };
    let built = service(&stage()).on_call(handler).build().await;
    let Err(BuildError::Call { name, reason }) = built else { panic!("{built:?}") };
    assert_eq!((name.as_str(), reason), ("page.reload", "it has two handlers"));
    let built = Realtime::builder(crate::support::live::contract()).public().on_call(handler).build().await;
    let Err(error @ BuildError::Call { .. }) = built else { panic!("{built:?}") };
    assert_eq!(error.to_string(), "the call `page.reload` cannot be answered: the contract has no such call");
}
