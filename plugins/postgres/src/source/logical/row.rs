//! A row of the log, as the JSON that the outbox would have of it.

use tokio_postgres::Client;

use super::{
    kinds::Kinds,
    message::{Cell, Column, Old, Relation},
};
use crate::{error::SyncError, mapping::Mapping};

/// The columns of a row, as far as they were sent.
pub(super) type Cells<'a> = Vec<(&'a Column, Cell<'a>)>;

/// A row as it is now. What was not sent because it did not change is in the old row, if that is whole.
pub(super) fn new<'a>(relation: &'a Relation, new: &[Cell<'a>], old: Option<&Old<'a>>) -> Result<Cells<'a>, SyncError> {
    let mut cells = paired(relation, new)?;
    if let Some(old) = old.filter(|old| old.whole) {
        for ((_, cell), old) in cells.iter_mut().zip(paired(relation, &old.cells)?) {
            if *cell == Cell::Absent {
                *cell = old.1;
            }
        }
    }
    Ok(cells)
}

/// A row as it was. If it is not whole, the columns outside of its key are sent as `NULL`, which they need not have been.
pub(super) fn old<'a>(relation: &'a Relation, old: &Old<'a>) -> Result<Cells<'a>, SyncError> {
    let mut cells = paired(relation, &old.cells)?;
    for (column, cell) in &mut cells {
        if !old.whole && !column.key {
            *cell = Cell::Absent;
        }
    }
    Ok(cells)
}

fn paired<'a>(relation: &'a Relation, cells: &[Cell<'a>]) -> Result<Cells<'a>, SyncError> {
    if cells.len() == relation.columns.len() {
        Ok(relation.columns.iter().zip(cells.iter().copied()).collect())
    } else {
        Err(SyncError::Message { reason: "a row has other columns than its table" })
    }
}

/// What can be sent of a row, and whether that is less than an event would show: the whole row; of one that is too large or not known as a whole the columns that events use; or its key.
pub(super) async fn content(
    client: &Client,
    kinds: &mut Kinds,
    mapping: &Mapping,
    key: &[String],
    cells: &Cells<'_>,
    limit: usize,
) -> Result<(Option<String>, bool), SyncError> {
    let mut values = Vec::with_capacity(cells.len());
    for (column, cell) in cells {
        let value = match cell {
            Cell::Null => Some("null".to_owned()),
            Cell::Text(text) if text.len() <= limit => kinds.json(client, column.ty, text).await?,
            Cell::Text(_) | Cell::Absent => None,
        };
        values.push((column.name.as_str(), value));
    }
    if let Some(row) = object(values.iter(), limit) {
        return Ok((Some(row), false));
    }
    let names: Vec<String> = values.iter().map(|(name, _)| (*name).to_owned()).collect();
    let shown = mapping.used_columns(&names);
    if shown.len() < names.len()
        && let Some(part) = object(values.iter().filter(|(name, _)| shown.iter().any(|shown| shown == name)), limit)
    {
        return Ok((Some(part), false));
    }
    let addressing = |name: &str| mapping.fills_param(name) || key.iter().any(|column| column == name);
    let part = values.iter().filter(|(name, value)| value.is_some() && addressing(name));
    Ok((object(part, limit).filter(|part| part != "{}"), true))
}

/// An object of these columns; nothing if a value is missing, or if it is too large.
fn object<'a>(columns: impl Iterator<Item = &'a (&'a str, Option<String>)>, limit: usize) -> Option<String> {
    let mut object = "{".to_owned();
    for (name, value) in columns {
        if object.len() > 1 {
            object.push(',');
        }
        object.push_str(&serde_json::Value::from(*name).to_string());
        object.push(':');
        object.push_str(value.as_ref()?);
        if object.len() >= limit {
            return None;
        }
    }
    object.push('}');
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation() -> Relation {
        let column = |name: &str, key| Column { name: name.to_owned(), ty: 25, key };
        Relation { id: 1, schema: "public".to_owned(), name: "t".to_owned(), columns: vec![column("id", true), column("text", false)] }
    }

    fn values<'a>(cells: &Cells<'a>) -> Vec<Cell<'a>> {
        cells.iter().map(|(_, cell)| *cell).collect()
    }

    #[test]
    fn what_did_not_change_is_taken_from_a_whole_old_row_alone() {
        let relation = relation();
        let changed = [Cell::Text("1"), Cell::Absent];
        let whole = Old { whole: true, cells: vec![Cell::Text("1"), Cell::Text("old")] };
        assert_eq!(values(&new(&relation, &changed, Some(&whole)).unwrap()), [Cell::Text("1"), Cell::Text("old")]);
        let key = Old { whole: false, cells: vec![Cell::Text("0"), Cell::Null] };
        assert_eq!(values(&new(&relation, &changed, Some(&key)).unwrap()), changed);
        assert_eq!(values(&new(&relation, &changed, None).unwrap()), changed);
    }

    #[test]
    fn outside_of_its_key_nothing_is_known_of_a_row_that_is_not_whole() {
        let relation = relation();
        let key = Old { whole: false, cells: vec![Cell::Text("1"), Cell::Null] };
        assert_eq!(values(&old(&relation, &key).unwrap()), [Cell::Text("1"), Cell::Absent]);
    }

    #[test]
    fn a_row_of_other_columns_is_an_error() {
        assert!(new(&relation(), &[Cell::Null], None).is_err());
        assert!(old(&relation(), &Old { whole: true, cells: Vec::new() }).is_err());
    }

    #[test]
    fn an_object_has_all_its_columns_and_no_more_bytes_than_it_may() {
        let columns = [("i\"d", Some("1".to_owned())), ("text", Some(r#""x""#.to_owned()))];
        assert_eq!(object(columns.iter(), 100).as_deref(), Some(r#"{"i\"d":1,"text":"x"}"#));
        assert_eq!(object(columns.iter(), 10), None);
        assert_eq!(object([("id", None)].iter(), 100), None);
    }
}
