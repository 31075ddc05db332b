//! What the types of columns mean: those that the server is born with by their numbers, all others by the catalog.

use std::collections::{HashMap, hash_map::Entry};

use tidewire::BoxFuture;
use tokio_postgres::{
    Client,
    error::SqlState,
    types::{Kind as Form, Type},
};

use super::text::{self, Kind};
use crate::{connect::in_time, error::SyncError};

/// What is known of types.
#[derive(Debug, Default)]
pub(super) struct Kinds(HashMap<u32, Kind>);

impl Kinds {
    /// Asks again from now on: a cast to JSON may have come, or gone.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The JSON of a value; nothing if it cannot have any.
    pub(super) async fn json(&mut self, client: &Client, ty: u32, value: &str) -> Result<Option<String>, SyncError> {
        let kind = match self.0.entry(ty) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(look(client, ty).await?),
        };
        match kind {
            Kind::Server(name) => ask(client, name, value).await,
            kind => Ok(text::json(kind, value)),
        }
    }
}

/// Lets the server do it.
async fn ask(client: &Client, name: &str, value: &str) -> Result<Option<String>, SyncError> {
    match in_time(client.query_one(&format!("SELECT pg_catalog.to_json($1::text::{name})::text"), &[&value])).await {
        Ok(row) => Ok(row.get(0)),
        // Asking again would not help, and what comes after must not wait for it.
        Err(SyncError::Database(error)) if error.as_db_error().is_some() && !client.is_closed() => {
            tracing::warn!(ty = name, code = error.code().map(SqlState::code), "a value of this type cannot become JSON");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn look(client: &Client, ty: u32) -> BoxFuture<'_, Result<Kind, SyncError>> {
    Box::pin(async move {
        if let Some(known) = Type::from_oid(ty) {
            return Ok(built_in(&known));
        }
        let found = in_time(client.query_opt(
            "SELECT t.typbasetype, CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem ELSE 0 END, e.typdelim, \
                    t.typtype = 'c' OR EXISTS (SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget = 'json'::regtype AND c.castmethod = 'f'), \
                    format_type(t.oid, NULL) \
               FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem WHERE t.oid = $1",
            &[&ty],
        ))
        .await?;
        // A type that was dropped since: its text is all there is.
        let Some(row) = found else { return Ok(Kind::Text) };
        let (base, element): (u32, u32) = (row.get(0), row.get(1));
        if base != 0 {
            return look(client, base).await;
        }
        let server = Kind::Server(row.get(4));
        if element != 0 {
            let delimiter = char::from(row.get::<_, Option<i8>>(2).unwrap_or(0).unsigned_abs());
            return Ok(match look(client, element).await? {
                Kind::Server(_) => server,
                element => Kind::Array(Box::new(element), delimiter),
            });
        }
        Ok(if row.get(3) { server } else { Kind::Text })
    })
}

fn built_in(ty: &Type) -> Kind {
    match *ty {
        Type::BOOL => Kind::Bool,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => Kind::Number,
        Type::JSON | Type::JSONB => Kind::Json,
        Type::TIMESTAMP => Kind::Timestamp,
        Type::TIMESTAMPTZ => Kind::TimestampTz,
        // These two look like arrays, and are written otherwise.
        Type::INT2_VECTOR | Type::OID_VECTOR => Kind::Text,
        _ => match ty.kind() {
            Form::Array(element) => {
                let delimiter = if *element == Type::BOX { ';' } else { ',' };
                Kind::Array(Box::new(built_in(element)), delimiter)
            }
            _ => Kind::Text,
        },
    }
}
