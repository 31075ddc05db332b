//! Which tables are watched, and what becomes of their rows.

use std::{fmt, sync::Arc};

use tidewire::Json;

/// What happened to a row, or to a whole table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A row is new.
    Insert,
    /// A row was changed; the event has what it is now.
    Update,
    /// A row is gone; the event has what it was.
    Delete,
    /// All rows are gone at once; the event has none.
    Truncate,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];

    /// The last part of the default name of the event: `insert`, `update`, `delete` or `truncate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
        }
    }
}

pub(crate) type Filter = Arc<dyn Fn(&Json, Operation) -> bool + Send + Sync>;

/// A watched table: where its changes go, and as which events.
///
/// Whatever is not said has a default: the schema is `public`, the channel is called like the table, and the events `<table>.insert`, `<table>.update`,
/// `<table>.delete` and, where the contract has it, `<table>.truncate`. A text is a table with all defaults.
///
/// ```
/// use tidewire_postgres::{Operation, Table};
///
/// let cards = Table::new("cards")
///     .channel("board/{boardId}")
///     .param("boardId", "board")
///     .event(Operation::Insert, "card.added")
///     .columns(["id", "board", "title"])
///     .filter(|row, operation| operation == Operation::Delete || row["draft"] != true);
/// ```
///
/// # How a row becomes a payload
///
/// Where the payload is an object of known fields, each field takes the column of its name, or the one whose name it is in camel case: `roomId` takes `room_id`. Columns without a field
/// stay behind. Where the contract knows no fields, every column is sent under its own name. The contract says what a number becomes, too: an `Int64` is text, a `Number` is a number. Where
/// it says nothing, a number is one if JavaScript can hold it exactly, and text if not. A column that is `NULL` is left out where the field may be absent, but not null.
#[derive(Clone)]
#[must_use = "a table is watched when it is given to the builder"]
pub struct Table {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) channel: Option<String>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) events: Vec<(Operation, String)>,
    pub(crate) operations: Option<Vec<Operation>>,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) filter: Option<Filter>,
}

impl Table {
    /// A table of the schema `public`, by its name as it is stored: `Posts` is not `posts`, and nothing has to be quoted.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: "public".to_owned(),
            name: name.into(),
            channel: None,
            params: Vec::new(),
            events: Vec::new(),
            operations: None,
            columns: None,
            filter: None,
        }
    }

    /// The schema that the table is in. Tables of one name in several schemas are several tables, and need channels or events that differ only if pages shall tell them apart.
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self { schema: schema.into(), ..self }
    }

    /// The channel, as the contract writes it: `board/{boardId}`. A parameter takes the column of its name, or the one whose name it is in camel case; the
    /// parameter `table`, where there is no such column, is the table's name.
    ///
    /// A row in which that column is `NULL` belongs to no channel: it is logged, counted and left out. A row whose column changes goes to its new channel alone.
    pub fn channel(self, pattern: impl Into<String>) -> Self {
        Self { channel: Some(pattern.into()), ..self }
    }

    /// Which column fills a parameter of the channel.
    pub fn param(mut self, param: impl Into<String>, column: impl Into<String>) -> Self {
        self.params.push((param.into(), column.into()));
        self
    }

    /// What the event of an operation is called.
    pub fn event(mut self, operation: Operation, name: impl Into<String>) -> Self {
        self.events.retain(|(other, _)| *other != operation);
        self.events.push((operation, name.into()));
        self
    }

    /// The operations that are watched. The others cost nothing, and need no event. Unless set: inserts, updates and deletes, and truncations if the channel carries
    /// their event and has no parameters.
    pub fn operations(self, operations: impl IntoIterator<Item = Operation>) -> Self {
        Self { operations: Some(operations.into_iter().collect()), ..self }
    }

    /// The columns that are sent, by their names in the table. All of them unless set.
    pub fn columns<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: Some(columns.into_iter().map(Into::into).collect()), ..self }
    }

    /// Which changes are sent. The row is an object of all columns; for [`Operation::Delete`] it is the row that was deleted. A truncation has no row, and is not asked about.
    ///
    /// Of a row over the [limit](crate::PostgresSyncBuilder::row_bytes) the filter sees what is sent of it: its key. One that panics keeps its row back, which is logged and counted.
    pub fn filter(self, filter: impl Fn(&Json, Operation) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: Some(Arc::new(filter)), ..self }
    }

    /// What the event of an operation is called, by choice or by default.
    pub(crate) fn event_of(&self, operation: Operation) -> String {
        let chosen = self.events.iter().find(|(other, _)| *other == operation);
        chosen.map_or_else(|| format!("{}.{}", self.name, operation.name()), |(_, name)| name.clone())
    }

    /// How messages name it.
    pub(crate) fn label(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

impl<T: Into<String>> From<T> for Table {
    fn from(name: T) -> Self {
        Self::new(name)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("schema", &self.schema).field("name", &self.name).finish_non_exhaustive()
    }
}
