//! Names that are safe wherever they go, and that the plugin finds again.

use std::collections::BTreeSet;

use tidewire_schema::address::Pattern;
use tidewire_schema::names::{Case, MAX_EVENT_NAME, RESERVED, is_event_name, pascal};

use super::{Column, Table};

/// Names that the generated client has itself, or that mean something else in an events module.
const OTHERS: [&str; 17] = [
    "BTreeMap",
    "Box",
    "Channels",
    "ConnectionTypes",
    "DateTime",
    "HashMap",
    "Int64",
    "Json",
    "LiveQueries",
    "Nullable",
    "Option",
    "Self",
    "String",
    "Uint64",
    "Utc",
    "Uuid",
    "Vec",
];

/// Names of types that are given away.
#[derive(Debug)]
pub(super) struct Types(BTreeSet<String>);

impl Types {
    pub(super) fn new() -> Self {
        Self(OTHERS.map(str::to_owned).into())
    }

    /// A name of a type for a name of the database, which may hold anything.
    pub(super) fn name(&mut self, from: &str, word: &str) -> String {
        let letters: String = pascal(&format!("{}_{word}", ascii(from))).chars().filter(char::is_ascii_alphanumeric).collect();
        let first = letters.bytes().next().is_some_and(|first| first.is_ascii_uppercase());
        let name = if first { letters } else { format!("Table{letters}") };
        distinct(&mut self.0, &name, "")
    }
}

/// The name itself, or with the first number from 2 on that makes it distinct.
fn distinct(taken: &mut BTreeSet<String>, name: &str, separator: &str) -> String {
    let mut names = std::iter::once(name.to_owned()).chain((2_u32..=u32::MAX).map(|number| format!("{name}{separator}{number}")));
    let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// What channel and events of each table are called: the table's own name, which is what the plugin expects, wherever that can be a name on the wire and is no other's.
pub(super) fn tables(tables: &[Table]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let alone = |table: &Table| tables.iter().filter(|other| other.name == table.name).count() == 1;
    // Those that may have their own name have it, whoever comes first.
    let own: Vec<Option<String>> = tables.iter().map(|table| (alone(table) && is_plain(&table.name)).then(|| table.name.clone())).collect();
    taken.extend(own.iter().flatten().cloned());
    let named = tables.iter().zip(own).map(|(table, own)| {
        own.unwrap_or_else(|| {
            let wish = if alone(table) { table.name.clone() } else { format!("{}_{}", table.schema, table.name) };
            let words: Vec<String> = ascii(&wish).split('_').filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
            let joined = words.join("_");
            let begun = if is_plain(&joined) { joined } else { format!("table_{joined}").trim_end_matches('_').to_owned() };
            distinct(&mut taken, &begun, "_")
        })
    });
    named.collect()
}

/// Whether a channel and events can be called so.
fn is_plain(name: &str) -> bool {
    // `default` is the channel of everybody.
    name.len() + ".truncate".len() <= MAX_EVENT_NAME
        && name != "default"
        && is_event_name(&format!("{name}.insert"))
        && Pattern::parse(name).is_ok()
}

/// What the fields of a row are called: the camel case of ordinary columns, and any other name as it is. Nothing for those that no field can be called.
pub(super) fn fields(columns: &[Column]) -> Vec<Option<String>> {
    let wishes: Vec<String> = columns.iter().map(|column| field(&column.name)).collect();
    let is_free = |at: usize| {
        let others = wishes.iter().zip(columns).enumerate().filter(|(other, _)| *other != at);
        others.into_iter().all(|(_, (wish, column))| *wish != wishes[at] && column.name != wishes[at])
    };
    let chosen = columns.iter().enumerate().map(|(at, column)| {
        let name = if is_free(at) { &wishes[at] } else { &column.name };
        (!RESERVED.contains(&name.as_str())).then(|| name.clone())
    });
    chosen.collect()
}

fn field(column: &str) -> String {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let begins = column.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
    if begins && column.split('_').all(is_word) { Case::Camel.of_field(column) } else { column.to_owned() }
}
