//! The second source: what the database writes into its log anyway, decoded by its own plugin `pgoutput`.
//!
//! # Why by SQL functions, and not by the replication protocol
//!
//! `tokio-postgres` does not speak that protocol, and a second client beside it would need its own ways to authenticate and to encrypt, where
//! [`tls`](crate::PostgresSyncBuilder::tls) has been given one. The functions `pg_logical_slot_peek_binary_changes` and `pg_replication_slot_advance` do the same over any connection, at a price: each
//! look begins where the oldest transaction began that is still open, or where the server last noted which are (every 15 s), and reads from there again. Measured on a slow machine: 15 to 20 ms for each megabyte. So nobody looks unless something
//! was written, a look goes on to the end of the log, whoever publishes may take his time with it, and after it the source rests twice as long as the database worked.
//!
//! # Where it stands
//!
//! The slot knows up to where everything is confirmed, but writes it down only now and then: when the database crashes, it goes back. What this process has confirmed it remembers itself ([`Progress`]); what another one confirmed is published again,
//! under the same keys, which the broker knows.

mod install;
mod kinds;
mod ledger;
mod message;
mod peek;
mod row;
mod slot;
mod text;

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tidewire::BoxFuture;

use self::{
    install::Tables,
    kinds::Kinds,
    ledger::Ledger,
    message::{Message, Relation},
    peek::{Peek, Reader},
    row::Cells,
    slot::Lsn,
};
use super::{Change, Source, Wanted, outbox::identity};
use crate::{
    connect::{Connected, Connector, in_time},
    error::SyncError,
    table::Operation,
};

/// How many changes are read at once.
const ROWS: usize = 1024;

/// How many bytes of rows are held at once, and one row more.
const BYTES: usize = 8 * 1024 * 1024;

/// How long a look may keep whoever reads; then he is told that there is nothing yet.
const ANSWER: Duration = Duration::from_secs(2);

/// How much longer than a look the rest after it is: no processor of the database is busy with this for more than a third of the time.
const REST: u32 = 2;
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Which slot, and how far this process got.
#[derive(Debug)]
pub(crate) struct Replication {
    /// The name of slot and publication.
    pub(crate) slot: String,
    progress: Mutex<Progress>,
}

/// Everything that was committed before `done` is confirmed, in the history of the database that is called so.
#[derive(Clone, Debug, Default)]
struct Progress {
    history: String,
    done: Lsn,
}

impl Replication {
    pub(crate) fn new(slot: String) -> Self {
        Self { slot, progress: Mutex::default() }
    }

    fn done(&self) -> Lsn {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).done
    }

    fn raise(&self, to: Lsn) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done = progress.done.max(to);
    }

    /// In another history the same places mean something else.
    fn continue_in(&self, history: String) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.history != history {
            *progress = Progress { history, done: 0 };
        }
    }

    fn begin_anew(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Progress::default();
    }

    fn lock_number(&self, purpose: &str) -> i64 {
        let digest = Sha256::digest(format!("tidewire-postgres/logical/{purpose}/{}", self.slot));
        i64::from_be_bytes(std::array::from_fn(|at| digest[at]))
    }
}

/// The transaction that is being read.
#[derive(Debug)]
struct Transaction {
    commit: Lsn,
    /// How many changes came before.
    index: u32,
}

/// Reads the log over two connections: one that shows who leads, and one that looks.
#[derive(Debug)]
pub(crate) struct Logical {
    wanted: Arc<Wanted>,
    replication: Arc<Replication>,
    connection: Connected,
    reader: Reader,
    token: String,
    tables: Tables,
    kinds: Kinds,
    leads: bool,
    relations: HashMap<u32, Arc<Relation>>,
    transaction: Option<Transaction>,
    peek: Option<Peek>,
    /// What was read and is not confirmed.
    unconfirmed: Vec<Change>,
    position: i64,
    /// Up to where the log was read when the last transaction ended.
    ended: Lsn,
    /// Up to where there is nothing more to read.
    looked: Lsn,
    /// Up to where the slot stands.
    confirmed: Lsn,
    /// How long the database has worked since the last rest.
    worked: Duration,
    rested: Instant,
}

impl Logical {
    /// Connects, and installs what is missing; where nobody leads, this node begins to.
    pub(crate) async fn open(connector: &Connector, wanted: Arc<Wanted>, replication: Arc<Replication>) -> Result<Self, SyncError> {
        let mut connection = connector.connect().await?;
        in_time(connection.client.batch_execute(peek::FORMAT)).await?;
        if slot::install(&mut connection.client, &replication.slot, replication.lock_number("install")).await? {
            replication.begin_anew();
        }
        let token = Ledger::read(&connection.client, &replication.slot).await?.unwrap_or_default().token;
        let reader = Reader::open(connector, &replication.slot).await?;
        let mut source = Self {
            wanted,
            replication,
            connection,
            reader,
            token,
            tables: Tables::default(),
            kinds: Kinds::default(),
            leads: false,
            relations: HashMap::new(),
            transaction: None,
            peek: None,
            unconfirmed: Vec::new(),
            position: 0,
            ended: 0,
            looked: 0,
            confirmed: 0,
            worked: Duration::ZERO,
            rested: Instant::now(),
        };
        source.ask_for_lead().await?;
        Ok(source)
    }

    async fn ask_for_lead(&mut self) -> Result<bool, SyncError> {
        if !self.leads {
            let number = self.replication.lock_number("lead");
            let client = &self.connection.client;
            self.leads = in_time(client.query_one("SELECT pg_try_advisory_lock($1)", &[&number])).await?.get(0);
            if self.leads {
                let history = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";
                self.replication.continue_in(in_time(client.query_one(history, &[])).await?.get(0));
                if slot::flushed(client).await? < self.replication.done() {
                    // It lost what was written last, and will write other things there.
                    self.replication.begin_anew();
                }
                self.install_tables().await?;
                self.confirmed = slot::confirmed(&self.connection.client, &self.replication.slot).await?;
            }
        }
        Ok(self.leads)
    }

    async fn install_tables(&mut self) -> Result<(), SyncError> {
        let lock = self.replication.lock_number("install");
        self.tables = install::install(&mut self.connection.client, &self.replication.slot, lock, &self.wanted.mappings).await?;
        Ok(())
    }

    async fn read_due(&mut self) -> Result<Vec<Change>, SyncError> {
        // Whoever gets an answer has the lead still.
        let flushed = slot::flushed(&self.connection.client).await?;
        if !self.unconfirmed.is_empty() {
            return Ok(self.unconfirmed.clone());
        }
        if self.peek.is_none() {
            self.settle().await?;
            if flushed <= self.looked || Instant::now() < self.rested {
                return Ok(Vec::new());
            }
            // Each look tells of its tables again.
            self.relations.clear();
            self.peek = Some(self.reader.look(flushed));
        }
        let changes = self.take_some().await?;
        if changes.is_empty() {
            self.settle().await?;
        }
        self.unconfirmed.clone_from(&changes);
        Ok(changes)
    }

    async fn take_some(&mut self) -> Result<Vec<Change>, SyncError> {
        let (mut changes, mut bytes, began) = (Vec::new(), 0, Instant::now());
        while let Some(peek) = &mut self.peek
            && changes.len() < ROWS
            && bytes < BYTES
        {
            let Ok(row) = tokio::time::timeout(ANSWER.saturating_sub(began.elapsed()), peek.next()).await else { break };
            let Some(row) = row? else {
                self.worked += peek.worked();
                if !peek.was_cut() {
                    self.looked = peek.flushed;
                    self.ended = self.ended.max(peek.flushed);
                }
                self.peek = None;
                break;
            };
            let before = changes.len();
            match row.try_get(0)? {
                Some(message) => self.take(message, &mut changes).await?,
                None => changes.extend(self.too_large(row.try_get(1)?).await?),
            }
            bytes += changes[before..].iter().filter_map(|change| change.row.as_ref()).map(String::len).sum::<usize>();
        }
        Ok(changes)
    }

    async fn take(&mut self, bytes: &[u8], changes: &mut Vec<Change>) -> Result<(), SyncError> {
        match message::read(bytes)? {
            Message::Begin { commit } => self.transaction = Some(Transaction { commit, index: 0 }),
            Message::Commit { end } => {
                self.transaction = None;
                self.ended = self.ended.max(end);
            }
            Message::Relation(relation) => {
                self.relations.insert(relation.id, Arc::new(relation));
            }
            Message::Insert { relation, new } => {
                let relation = self.relation(relation)?;
                changes.extend(self.change(&relation, Operation::Insert, Some(row::new(&relation, &new, None)?)).await?);
            }
            Message::Update { relation, old, new } => {
                let relation = self.relation(relation)?;
                let cells = row::new(&relation, &new, old.as_ref())?;
                changes.extend(self.change(&relation, Operation::Update, Some(cells)).await?);
            }
            Message::Delete { relation, old } => {
                let relation = self.relation(relation)?;
                changes.extend(self.change(&relation, Operation::Delete, Some(row::old(&relation, &old)?)).await?);
            }
            Message::Truncate { relations } => {
                for relation in relations {
                    let relation = self.relation(relation)?;
                    changes.extend(self.change(&relation, Operation::Truncate, None).await?);
                }
            }
            Message::Other => {}
        }
        Ok(())
    }

    /// A change of which no more than its beginning is here: that it was made is all that can be said.
    async fn too_large(&mut self, beginning: &[u8]) -> Result<Option<Change>, SyncError> {
        let Some((operation, relation)) = message::beginning(beginning)? else { return Ok(None) };
        let relation = self.relation(relation)?;
        self.change(&relation, operation, None).await
    }

    fn relation(&self, id: u32) -> Result<Arc<Relation>, SyncError> {
        self.relations.get(&id).cloned().ok_or(SyncError::Message { reason: "a row belongs to no table" })
    }

    /// A change, if anybody wants to know of it.
    async fn change(&mut self, relation: &Relation, operation: Operation, cells: Option<Cells<'_>>) -> Result<Option<Change>, SyncError> {
        let Some(Transaction { commit, index }) = &mut self.transaction else {
            return Err(SyncError::Message { reason: "a row belongs to no transaction" });
        };
        let (commit, index) = (*commit, std::mem::replace(index, index.saturating_add(1)));
        if commit < self.replication.done() {
            return Ok(None);
        }
        let Some((table, key)) = self.tables.find(relation.id, &relation.schema, &relation.name) else { return Ok(None) };
        let mapping = &self.wanted.mappings[table];
        if !mapping.watches(operation) {
            return Ok(None);
        }
        let (row, key_only) = match cells {
            Some(cells) => row::content(&self.connection.client, &mut self.kinds, mapping, key, &cells, self.wanted.row_bytes).await?,
            None => (None, operation != Operation::Truncate),
        };
        let identity = row.as_deref().map_or_else(String::new, |row| identity(row, key));
        let key = self.key(commit, index, table, operation, row.as_deref());
        let place = i64::try_from(commit.saturating_add(index.into())).unwrap_or(i64::MAX);
        self.position = self.position.saturating_add(1).max(place);
        Ok(Some(Change { position: self.position, key, table, operation, row, key_only, identity }))
    }

    /// The same for the same change, whoever reads it. What the change says is in it, too: a database that lost its newest past writes at the same place again.
    fn key(&self, commit: Lsn, index: u32, table: usize, operation: Operation, row: Option<&str>) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{} {} ", self.wanted.mappings[table].table.label(), operation.name()));
        digest.update(row.unwrap_or_default());
        let digest = digest.finalize();
        let mut key = format!("pg-{}-{commit:x}-{index}-", self.token);
        for byte in &digest[..8] {
            // Writing to a string does not fail.
            let _ = write!(key, "{byte:02x}");
        }
        key
    }

    /// Lets go of what is confirmed, once a look is over; then it is time to rest.
    async fn settle(&mut self) -> Result<(), SyncError> {
        if !self.unconfirmed.is_empty() {
            return Ok(());
        }
        self.replication.raise(self.ended);
        if self.peek.is_some() {
            return Ok(());
        }
        if self.ended > self.confirmed {
            let began = Instant::now();
            slot::advance(&self.connection.client, &self.replication.slot, self.ended).await?;
            self.confirmed = self.ended;
            self.worked += began.elapsed();
        }
        let worked = std::mem::take(&mut self.worked);
        if !worked.is_zero() {
            self.rested = Instant::now() + (worked * REST).min(LONGEST_REST);
        }
        Ok(())
    }
}

impl Source for Logical {
    fn lead(&mut self) -> BoxFuture<'_, Result<bool, SyncError>> {
        Box::pin(self.ask_for_lead())
    }

    fn read(&mut self) -> BoxFuture<'_, Result<Vec<Change>, SyncError>> {
        Box::pin(self.read_due())
    }

    fn confirm<'a>(&'a mut self, positions: &'a [i64]) -> BoxFuture<'a, Result<(), SyncError>> {
        Box::pin(async move {
            let done: HashSet<i64> = positions.iter().copied().collect();
            self.unconfirmed.retain(|change| !done.contains(&change.position));
            self.settle().await
        })
    }

    fn tend(&mut self) -> BoxFuture<'_, Result<(), SyncError>> {
        Box::pin(async move {
            if self.leads {
                self.kinds.forget();
                self.install_tables().await?;
                slot::measure(&self.connection.client, &self.replication.slot).await?;
            }
            Ok(())
        })
    }
}

/// Removes everything that was installed.
pub(crate) async fn uninstall(connector: &Connector, replication: &Replication) -> Result<(), SyncError> {
    let mut connection = connector.connect().await?;
    install::uninstall(&mut connection.client, &replication.slot, replication.lock_number("install")).await?;
    replication.begin_anew();
    Ok(())
}
