//! What tables and contract say together: which change becomes which event.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value, value::RawValue};
use tidewire::{Contract, Json};
use tidewire_schema::{Event, Field, Type, address::Pattern, suggest};

use crate::{
    error::ConfigError,
    name,
    table::{Operation, Table},
    value::{self, Columns, Unreadable},
};

/// What says that an event holds the key of its row alone.
const TRUNCATED: &str = "truncated";

/// A watched table, fitted to a contract.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) table: Table,
    contract: &'static Contract,
    pattern: Pattern,
    events: Vec<(Operation, &'static Event)>,
}

/// An event that is ready to be published.
#[derive(Debug, PartialEq)]
pub(crate) struct Rendered {
    pub(crate) channel: String,
    pub(crate) event: &'static str,
    pub(crate) data: Option<Value>,
}

/// Why a change becomes no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Omitted {
    /// The filter kept it back, or nobody asked for this operation.
    Unwanted,
    /// The filter panicked.
    FilterPanicked,
    /// The parameters do not make a channel.
    Unaddressed(String),
    /// The row cannot be read.
    Unreadable(&'static str),
}

impl From<Unreadable> for Omitted {
    fn from(Unreadable(reason): Unreadable) -> Self {
        Self::Unreadable(reason)
    }
}

impl Mapping {
    /// Holds a table against the contract.
    pub(crate) fn new(table: &Table, default_channel: Option<&str>, contract: &'static Contract) -> Result<Self, ConfigError> {
        let label = table.label();
        let wanted = table.channel.as_deref().or(default_channel).unwrap_or(&table.name);
        let Some(channel) = contract.channel_with(wanted) else {
            let suggestion = suggest::nearest(wanted, contract.channels.iter().map(|channel| channel.pattern.as_str())).map(str::to_owned);
            return Err(ConfigError::UnknownChannel { table: label, pattern: wanted.to_owned(), suggestion });
        };
        let Ok(pattern) = Pattern::parse(wanted) else {
            return Err(ConfigError::UnknownChannel { table: label, pattern: wanted.to_owned(), suggestion: None });
        };
        if let Some((param, _)) = table.params.iter().find(|(param, _)| !pattern.params().any(|known| known == param)) {
            return Err(ConfigError::UnknownParam { table: label, param: param.clone(), channel: wanted.to_owned() });
        }
        let mut mapping = Self { table: table.clone(), contract, pattern, events: Vec::new() };
        for operation in Operation::ALL {
            let asked = table.operations.as_ref().is_some_and(|operations| operations.contains(&operation));
            if table.operations.is_some() && !asked {
                continue;
            }
            let name = table.event_of(operation);
            let found = contract.events_of(channel).find(|event| event.name == name);
            if operation == Operation::Truncate {
                let fits = mapping.required_params().next().is_none();
                if asked && !fits {
                    return Err(ConfigError::TruncateNeedsParams { table: label, channel: wanted.to_owned() });
                }
                if !asked && (found.is_none() || !fits) {
                    continue;
                }
            }
            let Some(event) = found else {
                let known = contract.events_of(channel).map(|event| event.name.as_str());
                let suggestion = suggest::nearest(&name, known).map(str::to_owned);
                return Err(ConfigError::UnknownEvent { table: label, operation, event: name, channel: wanted.to_owned(), suggestion });
            };
            mapping.check_event(operation, event)?;
            mapping.events.push((operation, event));
        }
        mapping.check_columns()?;
        Ok(mapping)
    }

    /// Whether this operation becomes an event.
    pub(crate) fn watches(&self, operation: Operation) -> bool {
        self.events.iter().any(|(known, _)| *known == operation)
    }

    /// The columns that any of the events or the channel can use; nothing where that may be all of them.
    pub(crate) fn used_columns(&self, all: &[String]) -> Vec<String> {
        let used = |column: &&String| {
            let chosen = self.table.columns.as_ref().is_none_or(|columns| columns.contains(column));
            self.fills_param(column) || (chosen && self.events.iter().any(|(_, event)| self.takes(event, column)))
        };
        all.iter().filter(used).cloned().collect()
    }

    /// Whether a column fills a parameter of the channel: an event cannot do without it, however large the row.
    pub(crate) fn fills_param(&self, column: &str) -> bool {
        self.pattern.params().any(|param| self.fills_this(param, column))
    }

    fn fills_this(&self, param: &str, column: &str) -> bool {
        match self.table.params.iter().find(|(known, _)| known == param) {
            Some((_, chosen)) => chosen == column,
            None => fills(column, param),
        }
    }

    /// Says in the log what an event or the channel cannot do without, and none of the table's columns fills.
    pub(crate) fn report_unfilled(&self, columns: &[String]) {
        let table = self.table.label();
        for param in self.required_params().filter(|param| !columns.iter().any(|column| self.fills_this(param, column))) {
            tracing::error!(
                table,
                param,
                "no column of the table fills a parameter of the channel; changes are left out as long as that is so"
            );
        }
        for (operation, event) in &self.events {
            let fields = event.payload.as_ref().filter(|_| *operation != Operation::Truncate).and_then(|payload| self.fields_of(payload));
            let filled = |field: &&Field| columns.iter().any(|column| fills(column, &field.name));
            for field in fields.into_iter().flatten().filter(|field| is_needed(field) && !filled(field)) {
                let (event, field) = (&event.name, &field.name);
                tracing::error!(
                    table,
                    event,
                    field,
                    "no column of the table fills a field of the event; changes are left out as long as that is so"
                );
            }
        }
    }

    /// Makes the event of a change. `row` is nothing for a truncation; `key_only` says that it is not the whole row.
    pub(crate) fn render(&self, operation: Operation, row: Option<&str>, key_only: bool) -> Result<Rendered, Omitted> {
        let Some((_, event)) = self.events.iter().find(|(known, _)| *known == operation) else { return Err(Omitted::Unwanted) };
        let columns = match row {
            Some(row) => value::columns(row)?,
            None if operation == Operation::Truncate => Columns::default(),
            None => return Err(Omitted::Unreadable("it is too large, and has no primary key that could stand for it")),
        };
        if operation != Operation::Truncate {
            self.pass_filter(operation, &columns)?;
        }
        let channel = self.address(&columns)?;
        let data = match &event.payload {
            None => None,
            Some(_) if operation == Operation::Truncate => Some(Value::Object(Map::new())),
            Some(payload) => Some(self.payload(payload, &columns, key_only)?),
        };
        Ok(Rendered { channel, event: &event.name, data })
    }

    fn pass_filter(&self, operation: Operation, columns: &Columns<'_>) -> Result<(), Omitted> {
        let Some(filter) = &self.table.filter else { return Ok(()) };
        let row = columns.iter().map(|(name, raw)| Ok((name.to_owned(), value::value(self.contract, None, raw)?)));
        let row = Json::Object(row.collect::<Result<_, Unreadable>>()?);
        match catch_unwind(AssertUnwindSafe(|| filter(&row, operation))) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Omitted::Unwanted),
            Err(_) => Err(Omitted::FilterPanicked),
        }
    }

    fn address(&self, columns: &Columns<'_>) -> Result<String, Omitted> {
        let mut values = Vec::new();
        for param in self.pattern.params() {
            let chosen = self.table.params.iter().find(|(known, _)| known == param).map(|(_, column)| column);
            let raw = match chosen {
                Some(column) => columns.get(column),
                None => find(columns, param),
            };
            match raw {
                Some(raw) => values.extend(value::param(raw).map(|text| (param, text))),
                None if param == "table" => values.push((param, self.table.name.clone())),
                None => {}
            }
        }
        self.pattern.encode(&values).map_err(|error| Omitted::Unaddressed(error.to_string()))
    }

    fn payload(&self, ty: &'static Type, columns: &Columns<'_>, key_only: bool) -> Result<Value, Omitted> {
        let chosen = |column: &str| self.table.columns.as_ref().is_none_or(|chosen| chosen.iter().any(|known| known == column));
        let mut payload = Map::new();
        if let Some(fields) = self.fields_of(ty) {
            for field in fields {
                let Some(raw) = find_of(columns, &field.name, chosen) else { continue };
                if raw.get() == "null" && (field.optional || field.default.is_some()) && !self.is_nullable(&field.ty) {
                    continue;
                }
                payload.insert(field.name.clone(), value::value(self.contract, Some(&field.ty), raw)?);
            }
            if key_only && fields.iter().any(|field| field.name == TRUNCATED) {
                payload.insert(TRUNCATED.to_owned(), Value::Bool(true));
            }
        } else {
            let inner = match self.plain(ty) {
                Some(Type::Map { values, .. }) => Some(&**values),
                _ => None,
            };
            for (column, raw) in columns.iter().filter(|(column, _)| chosen(column)) {
                payload.insert(column.to_owned(), value::value(self.contract, inner, raw)?);
            }
            if key_only {
                payload.insert(TRUNCATED.to_owned(), Value::Bool(true));
            }
        }
        Ok(Value::Object(payload))
    }

    fn check_event(&self, operation: Operation, event: &'static Event) -> Result<(), ConfigError> {
        let (table, name) = (self.table.label(), event.name.clone());
        if !event.publish.server {
            return Err(ConfigError::NotAllowed { table, event: name });
        }
        let Some(payload) = &event.payload else { return Ok(()) };
        if let Some(fields) = self.fields_of(payload) {
            let missing = fields.iter().find(|field| {
                let filled = self.table.columns.as_ref().is_none_or(|columns| columns.iter().any(|column| fills(column, &field.name)));
                is_needed(field) && (!filled || operation == Operation::Truncate)
            });
            return match missing {
                Some(field) => Err(ConfigError::MissingField { table, event: name, field: field.name.clone() }),
                None => Ok(()),
            };
        }
        match self.plain(payload) {
            Some(Type::Any | Type::Json { .. } | Type::Map { .. } | Type::Union { .. } | Type::Choice { .. }) => Ok(()),
            other => Err(ConfigError::Payload { table, event: name, found: other.map_or("unknown", Type::noun) }),
        }
    }

    fn check_columns(&self) -> Result<(), ConfigError> {
        let Some(columns) = &self.table.columns else { return Ok(()) };
        columns.iter().try_for_each(|column| name::check("column", column))?;
        let idle = |column: &&String| !self.fills_param(column) && !self.events.iter().any(|(_, event)| self.takes(event, column));
        // Whoever has nothing but signals may still choose columns for the filter's sake; there is no payload to miss them.
        let carries = self.events.iter().any(|(_, event)| event.payload.is_some());
        match columns.iter().find(idle).filter(|_| carries) {
            Some(column) => Err(ConfigError::UnknownColumn { table: self.table.label(), column: column.clone() }),
            None => Ok(()),
        }
    }

    fn takes(&self, event: &'static Event, column: &str) -> bool {
        let Some(payload) = &event.payload else { return false };
        self.fields_of(payload).is_none_or(|fields| fields.iter().any(|field| fills(column, &field.name)))
    }

    fn required_params(&self) -> impl Iterator<Item = &str> {
        let optional = self.pattern.optional_param();
        self.pattern.params().filter(move |&param| param != "table" && Some(param) != optional)
    }

    /// A type behind its names, and without the null that may stand beside it.
    fn plain(&self, ty: &'static Type) -> Option<&'static Type> {
        let mut ty = self.contract.resolve(ty)?;
        while let Type::Nullable { of } = ty {
            ty = self.contract.resolve(of)?;
        }
        Some(ty)
    }

    fn is_nullable(&self, ty: &'static Type) -> bool {
        matches!(self.contract.resolve(ty), Some(Type::Nullable { .. } | Type::Any | Type::Json { .. } | Type::Choice { .. }))
    }

    fn fields_of(&self, ty: &'static Type) -> Option<&'static [Field]> {
        match self.plain(ty)? {
            Type::Object(object) => Some(&object.fields),
            _ => None,
        }
    }
}

const fn is_needed(field: &Field) -> bool {
    !field.optional && field.default.is_none()
}

fn fills(column: &str, field: &str) -> bool {
    column == field || name::camel(column) == field
}

/// The column called so, or the one whose name it is in camel case.
fn find<'a>(columns: &Columns<'a>, wanted: &str) -> Option<&'a RawValue> {
    find_of(columns, wanted, |_| true)
}

/// The same among the columns that were chosen.
fn find_of<'a>(columns: &Columns<'a>, wanted: &str, chosen: impl Fn(&str) -> bool) -> Option<&'a RawValue> {
    let by_case = || columns.iter().find(|(column, _)| chosen(column) && name::camel(column) == wanted).map(|(_, raw)| raw);
    columns.get(wanted).filter(|_| chosen(wanted)).or_else(by_case)
}
