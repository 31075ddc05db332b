//! What would be the database: boards and their cards, in memory. Asking it takes a while, as it does with a real one.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::sleep,
};

use crate::events::board::{Card, Column, Contents};

/// What a query costs.
const LATENCY: Duration = Duration::from_millis(8);

/// The board that everybody meets who names no other one.
const FIRST: &str = "harbour";

/// How many boards there may be, and how many cards on one: whoever has a name may make some.
const MOST_BOARDS: usize = 200;
const MOST_CARDS: usize = 200;

/// For how many boards it is counted how often they were read: to look at one is less than to make one.
const MOST_COUNTED: usize = 10_000;

/// How many cards may be in work at a time.
const MOST_DOING: usize = 3;

/// All boards. Clones are the same store.
#[derive(Clone)]
pub(crate) struct Store {
    tables: Arc<Mutex<HashMap<String, Table>>>,
    // Not in the tables: to read a board must not make one.
    reads: Arc<std::sync::Mutex<HashMap<String, u32>>>,
}

/// A board and its cards. The order of a column is the order here.
#[derive(Clone)]
struct Table {
    revision: u32,
    last: u32,
    cards: Vec<Card>,
}

/// What a change came to: the number of the change, and the card that it is about.
pub(crate) struct Changed {
    pub(crate) revision: u32,
    pub(crate) before: Card,
    pub(crate) after: Card,
}

/// Why nothing was changed. That is nobody's mistake: others are at the same board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum NotDone {
    /// Somebody took the card off the board.
    Gone,
    /// The column takes no more.
    ColumnFull { column: Column, most: usize },
    /// The board takes no more cards.
    BoardFull { most: usize },
    /// No more boards are made.
    TooManyBoards,
}

impl Store {
    pub(crate) fn new() -> Self {
        let tables = HashMap::from([(FIRST.to_owned(), Table::new())]);
        Self { tables: Arc::new(Mutex::new(tables)), reads: Arc::default() }
    }

    /// What is on a board: the query that the loader makes.
    pub(crate) async fn contents(&self, board: &str) -> Contents {
        sleep(LATENCY).await;
        self.count(board);
        let tables = self.tables.lock().await;
        let table = tables.get(board).cloned().unwrap_or_else(Table::new);
        Contents { revision: table.revision, cards: table.cards }
    }

    /// How often [`contents`](Self::contents) was asked for.
    pub(crate) fn times_read(&self, board: &str) -> u32 {
        self.reads().get(board).copied().unwrap_or_default()
    }

    pub(crate) async fn add(&self, board: &str, author: &str, title: String, column: Column) -> Result<Changed, NotDone> {
        self.write(board, |table| {
            if table.cards.len() >= MOST_CARDS {
                return Err(NotDone::BoardFull { most: MOST_CARDS });
            }
            table.make_room(column)?;
            table.last += 1;
            let card = Card { id: table.last, title, column, author: author.to_owned() };
            table.cards.push(card.clone());
            Ok((card.clone(), card))
        })
        .await
    }

    /// Puts a card above another one of a column, or at its end.
    pub(crate) async fn place(&self, board: &str, id: u32, to: Column, above: Option<u32>) -> Result<Changed, NotDone> {
        self.write(board, |table| {
            let at = table.find(id)?;
            let before = table.cards[at].clone();
            if before.column != to {
                table.make_room(to)?;
            }
            let card = Card { column: to, ..table.cards.remove(at) };
            // The one that it was meant to lie above may have gone meanwhile.
            let at = table.cards.iter().position(|other| Some(other.id) == above && other.column == to).unwrap_or(table.cards.len());
            table.cards.insert(at, card.clone());
            Ok((before, card))
        })
        .await
    }

    pub(crate) async fn rename(&self, board: &str, id: u32, title: String) -> Result<Changed, NotDone> {
        self.write(board, |table| {
            let at = table.find(id)?;
            let before = table.cards[at].clone();
            table.cards[at].title = title;
            Ok((before, table.cards[at].clone()))
        })
        .await
    }

    pub(crate) async fn remove(&self, board: &str, id: u32) -> Result<Changed, NotDone> {
        self.write(board, |table| {
            let at = table.find(id)?;
            let card = table.cards.remove(at);
            Ok((card.clone(), card))
        })
        .await
    }

    /// Takes off what is done. Answers how many cards that were.
    pub(crate) async fn clear(&self, board: &str) -> Result<(u32, u32), NotDone> {
        sleep(LATENCY).await;
        let mut tables = self.tables.lock().await;
        let table = open(&mut tables, board)?;
        let before = table.cards.len();
        table.cards.retain(|card| card.column != Column::Done);
        table.revision += 1;
        Ok((table.revision, u32::try_from(before - table.cards.len()).unwrap_or(u32::MAX)))
    }

    async fn write(
        &self,
        board: &str,
        change: impl FnOnce(&mut Table) -> Result<(Card, Card), NotDone> + Send,
    ) -> Result<Changed, NotDone> {
        sleep(LATENCY).await;
        let mut tables = self.tables.lock().await;
        let table = open(&mut tables, board)?;
        let (before, after) = change(table)?;
        table.revision += 1;
        Ok(Changed { revision: table.revision, before, after })
    }

    fn count(&self, board: &str) {
        let mut reads = self.reads();
        if reads.len() < MOST_COUNTED || reads.contains_key(board) {
            *reads.entry(board.to_owned()).or_default() += 1;
        }
    }

    fn reads(&self) -> std::sync::MutexGuard<'_, HashMap<String, u32>> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open<'a>(tables: &'a mut MutexGuard<'_, HashMap<String, Table>>, board: &str) -> Result<&'a mut Table, NotDone> {
    if !tables.contains_key(board) && tables.len() >= MOST_BOARDS {
        return Err(NotDone::TooManyBoards);
    }
    Ok(tables.entry(board.to_owned()).or_insert_with(Table::new))
}

impl Table {
    /// What everybody finds who opens a board that nobody has changed yet.
    fn new() -> Self {
        let cards: Vec<Card> = [
            ("Paint the wheelhouse door, any colour but grey", Column::Ideas, "Nils"),
            ("Ask the harbour master about the second mooring", Column::Ideas, "Ida"),
            ("A bell for the fog that one can hear below deck", Column::Ideas, "Tomás"),
            ("Splice the aft mooring line", Column::Next, "Ida"),
            ("Order charts for the outer islands", Column::Next, "Tomás"),
            ("Grease the anchor winch", Column::Doing, "Nils"),
            ("Caulk the deck around the hatch", Column::Doing, "Ida"),
            ("New wick and oil for the stern lantern", Column::Done, "Tomás"),
        ]
        .into_iter()
        .zip(1..)
        .map(|((title, column, author), id)| Card { id, title: title.to_owned(), column, author: author.to_owned() })
        .collect();
        Self { revision: 0, last: u32::try_from(cards.len()).unwrap_or(u32::MAX), cards }
    }

    fn find(&self, id: u32) -> Result<usize, NotDone> {
        self.cards.iter().position(|card| card.id == id).ok_or(NotDone::Gone)
    }

    fn make_room(&self, column: Column) -> Result<(), NotDone> {
        let doing = self.cards.iter().filter(|card| card.column == Column::Doing).count();
        if column == Column::Doing && doing >= MOST_DOING { Err(NotDone::ColumnFull { column, most: MOST_DOING }) } else { Ok(()) }
    }
}
