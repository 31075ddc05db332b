//! A contract with live queries, a store that their loaders read, and a client that looks at them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tidewire::{ConnectRequest, Denied, Grant, LiveContext, LiveOptions, Realtime, RealtimeBuilder, realtime_events};
use tokio::sync::Notify;

use super::{
    eventually,
    link::{Link, Transport},
    within,
};

#[realtime_events(name = "board")]
pub mod live {
    #[event("card.changed", publish(server, client))]
    pub struct CardChanged {
        pub id: String,
    }

    #[event("cursor.moved", publish(server, client), history = off)]
    pub struct CursorMoved {
        pub x: f64,
    }

    pub struct BoardId(#[rt(pattern = "^[a-z0-9-]{1,40}$")] pub String);

    #[channel("board/{board_id}", events(CardChanged, CursorMoved))]
    pub struct Board {
        pub board_id: BoardId,
    }

    use tidewire::Nullable;

    pub enum Level {
        Low,
        High,
    }

    #[channel("floor/{level}/{number}/{room?}", events(CardChanged))]
    pub struct Floor {
        pub level: Level,
        pub number: u32,
        pub room: Option<String>,
    }

    /// How much is stored of a board.
    #[live(channel = Board)]
    pub type BoardCount = u32;

    pub struct Page {
        pub after: u32,
        #[serde(default)]
        pub label: String,
    }

    /// What is stored and lies above a number.
    #[live(channel = Board, params = Page)]
    pub type CountAbove = Nullable<u32>;

    /// Whose it is that is looked at.
    #[live(channel = Board)]
    pub type Mine = String;

    #[live(channel = Floor)]
    pub type Sign = String;

    /// A large text.
    #[live(channel = Board)]
    pub type Poster = Large;

    pub struct Large {
        #[rt(max_length = 3000000)]
        pub text: String,
    }

    /// What one test alone looks at, and counts.
    #[live(channel = Board)]
    pub type Counted = u32;

    #[live(channel = Board)]
    pub type NobodyLoads = u32;
}

pub use live::{Board, BoardId, CardChanged};

/// What a loader does next, where it is not to answer what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Fine,
    Failing,
    Panicking,
    Hanging,
}

/// A database, as loaders see it.
#[derive(Default)]
pub struct Store {
    numbers: Arc<Mutex<HashMap<String, u32>>>,
    /// Runs that began, ended, and were dropped on the way.
    pub begun: AtomicUsize,
    pub ended: AtomicUsize,
    pub dropped: AtomicUsize,
    /// Whether two runs of one board were under way at once.
    pub overlapped: AtomicBool,
    running: Mutex<HashMap<String, usize>>,
    delay: AtomicU64,
    mood: Mutex<Option<Mood>>,
    // While it is closed, runs wait behind what they read.
    closed: AtomicBool,
    opened: Notify,
    /// When runs began.
    pub times: Mutex<Vec<tokio::time::Instant>>,
}

struct Run<'a>(&'a Store, String, bool);

impl Drop for Run<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap().get_mut(&self.1).unwrap() -= 1;
        (if self.2 { &self.0.ended } else { &self.0.dropped }).fetch_add(1, Ordering::SeqCst);
    }
}

impl Store {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The same numbers as another node reads them: its runs are counted by themselves.
    pub fn beside(&self) -> Arc<Self> {
        Arc::new(Self { numbers: self.numbers.clone(), ..Self::default() })
    }

    pub fn set(&self, board: &str, number: u32) {
        self.numbers.lock().unwrap().insert(board.to_owned(), number);
    }

    pub fn get(&self, board: &str) -> u32 {
        self.numbers.lock().unwrap().get(board).copied().unwrap_or_default()
    }

    /// How long a run takes, after it has read.
    pub fn delay(&self, milliseconds: u64) {
        self.delay.store(milliseconds, Ordering::SeqCst);
    }

    pub fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = Some(mood);
    }

    /// Has runs wait behind what they read.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.opened.notify_waiters();
    }

    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    pub async fn has_begun(&self, runs: usize) {
        eventually("so many runs have begun", || self.begun() >= runs).await;
    }

    /// What a loader reads.
    pub async fn load(&self, board: &str) -> Result<u32, std::io::Error> {
        self.times.lock().unwrap().push(tokio::time::Instant::now());
        {
            let mut running = self.running.lock().unwrap();
            let running = running.entry(board.to_owned()).or_default();
            *running += 1;
            if *running > 1 {
                self.overlapped.store(true, Ordering::SeqCst);
            }
        }
        let mut run = Run(self, board.to_owned(), false);
        let number = self.get(board);
        self.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(self.delay.load(Ordering::SeqCst))).await;
        loop {
            let opened = self.opened.notified();
            if !self.closed.load(Ordering::SeqCst) {
                break;
            }
            opened.await;
        }
        let mood = self.mood.lock().unwrap().unwrap_or(Mood::Fine);
        match mood {
            Mood::Fine => {}
            Mood::Failing => {
                run.2 = true;
                return Err(std::io::Error::other("SECRET text of the database"));
            }
            Mood::Panicking => panic!("SECRET text of a panic"),
            Mood::Hanging => std::future::pending().await,
        }
        run.2 = true;
        Ok(number)
    }
}

/// Everybody may do everything; the header says who it is, or what less somebody may do.
pub async fn decide(request: ConnectRequest) -> Result<Grant, Denied> {
    let user = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match user {
        "nobody" => Ok(Grant::everything()),
        "outsider" => {
            Ok(Grant::user(user).subscribe("board/{boardId}").publish("board/{boardId}").subscribe("floor/{level}/{number}/{room?}"))
        }
        "stranger" => Ok(Grant::user(user).publish("board/{boardId}")),
        _ => Ok(Grant::everything().for_user(user)),
    }
}

pub fn builder(store: &Arc<Store>) -> RealtimeBuilder {
    with(store, LiveOptions::new()).authorize(decide)
}

/// The loaders, of which the first has these options.
pub fn with(store: &Arc<Store>, options: LiveOptions) -> RealtimeBuilder {
    let (count, above, mine, poster) = (store.clone(), store.clone(), store.clone(), store.clone());
    Realtime::builder(live::contract())
        .live_with(live::BoardCount, options, move |board: Board| {
            let store = count.clone();
            async move { store.load(&board.board_id.0).await }
        })
        .live(live::CountAbove, move |board: Board, page: live::Page| {
            let store = above.clone();
            async move {
                let number = store.load(&board.board_id.0).await?;
                Ok::<_, std::io::Error>(tidewire::Nullable::from((number > page.after).then_some(number)))
            }
        })
        .live(live::Mine, move |board: Board, context: LiveContext| {
            let store = mine.clone();
            async move {
                let number = store.load(&board.board_id.0).await?;
                let device =
                    context.request().and_then(|request| request.headers().get("device")).map(|value| value.to_str().unwrap().to_owned());
                Ok::<_, std::io::Error>(format!("{:?} {:?} {number}", context.user_id(), device))
            }
        })
        .live(live::Sign, |floor: live::Floor| async move { format!("{:?}/{}/{:?}", floor.level, floor.number, floor.room) })
        .live(live::Poster, move |board: Board| {
            let store = poster.clone();
            async move {
                let number = store.load(&board.board_id.0).await?;
                Ok::<_, std::io::Error>(live::Large { text: format!("{number:07}").repeat(30_000) })
            }
        })
}

pub fn board(name: &str) -> Board {
    Board { board_id: BoardId(name.to_owned()) }
}

/// Stores a number, and says that it did.
pub async fn store_and_tell(realtime: &Realtime, store: &Store, name: &str, number: u32) {
    store.set(name, number);
    realtime.channel(board(name)).publish(CardChanged { id: number.to_string() }).await.unwrap();
}

pub fn begin(query: &str, channel: &str) -> Value {
    json!({ "type": "live", "query": query, "channel": channel })
}

impl Link {
    /// Connects as a user.
    pub async fn signed_in(transport: Transport, address: std::net::SocketAddr, user: &str) -> Self {
        Self::open_with(transport, address, "", None, &[("authorization", user), ("device", "phone")]).await
    }

    /// Begins to look; the key.
    pub async fn look(&mut self, query: &str, channel: &str) -> String {
        self.look_as(begin(query, channel)).await
    }

    pub async fn look_as(&mut self, frame: Value) -> String {
        let reply = self.ask(frame).await;
        assert_eq!(reply["type"], "ack", "{reply}");
        let key = reply["key"].as_str().unwrap().to_owned();
        assert!(!key.is_empty() && key.len() <= 64 && key.is_ascii(), "{key}");
        key
    }

    /// The next frame about a live query, which must be of this key.
    pub async fn told(&mut self, key: &str) -> Value {
        let frame = self.until_type("live").await;
        assert_eq!(frame["key"], key, "{frame}");
        frame
    }

    /// The next value of a key.
    pub async fn value(&mut self, key: &str) -> Value {
        let frame = self.told(key).await;
        assert!(frame.get("data").is_some() && frame["version"].is_string(), "{frame}");
        frame["data"].clone()
    }

    /// Takes values of a key until this one came; how many there were.
    pub async fn until_value(&mut self, key: &str, expected: &Value) -> usize {
        let mut count = 0;
        within(async {
            loop {
                count += 1;
                if self.value(key).await == *expected {
                    return;
                }
            }
        })
        .await;
        count
    }

    /// Fails if anything about a live query came, or comes while somebody else gets an answer.
    pub async fn hears_nothing(&mut self) {
        self.read_what_is_there().await;
        assert!(!self.has_early("live"), "something came");
    }
}
