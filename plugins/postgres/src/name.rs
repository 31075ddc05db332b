//! Names and texts inside SQL. Everything that is configured passes here, and nothing is pasted.

use crate::error::ConfigError;

/// The longest name that PostgreSQL keeps; of a longer one it would silently take the beginning.
pub(crate) const LONGEST: usize = 63;

/// A name as SQL writes it when it may hold anything: quoted, with its quotes doubled.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it, where `standard_conforming_strings` is on: then a backslash is nothing special.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Refuses what PostgreSQL cannot have as a name.
pub(crate) fn check(kind: &'static str, name: &str) -> Result<(), ConfigError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > LONGEST {
        "it is longer than 63 bytes"
    } else if name.contains('\0') {
        "it holds a NUL byte"
    } else {
        return Ok(());
    };
    Err(ConfigError::Name { kind, name: name.to_owned(), reason })
}

/// Refuses what PostgreSQL cannot have as the name of a slot.
pub(crate) fn check_slot(name: &str) -> Result<(), ConfigError> {
    check("slot", name)?;
    let reason = if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        "it may hold small letters, digits and `_` alone"
    } else if name.starts_with("pg_") {
        "names that begin with `pg_` belong to the database"
    } else {
        return Ok(());
    };
    Err(ConfigError::Name { kind: "slot", name: name.to_owned(), reason })
}

/// `room_id` as `roomId`: how fields are called on the wire unless a contract says otherwise.
pub(crate) fn camel(column: &str) -> String {
    let mut upper = false;
    column
        .trim_start_matches('_')
        .chars()
        .filter_map(|c| {
            let after = std::mem::replace(&mut upper, c == '_');
            (c != '_').then(|| if after { c.to_ascii_uppercase() } else { c })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_its_quotes_do() {
        assert_eq!(quoted(r#"a"; drop table "b"#), r#""a""; drop table ""b""#);
        assert_eq!(literal("it's \\"), "'it''s \\'");
    }

    #[test]
    fn what_postgresql_would_cut_or_refuse_is_refused_by_name() {
        assert!(check("table", &"a".repeat(63)).is_ok());
        for wrong in ["", "a\0b", &"a".repeat(64), &"ä".repeat(32)] {
            let error = check("table", wrong).unwrap_err();
            assert!(matches!(error, ConfigError::Name { kind: "table", .. }), "{error}");
        }
    }

    #[test]
    fn columns_are_called_as_fields_are() {
        for (column, field) in [("room_id", "roomId"), ("id", "id"), ("Mixed_Case", "MixedCase"), ("_a__b_", "aB"), ("roomId", "roomId")] {
            assert_eq!(camel(column), field);
        }
    }
}
