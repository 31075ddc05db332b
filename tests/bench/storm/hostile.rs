//! Input that no client sends by accident.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use http::Request;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    Options,
    client::{BOTH, Client, Seen, Transport, ask, connect, opening, see, small},
    pace::{Pump, quantile},
    report::Report,
    server::Server,
};

/// Writes `bytes`, one each time, until it is let go; how long that took, if it was.
async fn drip(address: SocketAddr, begin: &[u8], each: &[u8], pause: Duration, patience: Duration) -> Option<Duration> {
    let mut stream = connect(address).await.ok()?;
    stream.write_all(begin).await.ok()?;
    let since = Instant::now();
    let mut answer = vec![0; 1024];
    let mut ticks = tokio::time::interval(pause);
    loop {
        tokio::select! {
            _ = ticks.tick() => if stream.write_all(each).await.is_err() { return Some(since.elapsed()) },
            read = stream.read(&mut answer) => match read {
                Ok(0) | Err(_) => return Some(since.elapsed()),
                Ok(_) => {}
            },
            () = tokio::time::sleep(patience.saturating_sub(since.elapsed())) => return None,
        }
    }
}

/// A request in the middle of all this; how long it took.
async fn probe(address: SocketAddr, taken: Rc<RefCell<Vec<u64>>>, stop: Rc<Cell<bool>>) -> u32 {
    let mut failed = 0;
    while !stop.get() {
        let begin = Instant::now();
        let answer = tokio::time::timeout(Duration::from_secs(5), ask(address, "GET", "/admin/live", "", b"")).await;
        failed += u32::from(!matches!(answer, Ok(Ok(answer)) if answer.status == 200));
        taken.borrow_mut().push(u64::try_from(begin.elapsed().as_nanos()).unwrap());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    failed
}

/// Plays `crowd` while somebody with manners is served.
async fn beside<T>(server: &Server, report: &mut Report, crowd: impl Future<Output = T>) -> T {
    let (taken, stop) = (Rc::<RefCell<Vec<u64>>>::default(), Rc::<Cell<bool>>::default());
    let probing = tokio::task::spawn_local(probe(server.address, taken.clone(), stop.clone()));
    let outcome = crowd.await;
    stop.set(true);
    let failed = probing.await.unwrap();
    let p99 = quantile(&mut taken.borrow_mut(), 0.99);
    report.hold("others are served meanwhile", failed == 0 && p99 < 1000.0, format!("p99 of a request {p99:.0} ms, {failed} failed"));
    outcome
}

fn all_let_go(report: &mut Report, promise: &str, ends: &[Option<Duration>], bound: f64) {
    let stayed = ends.iter().filter(|end| end.is_none()).count();
    let longest = ends.iter().flatten().map(Duration::as_secs_f64).fold(0.0, f64::max);
    report.hold(
        promise,
        stayed == 0 && longest <= bound,
        format!("{} connections, the last after {longest:.1} s, {stayed} stayed; at most {bound:.0} s", ends.len()),
    );
}

/// 1000 heads that arrive byte by byte, and as many connections that say nothing.
pub async fn heads(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let before = server.rss();
    let (address, peak) = (server.address, Cell::new(0.0_f64));
    let ends = beside(&server, report, async {
        let mut tasks = JoinSet::new();
        for _ in 0..1000 {
            tasks.spawn_local(drip(
                address,
                b"GET /realtime/events?channel=bench%2F0 HTTP/1.1\r\nhost: storm\r\n",
                b"x",
                Duration::from_secs(1),
                Duration::from_secs(45),
            ));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        peak.set(server.rss());
        let mut ends = Vec::new();
        while let Some(end) = tasks.join_next().await {
            ends.push(end.unwrap());
        }
        ends
    })
    .await;
    all_let_go(report, "a head that drips is given up", &ends, 8.0);
    report.at_most("memory for each of them", (peak.get() - before) / 1000.0, 32.0, "KiB");
    let silent: Vec<TcpStream> = {
        let mut all = Vec::new();
        for _ in 0..1000 {
            all.push(connect(address).await.unwrap());
        }
        all
    };
    let mut ends = Vec::new();
    let begin = Instant::now();
    for mut stream in silent {
        let mut byte = [0];
        let left = Duration::from_secs(45).saturating_sub(begin.elapsed());
        ends.push(tokio::time::timeout(left, stream.read(&mut byte)).await.ok().map(|_| begin.elapsed()));
    }
    all_let_go(report, "a connection that says nothing is given up", &ends, 33.0);
    server.end(report).await;
}

/// Bodies that arrive byte by byte.
pub async fn bodies(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let address = server.address;
    let head = b"POST /realtime/send HTTP/1.1\r\nhost: storm\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{";
    let ends = beside(&server, report, async {
        let mut tasks = JoinSet::new();
        for _ in 0..500 {
            tasks.spawn_local(drip(address, head, b" ", Duration::from_secs(1), Duration::from_mins(1)));
        }
        let mut ends = Vec::new();
        while let Some(end) = tasks.join_next().await {
            ends.push(end.unwrap());
        }
        ends
    })
    .await;
    all_let_go(report, "a body that drips is given up", &ends, 45.0);
    let connections = server.descriptors();
    report.hold("nothing is left of them", connections < 50, format!("{connections} descriptors"));
    let declared = format!("POST /realtime/send HTTP/1.1\r\nhost: storm\r\ncontent-length: {}\r\n\r\n", 1_u64 << 40);
    let mut stream = connect(address).await.unwrap();
    stream.write_all(declared.as_bytes()).await.unwrap();
    let mut answer = vec![0; 200];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await;
    let status =
        read.ok().and_then(Result::ok).map(|bytes| String::from_utf8_lossy(&answer[..bytes]).lines().next().unwrap_or_default().to_owned());
    report.hold(
        "a body of a terabyte is refused when it is announced",
        status.as_deref().is_some_and(|line| line.contains("413")),
        format!("{status:?}"),
    );
    server.end(report).await;
}

/// Peers that take nothing: of an ordinary answer, of a stream with events, of one with none.
pub async fn windows(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let address = server.address;
    // Each page of history is about a megabyte.
    let pump = Pump::start(address, 200, 10_000);
    tokio::time::sleep(Duration::from_secs(3)).await;
    drop(pump);
    let before = server.rss();
    let mut stuck = Vec::new();
    for _ in 0..50 {
        let mut stream = small(address).await.unwrap();
        let request = "GET /realtime/history?channel=bench%2F0&limit=100 HTTP/1.1\r\nhost: storm\r\n\r\n";
        stream.write_all(request.repeat(20).as_bytes()).await.unwrap();
        stuck.push(stream);
    }
    let begin = Instant::now();
    let (mut peak, mut gone) = (before, None);
    let ports: Vec<u16> = stuck.iter().map(|stream| stream.local_addr().unwrap().port()).collect();
    while begin.elapsed() < Duration::from_secs(40) {
        peak = peak.max(server.rss());
        let sockets = server.sockets();
        if ports.iter().all(|port| !sockets.contains_key(port)) {
            gone = Some(begin.elapsed());
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    report.hold(
        "who takes nothing of an answer is let go",
        gone.is_some_and(|after| after < Duration::from_secs(32)),
        format!("after {gone:?}"),
    );
    // One answer each, however many were asked for.
    report.at_most("memory for each of them", (peak - before) / 50.0, 2.0 * 1200.0, "KiB");
    drop(stuck);
    server.end(report).await;
}

/// Streams of HTTP/2 whose client never opens its window again.
pub async fn streams(options: &Options, report: &mut Report) {
    const STREAMS: u32 = 100;
    let server = Server::start(options, &[]).await;
    let address = server.address;
    let pump = Pump::start(address, 1000, 10_000);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.rss();
    let (mut requests, connection) = h2::client::handshake(connect(address).await.unwrap()).await.unwrap();
    let ended = Rc::<Cell<bool>>::default();
    let noting = ended.clone();
    let driving = tokio::task::spawn_local(async move {
        let _ = connection.await;
        noting.set(true);
    });
    let mut bodies = Vec::new();
    for _ in 0..STREAMS {
        requests = requests.ready().await.unwrap();
        let request = Request::get(format!("http://{address}/realtime/events?channel=bench%2F0")).body(()).unwrap();
        let (answer, _) = requests.send_request(request, true).unwrap();
        bodies.push(answer.await.unwrap().into_body());
    }
    let begin = Instant::now();
    let (mut peak, mut left, mut gone) = (before, u64::from(STREAMS), None);
    while begin.elapsed() < Duration::from_secs(45) {
        peak = peak.max(server.rss());
        left = server.status("connections").await;
        if left == 0 {
            gone = Some(begin.elapsed());
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    report.hold(
        "a stream that takes no byte is ended within 20 to 30 s",
        gone.is_some_and(|after| after < Duration::from_secs(32)),
        format!("{left} of {STREAMS} left, {gone:?}, connection ended {}", ended.get()),
    );
    report.at_most("memory for each of them", (peak - before) / f64::from(STREAMS), 512.0, "KiB");
    // Data that came before the window was full is read by nobody.
    drop::<Vec<h2::RecvStream>>(bodies);
    drop(requests);
    driving.abort();
    drop(pump);
    let left = server.settles("connections", 0, Duration::from_secs(10)).await;
    report.hold("nothing is left when it goes", left == 0, format!("{left} streams"));
    server.end(report).await;
}

/// Connections that are reset in the middle of what they say, or of what they are told.
pub async fn resets(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let address = server.address;
    let pump = Pump::start(address, 200, 10_000);
    let beginnings: [&[u8]; 5] = [
        // A frame that says it has 200 bytes, half a length, a ping without its payload, a message without its end.
        &[0x81, 0x80 | 0x7e, 0, 200, 1, 2, 3, 4, b'{'],
        &[0x81, 0x80 | 0x7f, 0, 0],
        &[0x89, 0x84, 0, 0, 0, 0, 1],
        &[0x01, 0x82, 0, 0, 0, 0, b'{', b'}'],
        b"POST /realtime/send HTTP/1.1\r\nhost: storm\r\ncontent-length: 100\r\n\r\n{\"sess",
    ];
    beside(&server, report, async {
        for round in 0..400_usize {
            let mut stream = connect(address).await.unwrap();
            let begin = beginnings[round % beginnings.len()];
            if begin.starts_with(b"POST") {
                stream.write_all(begin).await.unwrap();
            } else {
                let transport = BOTH[(round / 5) % 2];
                let mut client = Client::open_on(stream, transport, "channel=bench%2F0", "").await.unwrap().unwrap();
                // Both directions: some of them in the middle of an event, too.
                for _ in 0..round % 4 {
                    let _ = client.next().await;
                }
                let _ = client.stream.write_all(if transport == Transport::WebSocket { begin } else { b"x" }).await;
                stream = client.stream;
            }
            reset(stream);
        }
    })
    .await;
    drop(pump);
    let left = server.settles("connections", 0, Duration::from_secs(25)).await;
    report.hold("nothing is left of who was reset", left == 0, format!("{left} connections, {} descriptors", server.descriptors()));
    report.hold("descriptors are given back", server.descriptors() < 50, server.descriptors());
    server.end(report).await;
}

/// Closes with an RST instead of a FIN.
fn reset(stream: TcpStream) {
    let stream = stream.into_std().unwrap();
    let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

/// More connections than the process has descriptors.
pub async fn descriptors(options: &Options, report: &mut Report) {
    const MOST: u32 = 300;
    let server = Server::start_with_descriptors(options, &[], Some(MOST)).await;
    let address = server.address;
    let mut resident = Client::open(address, Transport::EventStream, "channel=bench%2F0", "").await.unwrap().unwrap();
    let pump = Pump::start(address, 50, 200);
    let mut crowd = Vec::new();
    for client in 0..400_usize {
        // The kernel takes some more on the server's behalf, and then nobody.
        let Ok(Ok(mut stream)) = tokio::time::timeout(Duration::from_millis(200), connect(address)).await else { break };
        stream.write_all(opening(BOTH[client % 2], "channel=bench%2F1", "").as_bytes()).await.unwrap();
        crowd.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (cpu, begin) = (server.cpu(), Instant::now());
    let (mut events, mut holes, mut last) = (0, 0, None::<u64>);
    while begin.elapsed() < Duration::from_secs(4) {
        if let Ok(Ok(Some(frame))) = tokio::time::timeout(Duration::from_secs(1), resident.next()).await
            && let Seen::Event { number, .. } = see(&frame)
        {
            holes += u64::from(last.is_some_and(|last| number != last + 1));
            (events, last) = (events + 1, Some(number));
        }
    }
    let busy = (server.cpu().saturating_sub(cpu)).as_secs_f64() / begin.elapsed().as_secs_f64() * 100.0;
    report.hold("descriptors are gone", server.descriptors() >= MOST as usize - 5, format!("{} of {MOST}", server.descriptors()));
    report.hold("who was there is served", events >= 150 && holes == 0, format!("{events} events in 4 s, {holes} holes"));
    report.at_most("CPU while nobody can be accepted", busy, 20.0, "%");
    let told = server.log().lines().filter(|line| line.contains("cannot accept connections")).count();
    report.hold("it is logged, and not for each attempt", (1..=30).contains(&told), format!("{told} lines"));
    drop(crowd);
    let begin = Instant::now();
    let again = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Ok(Ok(mut client)) = Client::open(address, Transport::WebSocket, "channel=bench%2F0", "").await
                && let Ok(Some(_)) = client.next().await
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    report.hold(
        "others come in as soon as there is room",
        again.is_ok() && begin.elapsed() < Duration::from_secs(5),
        format!("after {:.1} s", begin.elapsed().as_secs_f64()),
    );
    drop((pump, resident));
    server.end(report).await;
}
