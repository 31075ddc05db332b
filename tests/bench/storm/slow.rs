//! Readers that do not read, and what they cost everybody else.

use std::{
    cell::RefCell,
    collections::HashMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    Options,
    client::{BOTH, Client, Transport, opening, see, small},
    pace::{Diary, Pump, keep_diary, quantile},
    report::Report,
    server::Server,
};

const READERS: usize = 3;
const STALLED: usize = 6;
const TRICKLING: usize = 3;
const SIPPING: usize = 2;
const USER_KIB: f64 = 512.0;
const KERNEL_BYTES: u64 = 256 * 1024;

pub async fn play(options: &Options, report: &mut Report) {
    catching_up(options, report).await;
    flood(options, report).await;
}

/// A reader that pauses for longer than the ring remembers, but not longer than the history: it is refilled, and told nothing, because nothing is missing.
async fn catching_up(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let pump = Pump::start(server.address, 1000, 200);
    for transport in BOTH {
        let mut client = small_client(server.address, transport).await;
        let mut diary = Diary::default();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let until = Instant::now() + Duration::from_millis(700);
            while let Ok(frame) = tokio::time::timeout_at(until.into(), client.next()).await {
                match frame {
                    Ok(Some(frame)) => diary.note(&see(&frame)),
                    _ => break,
                }
            }
        }
        let told = format!("{} events, {} silent holes, gaps {:?}", diary.events, diary.silent_holes, diary.gaps);
        report.hold(
            &format!("{transport:?}: who falls 700 events behind a ring of 256 is refilled without a gap"),
            diary.events > 1500 && diary.silent_holes == 0 && diary.gaps.is_empty(),
            told,
        );
    }
    drop(pump);
    server.end(report).await;
}

/// What the windows of a flood showed.
#[derive(Default)]
struct Findings {
    /// p99 of the readers that keep up, without slow readers and with them.
    calm: Vec<f64>,
    slow: Vec<f64>,
    /// KiB that the server grew by.
    growth: f64,
    /// Bytes of the stalled connection that holds most in the kernel.
    kernel: u64,
    /// How long each stalled reader was kept.
    lives: Vec<(Transport, Option<Duration>)>,
    tricklers: Rc<RefCell<Vec<(Transport, Diary)>>>,
}

/// 10 MB a second on one channel: windows of calm and windows with slow readers take turns.
async fn flood(options: &Options, report: &mut Report) {
    let server = Server::start(options, &[]).await;
    let pump = Pump::start(server.address, 1000, 10_000);
    let mut readers = Vec::new();
    for _ in 0..READERS {
        for transport in BOTH {
            let client = Client::open(server.address, transport, "channel=bench%2F0", "").await.unwrap().unwrap();
            let diary = Rc::<RefCell<Diary>>::default();
            keep_diary(client, diary.clone());
            readers.push(diary);
        }
    }
    // The history fills up.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut findings = Findings::default();
    for _ in 0..2 {
        turn(&server, &readers, options.length / 2, &mut findings).await;
    }
    report.note(format!("{} events of 10 kB published", pump.published.borrow()));
    drop(pump);
    judge(&findings, report);
    let (holes, gaps, ended) = readers.iter().fold((0, 0, 0), |(holes, gaps, ended), diary| {
        let diary = diary.borrow();
        (holes + diary.silent_holes, gaps + diary.gaps.len(), ended + usize::from(diary.ended))
    });
    report.hold(
        "the others miss nothing",
        holes == 0 && gaps == 0 && ended == 0,
        format!("{holes} silent holes, {gaps} gaps, {ended} ended"),
    );
    let left = server.settles("connections", u64::try_from(readers.len()).unwrap(), Duration::from_secs(10)).await;
    report.hold("no slow reader is left", left == u64::try_from(readers.len()).unwrap(), format!("{left} connections"));
    let told = server.metric("tidewire_connections_closed_total", "reason=\"slow\"").await;
    // The body of an ordinary response does not learn why it was cut off.
    let ordinary = std::env::var("SERVE").is_ok_and(|serve| serve != "tidewire");
    let were = findings.lives.iter().filter(|(transport, _)| *transport == Transport::WebSocket || !ordinary).count();
    report.hold(
        "who is let go is counted",
        told >= f64::from(u32::try_from(were).unwrap()),
        format!("{told} closed as slow, {were} took no byte"),
    );
    server.end(report).await;
}

/// A window of calm and one with slow readers.
async fn turn(server: &Server, readers: &[Rc<RefCell<Diary>>], window: Duration, findings: &mut Findings) {
    forget(readers);
    let peak = watch(server, window.min(Duration::from_secs(20)), |_| {}).await;
    findings.calm.push(delays(readers));
    forget(readers);
    let stalled = stalled_readers(server.address).await;
    for transport in BOTH {
        for _ in 0..TRICKLING {
            tokio::task::spawn_local(trickle(server.address, transport, window, findings.tricklers.clone()));
        }
        for _ in 0..SIPPING {
            tokio::task::spawn_local(sip(server.address, transport, window));
        }
    }
    let ports: HashMap<u16, Transport> =
        stalled.iter().map(|(stream, transport)| (stream.local_addr().unwrap().port(), *transport)).collect();
    let (begin, mut gone, mut biggest) = (Instant::now(), HashMap::new(), 0);
    let high = watch(server, window, |sockets| {
        for port in ports.keys().filter(|port| !sockets.contains_key(port)) {
            gone.entry(*port).or_insert(begin.elapsed());
        }
        biggest = biggest.max(ports.keys().filter_map(|port| sockets.get(port)).max().copied().unwrap_or(0));
    })
    .await;
    findings.slow.push(delays(readers));
    findings.growth = findings.growth.max(high - peak);
    findings.kernel = findings.kernel.max(biggest);
    findings.lives.extend(ports.iter().map(|(port, transport)| (*transport, gone.get(port).copied())));
    drop(stalled);
    tokio::time::sleep(Duration::from_millis(500)).await;
}

fn judge(findings: &Findings, report: &mut Report) {
    let Findings { calm, slow, growth, kernel, lives, tricklers } = findings;
    let readers = f64::from(u32::try_from(2 * (STALLED + TRICKLING + SIPPING)).unwrap());
    report.at_most("memory for each slow reader", growth.max(0.0) / readers, USER_KIB, "KiB");
    let told = format!("{} KiB, at most {}", kernel / 1024, KERNEL_BYTES / 1024);
    report.hold("kernel memory of the worst stalled connection", *kernel <= KERNEL_BYTES, told);
    for transport in BOTH {
        let of: Vec<Option<Duration>> = lives.iter().filter(|(of, _)| *of == transport).map(|(_, life)| *life).collect();
        let seconds: Vec<String> =
            of.iter().map(|life| life.map_or("never".to_owned(), |life| format!("{:.0}", life.as_secs_f64()))).collect();
        let in_time = of.iter().all(|life| life.is_some_and(|life| (19.0..=31.0).contains(&life.as_secs_f64())));
        report.hold(
            &format!("{transport:?}: who takes no byte is let go within 20 to 30 s"),
            in_time,
            format!("after {} s", seconds.join(", ")),
        );
        let (mut events, mut holes, mut gaps, mut ended) = (0, 0, 0, 0);
        for (_, diary) in tricklers.borrow().iter().filter(|(of, _)| *of == transport) {
            events += diary.events;
            holes += diary.silent_holes;
            gaps += diary.gaps.len();
            ended += usize::from(diary.ended);
        }
        let told = format!("{events} events, {gaps} gaps, {holes} silent holes, {ended} of {} ended by the server", 2 * TRICKLING);
        report.hold(&format!("{transport:?}: who trickles is told of every hole"), holes == 0 && gaps > 0 && events > 0, told);
    }
    let middle = |windows: &[f64]| windows.iter().sum::<f64>() / f64::from(u32::try_from(windows.len()).unwrap());
    let (before, with) = (middle(calm), middle(slow));
    // A fifth, or what the clocks of two schedulers cannot tell apart.
    let kept = with <= before * 1.2 || with - before < 0.5;
    report.hold("p99 of the others stays within 20 %", kept, format!("{with:.2} ms, without slow readers {before:.2} ms"));
}

async fn small_client(address: SocketAddr, transport: Transport) -> Client {
    Client::open_on(small(address).await.unwrap(), transport, "channel=bench%2F0", "").await.unwrap().unwrap()
}

/// They ask, and never look at the answer.
async fn stalled_readers(address: SocketAddr) -> Vec<(TcpStream, Transport)> {
    let mut all = Vec::new();
    for transport in BOTH {
        for _ in 0..STALLED {
            let mut stream = small(address).await.unwrap();
            stream.write_all(opening(transport, "channel=bench%2F0", "").as_bytes()).await.unwrap();
            all.push((stream, transport));
        }
    }
    all
}

/// Reads an event every 50 ms, which is a fiftieth of what comes.
async fn trickle(address: SocketAddr, transport: Transport, length: Duration, diaries: Rc<RefCell<Vec<(Transport, Diary)>>>) {
    let mut client = small_client(address, transport).await;
    let (mut diary, end) = (Diary::default(), Instant::now() + length);
    while Instant::now() < end {
        match tokio::time::timeout_at(end.into(), client.next()).await {
            Ok(Ok(Some(frame))) => diary.note(&see(&frame)),
            Ok(_) => {
                diary.ended = true;
                break;
            }
            Err(_) => break,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    diaries.borrow_mut().push((transport, diary));
}

/// Takes a kilobyte a second, a ten-thousandth of what comes: too little to see a whole frame for long.
async fn sip(address: SocketAddr, transport: Transport, length: Duration) {
    let mut stream = small(address).await.unwrap();
    stream.write_all(opening(transport, "channel=bench%2F0", "").as_bytes()).await.unwrap();
    let end = Instant::now() + length;
    let mut mouthful = [0; 256];
    while Instant::now() < end && matches!(tokio::time::timeout_at(end.into(), stream.read(&mut mouthful)).await, Ok(Ok(1..))) {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Looks at the server every half second; the most memory it had.
async fn watch(server: &Server, length: Duration, mut look: impl FnMut(&HashMap<u16, u64>)) -> f64 {
    let (end, mut most) = (Instant::now() + length, 0.0_f64);
    while Instant::now() < end {
        most = most.max(server.rss());
        look(&server.sockets());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    most
}

fn forget(readers: &[Rc<RefCell<Diary>>]) {
    for diary in readers {
        diary.borrow_mut().delays.clear();
    }
}

fn delays(readers: &[Rc<RefCell<Diary>>]) -> f64 {
    let mut all: Vec<u64> = readers.iter().flat_map(|diary| diary.borrow().delays.clone()).collect();
    quantile(&mut all, 0.99)
}
