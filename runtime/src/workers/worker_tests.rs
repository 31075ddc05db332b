use std::{io::Write as _, task::Waker};

use tokio::io::AsyncReadExt as _;

use super::*;
use crate::workers::News;

type Log = Arc<Mutex<Vec<String>>>;

/// Says its name in each turn.
struct Talker {
    name: usize,
    log: Log,
    // What it says last, and what becomes of it then.
    fails: Option<&'static str>,
}

impl Line for Talker {
    fn turn(&mut self, _: &mut Context<'_>, _: News, batch: &mut Batch) -> Turn {
        assert!(batch.is_empty());
        self.log.lock().unwrap().push(format!("turn {}", self.name));
        batch.push(self.name.to_string().as_bytes());
        Turn::Sends
    }

    fn send(&mut self, _: &mut Context<'_>, batch: &Batch) -> Turn {
        let words = String::from_utf8(batch.only_copied().unwrap().to_vec()).unwrap();
        self.log.lock().unwrap().push(format!("sent {words}"));
        match self.fails {
            Some("lost") => Turn::Over,
            Some(why) => panic!("{why}"),
            None => Turn::Waits,
        }
    }

    fn preview(&self) -> u64 {
        0
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.log.lock().unwrap().push(format!("gone {}", self.name));
    }
}

/// A worker with lines that are all due, of which some fail.
fn worker(lines: usize, fails: impl Fn(usize) -> Option<&'static str>) -> (Worker, Log, Vec<Arc<Doorbell>>) {
    let (list, log) = (Arc::<List>::default(), Log::default());
    let doorbells: Vec<Arc<Doorbell>> = (0..lines).map(|_| Arc::default()).collect();
    for (name, doorbell) in doorbells.iter().enumerate() {
        list.arrive(Box::new(Talker { name, log: log.clone(), fails: fails(name) }), doorbell.clone());
    }
    (Worker::new(list), log, doorbells)
}

/// Polls until there is nothing to do.
fn work(worker: &mut Worker, log: &Log) -> Vec<String> {
    let mut cx = Context::from_waker(Waker::noop());
    // As often as a round may be put off, and once more.
    for _ in 0..=PATIENCE {
        assert!(worker.poll(&mut cx).is_pending());
    }
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn some_have_their_turns_and_then_everything_is_written_in_their_order() {
    let lines = VIEW * 2 + 1;
    let (mut worker, log, doorbells) = worker(lines, |_| None);
    let said = |verb: &str, range: std::ops::Range<usize>| range.map(|name| format!("{verb} {name}")).collect::<Vec<_>>();
    let all = [0..VIEW, VIEW..VIEW * 2, VIEW * 2..lines];
    let expected: Vec<String> = all.iter().flat_map(|group| [said("turn", group.clone()), said("sent", group.clone())].concat()).collect();
    assert_eq!(work(&mut worker, &log), expected);
    doorbells[3].due();
    assert_eq!(work(&mut worker, &log), ["turn 3", "sent 3"]);
}

#[test]
fn what_a_line_said_is_written_before_its_next_turn() {
    let (mut worker, log, _doorbells) = worker(3, |_| None);
    work(&mut worker, &log);
    (worker.due, worker.at, worker.seen) = (vec![2, 0, 0, 1], 0, 0);
    assert_eq!(work(&mut worker, &log), ["turn 2", "turn 0", "sent 2", "sent 0", "turn 0", "turn 1", "sent 0", "sent 1"]);
}

#[test]
fn one_that_cannot_be_written_to_ends_and_the_others_do_not() {
    let (mut worker, log, doorbells) = worker(4, |name| [None, Some("lost"), None, Some("a panic")][name]);
    let expected = ["turn 0", "turn 1", "turn 2", "turn 3", "sent 0", "sent 1", "gone 1", "sent 2", "sent 3", "gone 3"];
    assert_eq!(work(&mut worker, &log), expected);
    for doorbell in &doorbells {
        doorbell.due();
    }
    assert_eq!(work(&mut worker, &log), ["turn 0", "turn 2", "sent 0", "sent 2"]);
}

/// Rings another one's bell in its first turn, and wants more turns than anybody gets.
struct Glutton {
    turns: usize,
    other: Arc<Doorbell>,
    log: Log,
}

impl Line for Glutton {
    fn turn(&mut self, _: &mut Context<'_>, _: News, _: &mut Batch) -> Turn {
        self.log.lock().unwrap().push("glutton".to_owned());
        if self.turns == 0 {
            self.other.due();
        }
        self.turns += 1;
        if self.turns < 10 { Turn::Again } else { Turn::Waits }
    }

    fn send(&mut self, _: &mut Context<'_>, _: &Batch) -> Turn {
        Turn::Waits
    }

    fn preview(&self) -> u64 {
        0
    }
}

#[test]
fn one_who_is_never_done_has_its_turns_behind_those_who_rang_meanwhile() {
    let (mut worker, log, doorbells) = worker(1, |_| None);
    work(&mut worker, &log);
    let glutton = Glutton { turns: 0, other: doorbells[0].clone(), log: log.clone() };
    worker.list.arrive(Box::new(glutton), Arc::default());
    let turns = work(&mut worker, &log);
    assert_eq!(turns[..2], ["glutton", "turn 0"], "{turns:?}");
    assert_eq!(turns.iter().filter(|turn| *turn == "glutton").count(), 10);
}

#[test]
fn nothing_waits_to_be_written_while_the_thread_does_something_else() {
    let (mut worker, log, _doorbells) = worker(TURNS + 3, |_| None);
    let mut cx = Context::from_waker(Waker::noop());
    while log.lock().unwrap().is_empty() {
        assert!(worker.poll(&mut cx).is_pending());
    }
    let sent = |log: &Log| log.lock().unwrap().iter().filter(|line| line.starts_with("sent")).count();
    assert_eq!(sent(&log), TURNS);
    assert!(worker.poll(&mut cx).is_pending());
    assert_eq!(sent(&log), TURNS + 3);
}

/// Publishes in its turn, as it were: sends a byte to somebody who waits for it on the same thread.
struct Publisher(std::net::TcpStream);

impl Line for Publisher {
    fn turn(&mut self, _: &mut Context<'_>, _: News, _: &mut Batch) -> Turn {
        self.0.write_all(b"!").unwrap();
        Turn::Over
    }

    fn send(&mut self, _: &mut Context<'_>, _: &Batch) -> Turn {
        unreachable!("it has nothing to say")
    }

    fn preview(&self) -> u64 {
        0
    }
}

#[tokio::test]
async fn what_becomes_readable_during_a_round_is_read_before_its_end() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let publisher = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut socket, _) = listener.accept().await.unwrap();
    let (list, log, most) = (Arc::<List>::default(), Log::default(), TURNS * 3);
    let told = log.clone();
    let heard = tokio::spawn(async move {
        socket.read_u8().await.unwrap();
        told.lock().unwrap().push("read".to_owned());
    });
    tokio::task::yield_now().await;
    list.arrive(Box::new(Publisher(publisher)), Arc::default());
    let doorbells: Vec<Arc<Doorbell>> = (0..=most).map(|_| Arc::default()).collect();
    for (name, doorbell) in doorbells.iter().enumerate() {
        list.arrive(Box::new(Talker { name, log: log.clone(), fails: None }), doorbell.clone());
    }
    let worker = tokio::spawn(run(list));
    heard.await.unwrap();
    let at_its_end = log.lock().unwrap().contains(&format!("turn {most}"));
    worker.abort();
    assert!(!at_its_end, "it was read after everybody had had a turn");
}
