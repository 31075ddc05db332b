//! The messages of `pgoutput`, PostgreSQL's own plugin for logical replication, in version 1 of its protocol.
//!
//! They come from a server, and are trusted no more than what comes from a client: every length is checked before it is used, and what is odd is an error.

use crate::{error::SyncError, table::Operation};

/// One message. What concerns no row, such as the origin of a transaction, is [`Message::Other`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// A transaction begins, which was committed at this place of the log.
    Begin {
        commit: u64,
    },
    /// It is over, and so far the log has been read.
    Commit {
        end: u64,
    },
    /// What the tuples that follow are made of.
    Relation(Relation),
    Insert {
        relation: u32,
        new: Vec<Cell<'a>>,
    },
    Update {
        relation: u32,
        old: Option<Old<'a>>,
        new: Vec<Cell<'a>>,
    },
    Delete {
        relation: u32,
        old: Old<'a>,
    },
    Truncate {
        relations: Vec<u32>,
    },
    Other,
}

/// A row as it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Old<'a> {
    /// Whether it is whole; otherwise only the columns of its key mean anything.
    pub(super) whole: bool,
    pub(super) cells: Vec<Cell<'a>>,
}

/// A column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Null,
    /// It is stored out of line and did not change, so it was not sent.
    Absent,
    Text(&'a str),
}

/// A table as it was when its row changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) id: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The number of its type in the catalog.
    pub(super) ty: u32,
    /// Whether it belongs to the replica identity.
    pub(super) key: bool,
}

/// Reads one message.
pub(super) fn read(bytes: &[u8]) -> Result<Message<'_>, SyncError> {
    let mut rest = Bytes(bytes);
    let message = match rest.byte()? {
        b'B' => {
            let commit = rest.u64()?;
            rest.take(12)?;
            Message::Begin { commit }
        }
        b'C' => {
            rest.take(9)?;
            let end = rest.u64()?;
            rest.take(8)?;
            Message::Commit { end }
        }
        b'R' => Message::Relation(rest.relation()?),
        b'I' => {
            let relation = rest.u32()?;
            rest.new_row()?;
            Message::Insert { relation, new: rest.cells()? }
        }
        b'U' => {
            let relation = rest.u32()?;
            let old = if rest.0.first() == Some(&b'N') { None } else { Some(rest.old_row()?) };
            rest.new_row()?;
            Message::Update { relation, old, new: rest.cells()? }
        }
        b'D' => Message::Delete { relation: rest.u32()?, old: rest.old_row()? },
        b'T' => {
            let count = rest.u32()?;
            rest.byte()?;
            // Not more than there can be, whatever the number says.
            let relations = (0..count).map(|_| rest.u32()).collect::<Result<_, _>>()?;
            Message::Truncate { relations }
        }
        b'O' | b'Y' | b'M' => return Ok(Message::Other),
        _ => return Err(odd("a message has an unknown kind")),
    };
    if rest.0.is_empty() { Ok(message) } else { Err(odd("a message is longer than its content")) }
}

/// What happened to a row of which table, by the first bytes of a message; nothing if it is no such message.
pub(super) fn beginning(bytes: &[u8]) -> Result<Option<(Operation, u32)>, SyncError> {
    let mut rest = Bytes(bytes);
    let operation = match rest.byte()? {
        b'I' => Operation::Insert,
        b'U' => Operation::Update,
        b'D' => Operation::Delete,
        b'M' => return Ok(None),
        _ => return Err(odd("a message is too large")),
    };
    Ok(Some((operation, rest.u32()?)))
}

fn odd(reason: &'static str) -> SyncError {
    SyncError::Message { reason }
}

/// What is left of a message.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], SyncError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| odd("a message is shorter than it says"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SyncError> {
        self.take(N)?.try_into().map_err(|_| odd("a message is shorter than it says"))
    }

    fn byte(&mut self) -> Result<u8, SyncError> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, SyncError> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, SyncError> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, SyncError> {
        self.array().map(u64::from_be_bytes)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, SyncError> {
        std::str::from_utf8(self.take(length)?).map_err(|_| odd("a text is not UTF-8"))
    }

    /// A text that ends with a zero.
    fn name(&mut self) -> Result<String, SyncError> {
        let length = self.0.iter().position(|&byte| byte == 0).ok_or_else(|| odd("a name has no end"))?;
        let name = self.text(length)?.to_owned();
        self.byte()?;
        Ok(name)
    }

    fn relation(&mut self) -> Result<Relation, SyncError> {
        let id = self.u32()?;
        let (schema, name) = (self.name()?, self.name()?);
        self.byte()?;
        let count = self.u16()?;
        let column = |_| {
            let key = self.byte()? & 1 == 1;
            let (name, ty) = (self.name()?, self.u32()?);
            self.take(4)?;
            Ok(Column { name, ty, key })
        };
        let columns = (0..count).map(column).collect::<Result<_, SyncError>>()?;
        // The catalog's own schema goes without saying.
        let schema = if schema.is_empty() { "pg_catalog".to_owned() } else { schema };
        Ok(Relation { id, schema, name, columns })
    }

    fn new_row(&mut self) -> Result<(), SyncError> {
        if self.byte()? == b'N' { Ok(()) } else { Err(odd("a new row is missing")) }
    }

    fn old_row(&mut self) -> Result<Old<'a>, SyncError> {
        let whole = match self.byte()? {
            b'O' => true,
            b'K' => false,
            _ => return Err(odd("an old row is missing")),
        };
        Ok(Old { whole, cells: self.cells()? })
    }

    fn cells(&mut self) -> Result<Vec<Cell<'a>>, SyncError> {
        let count = self.u16()?;
        let cell = |_| match self.byte()? {
            b'n' => Ok(Cell::Null),
            b'u' => Ok(Cell::Absent),
            b't' => {
                let length = usize::try_from(self.u32()?).map_err(|_| odd("a text is too long"))?;
                self.text(length).map(Cell::Text)
            }
            // Binary values come to those alone who ask for them.
            _ => Err(odd("a column has an unknown form")),
        };
        (0..count).map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![kind];
        for part in parts {
            bytes.extend_from_slice(part);
        }
        bytes
    }

    /// One message of each kind, made by hand after the manual's chapter "Logical Replication Message Formats".
    fn messages() -> Vec<(Vec<u8>, Message<'static>)> {
        let relation = Relation {
            id: 7,
            schema: "public".to_owned(),
            name: "Mixed ☃".to_owned(),
            columns: vec![Column { name: "id".to_owned(), ty: 23, key: true }, Column { name: "text".to_owned(), ty: 25, key: false }],
        };
        let columns: &[u8] = b"\x00\x02\x01id\x00\x00\x00\x00\x17\xff\xff\xff\xff\x00text\x00\x00\x00\x00\x19\xff\xff\xff\xff";
        let row: &[u8] = b"\x00\x03t\x00\x00\x00\x0242nu";
        let cells = || vec![Cell::Text("42"), Cell::Null, Cell::Absent];
        let seven: &[u8] = &[0, 0, 0, 7];
        vec![
            (with(b'B', &[&5_u64.to_be_bytes(), &[0; 12]]), Message::Begin { commit: 5 }),
            (with(b'C', &[&[0], &5_u64.to_be_bytes(), &9_u64.to_be_bytes(), &[0; 8]]), Message::Commit { end: 9 }),
            (with(b'R', &[seven, b"public\0", "Mixed ☃\0".as_bytes(), b"d", columns]), Message::Relation(relation)),
            (with(b'I', &[seven, b"N", row]), Message::Insert { relation: 7, new: cells() }),
            (with(b'U', &[seven, b"N", row]), Message::Update { relation: 7, old: None, new: cells() }),
            (
                with(b'U', &[seven, b"K", row, b"N", row]),
                Message::Update { relation: 7, old: Some(Old { whole: false, cells: cells() }), new: cells() },
            ),
            (with(b'D', &[seven, b"O", row]), Message::Delete { relation: 7, old: Old { whole: true, cells: cells() } }),
            (with(b'T', &[&[0, 0, 0, 2], &[1], seven, &[0, 0, 0, 8]]), Message::Truncate { relations: vec![7, 8] }),
        ]
    }

    #[test]
    fn each_kind_is_read() {
        for (bytes, expected) in messages() {
            assert_eq!(read(&bytes).unwrap(), expected);
        }
        for other in [b"O\0\0\0\0\0\0\0\0origin\0".as_slice(), b"Y", b"M"] {
            assert_eq!(read(other).unwrap(), Message::Other);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_an_error() {
        for (bytes, _) in messages() {
            for length in 0..bytes.len() {
                assert!(matches!(read(&bytes[..length]), Err(SyncError::Message { .. })), "{bytes:?} cut at {length}");
            }
            let longer = [bytes.as_slice(), b"\0"].concat();
            assert!(read(&longer).is_err(), "{longer:?}");
        }
    }

    #[test]
    fn odd_messages_are_errors_and_take_no_memory() {
        let seven: &[u8] = &[0, 0, 0, 7];
        for odd in [
            with(b'?', &[]),
            with(b'I', &[seven, b"K\x00\x00"]),
            with(b'I', &[seven, b"N\xff\xff"]),
            with(b'I', &[seven, b"N\x00\x01t\xff\xff\xff\xffx"]),
            with(b'I', &[seven, b"N\x00\x01b\x00\x00\x00\x01x"]),
            with(b'I', &[seven, b"N\x00\x01t\x00\x00\x00\x01\xff"]),
            with(b'D', &[seven, b"N\x00\x00"]),
            with(b'U', &[seven, b"O\x00\x00O\x00\x00"]),
            with(b'T', &[&[255; 4], &[0], seven]),
            with(b'R', &[seven, b"public\0name without end"]),
            with(b'R', &[seven, b"a\0b\0d\xff\xff"]),
        ] {
            assert!(matches!(read(&odd), Err(SyncError::Message { .. })), "{odd:?}");
        }
    }

    #[test]
    fn of_a_large_message_the_beginning_says_whose_row_it_is() {
        assert_eq!(beginning(b"U\0\0\0\x07").unwrap(), Some((Operation::Update, 7)));
        assert_eq!(beginning(b"M\0\0\0\x07").unwrap(), None);
        for odd in [b"B\0\0\0\x07".as_slice(), b"I\0\0\0", b""] {
            assert!(beginning(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn no_byte_that_is_changed_makes_it_panic() {
        for (bytes, _) in messages() {
            for at in 0..bytes.len() {
                for byte in [0, 1, b'N', b't', 0x7f, 0xff] {
                    let mut changed = bytes.clone();
                    changed[at] = byte;
                    let _ = read(&changed);
                }
            }
        }
    }
}
