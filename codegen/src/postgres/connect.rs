//! Asks the catalog of a database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tidewire_schema::suggest;
use tokio_postgres::{Client, Config, NoTls};

use super::{Catalog, Column, Kind, Table};

/// How long the database may take to accept a connection, and to answer everything.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(60);

/// Why there is nothing to make definitions of. No message holds the address, which may hold a password.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The address is none.
    Address(String),
    /// The database cannot be reached, or lets nobody in: the reason.
    Unreachable(String),
    /// The database refused to answer: the reason.
    Refused(String),
    /// It did not answer in time.
    Silent,
    /// There is no such table.
    NoTable {
        /// What was asked for.
        table: String,
        /// Where it was looked for.
        schema: String,
        /// One that was meant, probably.
        nearest: Option<String>,
    },
    /// It is there, and has no rows of its own that could be watched.
    NotATable {
        /// What was asked for.
        table: String,
        /// What it is.
        found: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(reason) => write!(f, "the address of the database cannot be used: {reason}"),
            Self::Unreachable(reason) => write!(f, "the database cannot be reached: {reason}"),
            Self::Refused(reason) => write!(f, "the database refused: {reason}"),
            Self::Silent => f.write_str("the database did not answer in time"),
            Self::NoTable { table, schema, .. } => write!(f, "there is no table `{table}` in the schema `{schema}`"),
            Self::NotATable { table, found } => write!(f, "`{table}` is {found}, whose changes nobody can watch"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Address(_) => "it is `postgres://user:password@host/database`, or `host=… user=… dbname=…`".to_owned(),
            Self::Unreachable(_) | Self::Silent => "does `psql` get in with the same address? The connection is not encrypted: use a local one, or a tunnel".to_owned(),
            Self::Refused(_) => "the user has to be one who may read the catalog, in PostgreSQL 14 or later".to_owned(),
            Self::NoTable { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::NoTable { .. } => "names are taken as they are stored: `Posts` is not `posts`; a table of another schema is `--schema other`, or `other.posts`".to_owned(),
            Self::NotATable { .. } => "name the table that holds the rows".to_owned(),
        }
    }
}

/// Reads what the catalog says of these tables: by their names in `schema`, or else as `schema.table`.
///
/// # Errors
///
/// [`Error`], one for whatever failed first.
pub fn read(address: &str, schema: &str, tables: &[String]) -> Result<Catalog, Error> {
    let mut config = Config::from_str(address).map_err(|error| Error::Address(cause(&error)))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Error::Unreachable(error.to_string()))?;
    let asked = runtime.block_on(async {
        tokio::time::timeout(ANSWER, async {
            let (client, connection) = config.connect(NoTls).await.map_err(|error| Error::Unreachable(cause(&error)))?;
            let driver = tokio::spawn(connection);
            let catalog = ask(&client, schema, tables).await;
            driver.abort();
            catalog
        })
        .await
    });
    asked.unwrap_or(Err(Error::Silent))
}

async fn ask(client: &Client, schema: &str, wanted: &[String]) -> Result<Catalog, Error> {
    let mut tables = Vec::new();
    let mut seen = BTreeSet::new();
    for name in wanted {
        let (relation, table) = find(client, schema, name).await?;
        if seen.insert(relation) {
            tables.push(Table { columns: columns(client, relation).await?, ..table });
        }
    }
    let types = types(client, &tables).await?;
    Ok(Catalog { tables, types })
}

/// The number of a table in the catalog, and the table without its columns.
async fn find(client: &Client, schema: &str, name: &str) -> Result<(u32, Table), Error> {
    let select = "SELECT c.oid, c.relkind::text, obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c \
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text AND c.relname = $2::text";
    // A name may hold dots of its own.
    let split = name.match_indices('.').map(|(at, _)| (&name[..at], &name[at + 1..]));
    for (schema, table) in std::iter::once((schema, name)).chain(split) {
        let Some(row) = client.query_opt(select, &[&schema, &table]).await.map_err(refused)? else { continue };
        let found = match row.get::<_, String>(1).as_str() {
            "r" | "p" => {
                return Ok((
                    row.get(0),
                    Table { schema: schema.to_owned(), name: table.to_owned(), comment: row.get(2), columns: Vec::new() },
                ));
            }
            "v" => "a view",
            "m" => "a materialized view",
            "f" => "a foreign table",
            _ => continue,
        };
        return Err(Error::NotATable { table: name.to_owned(), found });
    }
    let others = "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = $1::text AND c.relkind IN ('r', 'p') ORDER BY 1 LIMIT 2000";
    let others = client.query(others, &[&schema]).await.map_err(refused)?;
    let others: Vec<String> = others.iter().map(|row| row.get(0)).collect();
    let nearest = suggest::nearest(name, others.iter().map(String::as_str)).map(str::to_owned);
    Err(Error::NoTable { table: name.to_owned(), schema: schema.to_owned(), nearest })
}

/// The columns of a table, or the attributes of a composite type.
async fn columns(client: &Client, relation: u32) -> Result<Vec<Column>, Error> {
    let select = "SELECT attname::text, col_description(attrelid, attnum), atttypid, atttypmod, attndims::integer, attnotnull \
                    FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let rows = client.query(select, &[&relation]).await.map_err(refused)?;
    let column = |row: &tokio_postgres::Row| Column {
        name: row.get(0),
        comment: row.get(1),
        ty: row.get(2),
        modifier: row.get(3),
        dimensions: u16::try_from(row.get::<_, i32>(4)).unwrap_or_default(),
        required: row.get(5),
    };
    Ok(rows.iter().map(column).collect())
}

/// All types that the columns use, and those that these are made of.
async fn types(client: &Client, tables: &[Table]) -> Result<BTreeMap<u32, Kind>, Error> {
    let select = "SELECT t.oid, t.typname::text, t.typtype::text, \
                         CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem ELSE 0 END, \
                         t.typbasetype, t.typtypmod, t.typndims, t.typnotnull, t.typrelid, \
                         t.oid >= 16384 AND EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castsource = t.oid AND c.casttarget = 'json'::regtype AND c.castfunc <> 0), \
                         ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) \
                    FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1)";
    let mut known = BTreeMap::new();
    let mut open: BTreeSet<u32> = tables.iter().flat_map(|table| &table.columns).map(|column| column.ty).collect();
    while !open.is_empty() {
        let asked: Vec<u32> = std::mem::take(&mut open).into_iter().collect();
        for row in client.query(select, &[&asked]).await.map_err(refused)? {
            let (number, name): (u32, String) = (row.get(0), row.get(1));
            let (kind, element): (String, u32) = (row.get(2), row.get(3));
            let kind = match kind.as_str() {
                "d" => {
                    let dimensions = u16::try_from(row.get::<_, i32>(6)).unwrap_or_default();
                    Kind::Domain { of: row.get(4), modifier: row.get(5), dimensions, required: row.get(7) }
                }
                _ if element != 0 => Kind::Array(element),
                "c" => Kind::Composite { name, attributes: columns(client, row.get(8)).await? },
                _ if row.get(9) => Kind::Json,
                "e" => Kind::Enum { name, labels: row.get(10) },
                _ => Kind::Base(name),
            };
            match &kind {
                Kind::Domain { of, .. } | Kind::Array(of) => open.extend([*of]),
                Kind::Composite { attributes, .. } => open.extend(attributes.iter().map(|attribute| attribute.ty)),
                _ => {}
            }
            known.insert(number, kind);
        }
        open.retain(|number| !known.contains_key(number));
    }
    Ok(known)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn refused(error: tokio_postgres::Error) -> Error {
    Error::Refused(cause(&error))
}

/// What the server said, or what became of the connection.
fn cause(error: &tokio_postgres::Error) -> String {
    let source = std::error::Error::source(error);
    let said = error.as_db_error().map(|said| format!("{} ({})", said.message(), said.code().code()));
    said.unwrap_or_else(|| source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}")))
}
