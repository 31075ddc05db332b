//! Publishers that keep a pace, and what readers say of the time that events took.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    sync::LazyLock,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use crate::client::{Client, Seen, connect, exchange, see};

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since this program began.
pub fn now() -> u64 {
    u64::try_from(BEGIN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// A payload that says when it was sent.
pub fn payload(bytes: usize) -> Vec<u8> {
    let mut text = format!("@@{}@@", now()).into_bytes();
    text.resize(bytes.max(text.len()), b'x');
    text
}

/// Publishes `rate` events of `bytes` a second on `bench/0` until it is dropped. Answers take as long as they take: the next event is late then, and not left out.
pub struct Pump {
    task: JoinHandle<()>,
    pub published: Rc<RefCell<u64>>,
}

impl Pump {
    pub fn start(address: SocketAddr, rate: u32, bytes: usize) -> Self {
        let published = Rc::<RefCell<u64>>::default();
        let count = published.clone();
        let task = tokio::task::spawn_local(async move {
            let mut stream = connect(address).await.unwrap();
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
            loop {
                ticks.tick().await;
                let answer =
                    exchange(&mut stream, "POST", "/pub?channel=0", "content-type: text/plain\r\n", &payload(bytes)).await.unwrap();
                assert_eq!(answer.status, 204, "{answer:?}");
                *count.borrow_mut() += 1;
            }
        });
        Self { task, published }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a stream to its end, keeps how long each event took, and whether anything was missing without a word.
#[derive(Debug, Default)]
pub struct Diary {
    pub delays: Vec<u64>,
    pub events: u64,
    pub gaps: Vec<String>,
    pub silent_holes: u64,
    pub last: Option<u64>,
    pub ended: bool,
}

impl Diary {
    pub fn note(&mut self, seen: &Seen) {
        match seen {
            Seen::Event { number, sent, .. } => {
                if self.last.is_some_and(|last| *number != last + 1) {
                    self.silent_holes += 1;
                }
                self.last = Some(*number);
                self.events += 1;
                self.delays.push(now().saturating_sub(*sent));
            }
            Seen::Gap { reason, .. } => {
                self.gaps.push(reason.clone());
                self.last = None;
            }
            _ => {}
        }
    }
}

pub fn keep_diary(mut client: Client, diary: Rc<RefCell<Diary>>) -> JoinHandle<()> {
    tokio::task::spawn_local(async move {
        while let Ok(Some(frame)) = client.next().await {
            diary.borrow_mut().note(&see(&frame));
        }
        diary.borrow_mut().ended = true;
    })
}

/// The `part` of the sorted values, in milliseconds.
pub fn quantile(values: &mut [u64], part: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
    let at = ((values.len() - 1) as f64 * part).round() as usize;
    milliseconds(values[at])
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
pub fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}
