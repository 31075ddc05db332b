//! A server is asked to stop in the middle of the day: 5000 clients go to its neighbour, and miss nothing.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use crate::{
    Options,
    client::{BOTH, Client, Seen, Transport, connect, exchange, see},
    pace::payload,
    report::Report,
    server::{Redis, Server},
};

const CLIENTS: u32 = 5000;
const CHANNELS: u32 = 1000;
const PUBLISHERS: u32 = 8;
const RATE: u32 = 1000;
/// What `serve` gives requests and streams to finish, unless it is told otherwise.
const DRAIN: Duration = Duration::from_secs(20);
/// How many new connections a node accepts in a second.
const RETURNS: usize = 500;

#[derive(Default)]
struct Crowd {
    hints: RefCell<Vec<(Instant, u64)>>,
    returns: RefCell<Vec<Instant>>,
    refused: Cell<u32>,
    ended_without_hint: Cell<u32>,
    gaps: RefCell<Vec<String>>,
    holes: Cell<u64>,
    /// The newest number that each client has.
    newest: RefCell<HashMap<u32, u64>>,
    ready: Cell<u32>,
    done: Cell<bool>,
}

pub async fn play(options: &Options, report: &mut Report) {
    let redis = Redis::start(options).await;
    let url = redis.url();
    let settings = [("BROKER", "redis"), ("REDIS_URL", url.as_str())];
    let mut first = Server::start(options, &settings).await;
    let second = Server::start(options, &[settings[0], settings[1], ("ARRIVALS", "500")]).await;
    let (from, to) = (first.address, second.address);

    let crowd = Rc::<Crowd>::default();
    for client in 0..CLIENTS {
        tokio::task::spawn_local(live(client, from, to, crowd.clone()));
        if client % 20 == 19 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let deadline = Instant::now() + Duration::from_mins(1);
    while crowd.ready.get() < CLIENTS && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    report.hold("5000 clients are connected", crowd.ready.get() == CLIENTS, crowd.ready.get());
    let acknowledged = Rc::<RefCell<HashMap<u32, u64>>>::default();
    let stop = Rc::<Cell<bool>>::default();
    let publishers: Vec<_> =
        (0..PUBLISHERS).map(|at| tokio::task::spawn_local(publish(at, from, to, acknowledged.clone(), stop.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(5)).await;

    let begin = Instant::now();
    first.terminate();
    let mut closed = None;
    let watching = async {
        while closed.is_none() && begin.elapsed() < Duration::from_secs(5) {
            if connect(from).await.is_err() {
                closed = Some(begin.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    watching.await;
    let code = first.ended(DRAIN + Duration::from_secs(10)).await;
    let took = begin.elapsed();
    first.hold_calm(report);
    report.hold("takes nobody new", closed.is_some_and(|after| after <= Duration::from_millis(500)), format!("after {closed:?}"));
    report.hold("exit code", code == Some(0), format!("{code:?}"));
    report.at_most("exits within the drain and 5 s", took.as_secs_f64(), (DRAIN + Duration::from_secs(5)).as_secs_f64(), "s");

    // Everybody comes back, and the last events arrive.
    let deadline = begin + DRAIN * 2 + Duration::from_secs(10);
    while crowd.returns.borrow().len() < CLIENTS as usize && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.set(true);
    for publisher in publishers {
        let _ = publisher.await;
    }
    let due = |client: u32| acknowledged.borrow().get(&(client % CHANNELS)).copied().unwrap_or(0);
    let behind = || (0..CLIENTS).filter(|client| crowd.newest.borrow().get(client).copied().unwrap_or(0) < due(*client)).count();
    let deadline = Instant::now() + Duration::from_secs(20);
    while behind() > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    crowd.done.set(true);

    let total: u64 = acknowledged.borrow().values().sum();
    report.hold(
        "no acknowledged event is lost",
        behind() == 0 && crowd.holes.get() == 0,
        format!("{total} events, {} clients behind, {} silent holes", behind(), crowd.holes.get()),
    );
    report.hold(
        "nobody is told of a gap",
        crowd.gaps.borrow().is_empty(),
        format!("{} gaps {:?}", crowd.gaps.borrow().len(), crowd.gaps.borrow().first()),
    );
    judge_hints(&crowd, begin, report);
    report.note(format!("{} clients were refused by the second node and tried again", crowd.refused.get()));
    second.end(report).await;
}

fn judge_hints(crowd: &Crowd, begin: Instant, report: &mut Report) {
    let hints = crowd.hints.borrow();
    report.hold(
        "everybody is told to come back",
        hints.len() == CLIENTS as usize,
        format!("{} hints, {} ended without one", hints.len(), crowd.ended_without_hint.get()),
    );
    let mut delays: Vec<u64> = hints.iter().map(|(_, after)| *after).collect();
    delays.sort_unstable();
    let said: Vec<f64> = hints.iter().map(|(at, _)| at.duration_since(begin).as_secs_f64()).collect();
    let last = said.iter().copied().fold(0.0, f64::max);
    if let (Some(least), Some(most), Some(middle)) = (delays.first(), delays.last(), delays.get(delays.len() / 2)) {
        // 5000 clients at 500 a second.
        let spread = CLIENTS as usize / RETURNS * 1000;
        let even = (spread as u64 * 9 / 10..=20_000).contains(most) && (spread as u64 * 4 / 10..=12_000).contains(middle);
        report.hold(
            "the hints are spread",
            even,
            format!("from {least} to {most} ms, half of them to {middle} ms, said within {last:.1} s"),
        );
    }
    let mut seconds = HashMap::<u64, usize>::new();
    for at in crowd.returns.borrow().iter() {
        *seconds.entry(at.duration_since(begin).as_secs()).or_default() += 1;
    }
    let most = seconds.values().max().copied().unwrap_or(0);
    report.hold("never many more than 500 come back in a second", most <= RETURNS * 13 / 10, format!("at most {most}"));
}

/// A client: reads, leaves when it is sent away, comes back with its cursor.
async fn live(client: u32, from: SocketAddr, to: SocketAddr, crowd: Rc<Crowd>) {
    let transport = BOTH[client as usize % 2];
    let query = format!("channel=bench%2F{}", client % CHANNELS);
    let (mut cursor, mut last): (Option<String>, Option<u64>) = (None, None);
    let (mut address, mut ready) = (from, false);
    while !crowd.done.get() {
        let (at_query, headers) = resume(transport, &query, cursor.as_deref());
        let mut stream = match Client::open(address, transport, &at_query, &headers).await {
            Ok(Ok(stream)) => stream,
            refused => {
                crowd.refused.set(crowd.refused.get() + 1);
                let wait = refused.ok().and_then(Result::err).and_then(|answer| answer.refusal()).map_or(500, |(_, after)| after.max(100));
                tokio::time::sleep(Duration::from_millis(wait)).await;
                continue;
            }
        };
        if address == to {
            crowd.returns.borrow_mut().push(Instant::now());
        }
        let mut hint = None;
        while let Ok(Some(frame)) = stream.next().await {
            match see(&frame) {
                Seen::Event { number, id, .. } => {
                    if last.is_some_and(|last| number != last + 1) {
                        crowd.holes.set(crowd.holes.get() + 1);
                    }
                    (last, cursor) = (Some(number), Some(id));
                    crowd.newest.borrow_mut().insert(client, number);
                }
                Seen::Subscribed { cursor: at, .. } => {
                    if !ready {
                        ready = true;
                        crowd.ready.set(crowd.ready.get() + 1);
                        last = at.split('.').nth(1).and_then(|number| number.parse().ok());
                    }
                    cursor.get_or_insert(at);
                }
                Seen::Gap { reason, cursor: at, .. } => {
                    crowd.gaps.borrow_mut().push(reason);
                    (cursor, last) = (Some(at), None);
                }
                Seen::Reconnect { after } => {
                    crowd.hints.borrow_mut().push((Instant::now(), after));
                    hint = Some(after);
                }
                _ => {}
            }
        }
        if address == from && hint.is_none() {
            crowd.ended_without_hint.set(crowd.ended_without_hint.get() + 1);
        }
        address = to;
        tokio::time::sleep(Duration::from_millis(hint.unwrap_or(1000))).await;
    }
}

/// How a client says where it was.
pub fn resume(transport: Transport, query: &str, cursor: Option<&str>) -> (String, String) {
    match (transport, cursor) {
        (_, None) => (query.to_owned(), String::new()),
        (Transport::EventStream, Some(cursor)) => (query.to_owned(), format!("last-event-id: {cursor}\r\n")),
        (Transport::WebSocket, Some(cursor)) => (format!("{query}&lastEventId={cursor}"), String::new()),
    }
}

/// Publishes on every channel in turn, and goes to the other node when the first takes nothing any more.
async fn publish(publisher: u32, from: SocketAddr, to: SocketAddr, acknowledged: Rc<RefCell<HashMap<u32, u64>>>, stop: Rc<Cell<bool>>) {
    let (mut address, mut stream) = (from, connect(from).await.ok());
    let mut ticks = tokio::time::interval(Duration::from_secs(1) * PUBLISHERS / RATE);
    let mut channel = publisher;
    while !stop.get() {
        ticks.tick().await;
        channel = (channel + PUBLISHERS) % CHANNELS;
        let Some(open) = stream.as_mut() else {
            stream = connect(address).await.ok();
            if stream.is_none() {
                address = to;
            }
            continue;
        };
        let answer = exchange(open, "POST", &format!("/pub?channel={channel}"), "content-type: text/plain\r\n", &payload(200)).await;
        match answer {
            Ok(answer) if answer.status == 204 => {
                let number = answer.header("event-number").and_then(|number| number.parse().ok()).unwrap_or(0);
                let mut acknowledged = acknowledged.borrow_mut();
                let newest = acknowledged.entry(channel).or_default();
                *newest = (*newest).max(number);
            }
            // What was not acknowledged is not promised.
            _ => stream = None,
        }
    }
}
