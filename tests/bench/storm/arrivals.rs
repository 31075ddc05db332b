//! Everybody comes at once, comes back at once, or cannot decide.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    Options,
    client::{Answer, BOTH, Client, Seen, Transport, ask, connect, exchange, see},
    drain::resume,
    pace::{milliseconds, payload, quantile},
    report::Report,
    server::Server,
};

const CROWD: u32 = 9_500;

/// What became of those who came.
#[derive(Default)]
struct Doors {
    open: Vec<Client>,
    refused: HashMap<(u16, u64), u32>,
    without_wait: u32,
    failed: HashMap<String, u32>,
    waits: Vec<u64>,
    slow_connects: u32,
}

/// `count` clients within a second, half of them over each transport, each on one of `channels`.
async fn rush(address: SocketAddr, count: u32, channels: u32) -> Doors {
    let doors = Rc::<RefCell<Doors>>::default();
    let begin = tokio::time::Instant::now();
    let mut tasks = JoinSet::new();
    for client in 0..count {
        let doors = doors.clone();
        tasks.spawn_local(async move {
            tokio::time::sleep_until(begin + Duration::from_secs(1) * client / count).await;
            let came = Instant::now();
            let stream = match connect(address).await {
                Ok(stream) => stream,
                Err(error) => return *doors.borrow_mut().failed.entry(error.to_string()).or_default() += 1,
            };
            if came.elapsed() > Duration::from_millis(900) {
                doors.borrow_mut().slow_connects += 1;
            }
            let query = format!("channel=bench%2F{}", client % channels);
            let opened = Client::open_on(stream, BOTH[client as usize % 2], &query, "");
            let opened = tokio::time::timeout(Duration::from_secs(30), opened).await;
            let mut doors = doors.borrow_mut();
            doors.waits.push(u64::try_from(came.elapsed().as_nanos()).unwrap());
            match opened {
                Ok(Ok(Ok(client))) => doors.open.push(client),
                Ok(Ok(Err(answer))) => {
                    let (code, wait) = answer.refusal().unwrap_or((0, 0));
                    if wait == 0 || answer.header("retry-after").is_none() {
                        doors.without_wait += 1;
                    }
                    *doors.refused.entry((answer.status, code)).or_default() += 1;
                }
                Ok(Err(error)) => *doors.failed.entry(error.to_string()).or_default() += 1,
                Err(_) => *doors.failed.entry("no answer in 30 s".to_owned()).or_default() += 1,
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    Rc::into_inner(doors).unwrap().into_inner()
}

/// 10 000 connections within a second, first with the limit on arrivals that services have, then without.
pub async fn arrivals(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[("ARRIVALS", "500")]).await;
    // Somebody is there already, and stays served.
    let mut resident = Client::open(server.address, Transport::EventStream, "channel=bench%2F0", "").await.unwrap().unwrap();
    let stop = Rc::<Cell<bool>>::default();
    let posting = tokio::task::spawn_local(publish_slowly(server.address, stop.clone()));
    let doors = rush(server.address, CROWD, 100).await;
    stop.set(true);
    let (published, mut taken) = posting.await.unwrap();
    let mut waits = doors.waits.clone();
    let refused: u32 = doors.refused.values().sum();
    let told = format!("{} open, refused {:?}, failed {:?}", doors.open.len(), doors.refused, doors.failed);
    let all_told = doors.failed.is_empty() && doors.refused.keys().all(|key| *key == (503, 4102)) && doors.without_wait == 0;
    report.hold("who is too many is told 4102 and when to come again, nobody hangs", all_told && refused > 0, told);
    // A burst of 500, and 500 more for each second that it lasted.
    report.hold("about 500 a second come in", (400..=2500).contains(&doors.open.len()), doors.open.len());
    report.at_most("p99 from connecting to the answer", quantile(&mut waits, 0.99), 5000.0, "ms");
    // What the kernel drops it is asked again after a second.
    report.hold(
        "the listener's queue holds them",
        doors.slow_connects == 0,
        format!("connecting alone took over 0.9 s for {} of them", doors.slow_connects),
    );
    report.at_most("p99 of a publish meanwhile", quantile(&mut taken, 0.99), 3000.0, "ms");
    let mut got = 0;
    while got < published {
        match tokio::time::timeout(Duration::from_secs(5), resident.next()).await {
            Ok(Ok(Some(frame))) => got += u64::from(matches!(see(&frame), Seen::Event { .. })),
            _ => break,
        }
    }
    report.hold("who was there gets everything", got == published, format!("{got} of {published}"));
    let counted = server.metric("tidewire_refused_total", "code=\"overloaded\"").await;
    report.hold("refusals are counted", counted >= f64::from(refused), format!("{counted} of {refused}"));
    drop((doors, resident));
    settled(&server, report).await;
    server.end(report).await;

    let server = Server::start(options, &[]).await;
    let mut after = Vec::new();
    for round in 0..3 {
        let begin = Instant::now();
        let doors = rush(server.address, CROWD, 100).await;
        let mut waits = doors.waits.clone();
        report.hold(
            "with no limit on arrivals all of them come in",
            doors.open.len() == CROWD as usize,
            format!(
                "{} in {:.1} s, p99 {:.0} ms, failed {:?}",
                doors.open.len(),
                begin.elapsed().as_secs_f64(),
                quantile(&mut waits, 0.99),
                doors.failed
            ),
        );
        let full = server.rss();
        drop(doors);
        settled(&server, report).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        after.push(server.rss());
        report.note(format!("round {round}: {:.0} KiB with all of them, {:.0} KiB without", full, server.rss()));
    }
    // An allocator may keep what it was given (glibc's gives nearly all of it back when it is asked to trim); the next storm must find it enough.
    report.at_most("memory after the third storm, beside the second", after[2], after[1] * 1.1 + 2048.0, "KiB");
    server.end(report).await;
}

async fn publish_slowly(address: SocketAddr, stop: Rc<Cell<bool>>) -> (u64, Vec<u64>) {
    let mut stream = connect(address).await.unwrap();
    let (mut published, mut answers) = (0, Vec::new());
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    while !stop.get() {
        ticks.tick().await;
        let begin = Instant::now();
        let answer = exchange(&mut stream, "POST", "/pub?channel=0", "content-type: text/plain\r\n", &payload(200)).await.unwrap();
        assert_eq!(answer.status, 204);
        published += 1;
        answers.push(u64::try_from(begin.elapsed().as_nanos()).unwrap());
    }
    (published, answers)
}

/// Nothing is left of those who went.
async fn settled(server: &Server, report: &mut Report) {
    let patience = Duration::from_secs(15);
    let connections = server.settles("connections", 0, patience).await;
    let (subscriptions, channels) = (server.settles("subscriptions", 0, patience).await, server.settles("channels", 0, patience).await);
    let gauge = server.metric("tidewire_connections{", "").await;
    let told = format!("{connections} connections, {subscriptions} subscriptions, {channels} rings, gauge {gauge}");
    report.hold("nothing is left of those who went", connections + subscriptions + channels == 0 && gauge == 0.0, told);
}

/// 5000 clients with cursors come back at once, to channels on which something happened meanwhile.
pub async fn reconnects(options: &Options, report: &mut Report) {
    const CLIENTS: u32 = 5000;
    const CHANNELS: u32 = 100;
    const MISSED: u64 = 50;
    let server = Server::start(options, &[]).await;
    let mut cursors = Vec::new();
    for channel in 0..CHANNELS {
        let mut client =
            Client::open(server.address, Transport::EventStream, &format!("channel=bench%2F{channel}"), "").await.unwrap().unwrap();
        loop {
            if let Seen::Subscribed { cursor, .. } = see(&client.next().await.unwrap().unwrap()) {
                cursors.push(cursor);
                break;
            }
        }
    }
    let mut stream = connect(server.address).await.unwrap();
    for at in 0..u64::from(CHANNELS) * MISSED {
        let answer: Answer = exchange(
            &mut stream,
            "POST",
            &format!("/pub?channel={}", at % u64::from(CHANNELS)),
            "content-type: text/plain\r\n",
            &payload(200),
        )
        .await
        .unwrap();
        assert_eq!(answer.status, 204);
    }
    let begin = Instant::now();
    let (whole, waits) = (Rc::<Cell<u32>>::default(), Rc::<RefCell<Vec<u64>>>::default());
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, whole, waits, channel) = (server.address, whole.clone(), waits.clone(), client % CHANNELS);
        let transport = BOTH[client as usize % 2];
        let (query, headers) = resume(transport, &format!("channel=bench%2F{channel}"), Some(&cursors[channel as usize]));
        tasks.spawn_local(async move {
            let Ok(Ok(mut client)) = Client::open(address, transport, &query, &headers).await else { return };
            let (mut next, mut resumed) = (1, false);
            while next <= MISSED {
                match tokio::time::timeout(Duration::from_secs(20), client.next()).await {
                    Ok(Ok(Some(frame))) => match see(&frame) {
                        Seen::Subscribed { resumed: as_told, .. } => resumed = as_told,
                        Seen::Event { number, .. } if number == next => next += 1,
                        Seen::Event { .. } | Seen::Gap { .. } => return,
                        _ => {}
                    },
                    _ => return,
                }
            }
            if resumed {
                whole.set(whole.get() + 1);
                waits.borrow_mut().push(u64::try_from(begin.elapsed().as_nanos()).unwrap());
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    report.hold(
        "5000 clients resume at once, each with all it missed, in order",
        whole.get() == CLIENTS,
        format!("{} in {:.1} s", whole.get(), begin.elapsed().as_secs_f64()),
    );
    report.at_most("p99 until a client has it", quantile(&mut waits.borrow_mut(), 0.99), 3000.0, "ms");
    settled(&server, report).await;
    server.end(report).await;
}

/// 1000 subscribes and as many unsubscribes a second over 100 connections, on channels that nobody used before.
pub async fn churn(options: &Options, report: &mut Report) {
    const CLIENTS: u32 = 100;
    // The broker remembers the positions of channels that somebody listened to, up to its bound; what is beyond must be forgotten, too.
    let server = Server::start(options, &[("MEMORY_CHANNELS", "5000")]).await;
    let length = options.length;
    let (waits, done, refused) = (Rc::<RefCell<Vec<u64>>>::default(), Rc::<Cell<u64>>::default(), Rc::<Cell<u64>>::default());
    let mut tasks = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, waits, done, refused) = (server.address, waits.clone(), done.clone(), refused.clone());
        tasks.spawn_local(async move {
            let mut stream = Client::open(address, Transport::WebSocket, "", "").await.unwrap().unwrap();
            let mut ticks = tokio::time::interval(Duration::from_secs(1) * CLIENTS / 1000);
            let end = Instant::now() + length;
            let mut turn = 0_u32;
            while Instant::now() < end {
                ticks.tick().await;
                let channel = format!("bench/{}", turn * CLIENTS + client);
                turn += 1;
                for kind in ["subscribe", "unsubscribe"] {
                    let begin = Instant::now();
                    stream.send(&json!({ "type": kind, "ref": turn, "channel": channel })).await.unwrap();
                    loop {
                        match see(&stream.next().await.unwrap().expect("the connection stays")) {
                            Seen::Ack { reference } if reference == u64::from(turn) => break done.set(done.get() + 1),
                            Seen::Error { .. } => break refused.set(refused.get() + 1),
                            _ => {}
                        }
                    }
                    waits.borrow_mut().push(u64::try_from(begin.elapsed().as_nanos()).unwrap());
                }
            }
        });
    }
    let quarter = length / 4;
    tokio::time::sleep(quarter).await;
    let (early, begin) = (server.rss(), server.cpu());
    tokio::time::sleep(quarter * 3).await;
    let (late, spent) = (server.rss(), server.cpu().saturating_sub(begin));
    let rings = server.status("channels").await;
    while tasks.join_next().await.is_some() {}
    let expected = length.as_secs() * 2000;
    report.hold(
        "1000 subscribes and unsubscribes a second are done",
        refused.get() == 0 && done.get() >= expected * 9 / 10,
        format!("{} of {expected}, {} refused", done.get(), refused.get()),
    );
    report.at_most("p99 of an answer", quantile(&mut waits.borrow_mut(), 0.99), 1000.0, "ms");
    report.hold("rings go with their last subscriber", rings <= 200, format!("{rings} rings while 100 clients are at it"));
    report.at_most("memory at the end, beside that after a quarter", late, early * 1.1 + 2048.0, "KiB");
    report.note(format!(
        "{:.0} µs CPU for each pair",
        milliseconds(u64::try_from(spent.as_nanos()).unwrap()) * 1e3 / (0.75 * f64::from(u32::try_from(done.get() / 2).unwrap()))
    ));
    settled(&server, report).await;
    let answer = ask(server.address, "GET", "/admin/live", "", b"").await.unwrap();
    report.hold("the node lives", answer.status == 200, answer.status);
    server.end(report).await;
}
