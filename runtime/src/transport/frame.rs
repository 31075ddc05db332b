//! An event's frame, encoded once and shared by everybody who receives it.

use std::fmt::{self, Write as _};

use bytes::Bytes;

use crate::{cursor::Cursor, identity::ConnectionId};

const DATA: &str = "data: ";
const END: &str = "\n\n";

/// The bytes of one event, in the form of a Server-Sent Events block.
///
/// The block holds every form that a connection needs, so that none of them is encoded twice: with its `id:` line, without it, and the
/// JSON alone.
#[derive(Clone)]
pub struct Frame {
    block: Bytes,
    // Where `data:` begins. Four bytes are enough: an event is at most a few megabytes.
    data_at: u32,
    // Where the event's name stands, for filters; and that it is at most 128 bytes.
    event_at: u32,
    event_length: u8,
}

/// What goes into a [`Frame`].
#[derive(Clone, Copy, Debug)]
pub struct FrameParts<'a> {
    /// The channel's name.
    pub channel: &'a str,
    /// The event's name.
    pub event: &'a str,
    /// The position after the event; `None` for one that is not stored.
    pub cursor: Option<Cursor>,
    /// Milliseconds since 1970.
    pub time: u64,
    /// Who sent it; `None` for the service itself.
    pub sender: Option<&'a str>,
    /// The client that published it; `None` for the service itself.
    pub origin: Option<ConnectionId>,
    /// The payload as compact JSON; `None` for a signal.
    pub data: Option<&'a str>,
}

impl Frame {
    /// Encodes an event.
    ///
    /// The names of channel and event must be valid ones, and `data` compact JSON without a line break: they go into the frame as they are.
    pub fn encode(parts: FrameParts<'_>) -> Self {
        let FrameParts { channel, event, cursor, time, sender, origin, data } = parts;
        let mut block = String::with_capacity(channel.len() + event.len() + data.map_or(0, str::len) + 256);
        if let Some(cursor) = cursor {
            push(&mut block, format_args!("id: {cursor}\n"));
        }
        let data_at = block.len();
        push(&mut block, format_args!(r#"{DATA}{{"type":"event","channel":"{channel}","event":""#));
        let event_at = block.len();
        push(&mut block, format_args!(r#"{event}""#));
        if let Some(cursor) = cursor {
            push(&mut block, format_args!(r#","id":"{cursor}","number":{}"#, cursor.number()));
        }
        push(&mut block, format_args!(r#","time":{time},"sender":"#));
        match sender {
            Some(sender) => push(&mut block, format_args!("{}", serde_json::Value::from(sender))),
            None => block.push_str("null"),
        }
        if let Some(origin) = origin {
            push(&mut block, format_args!(r#","origin":"{origin}""#));
        }
        if let Some(data) = data {
            block.push_str(r#","data":"#);
            block.push_str(data);
        }
        block.push('}');
        block.push_str(END);
        // Copied, since a block that is cut to its size leaves a small piece of memory behind it, which nothing else fits into, and may be kept for long.
        let block = Bytes::copy_from_slice(block.as_bytes());
        let (data_at, event_at) = (u32::try_from(data_at).unwrap_or(u32::MAX), u32::try_from(event_at).unwrap_or(u32::MAX));
        Self { block, data_at, event_at, event_length: u8::try_from(event.len()).unwrap_or(u8::MAX) }
    }

    /// A frame of another kind than an event, which many connections get: one line of compact JSON.
    pub(crate) fn of_json(json: &str) -> Self {
        Self { block: format!("{DATA}{json}{END}").into(), data_at: 0, event_at: 0, event_length: 0 }
    }

    /// The whole block: the `id:` line, if the event is stored, and the `data:` line.
    pub fn block(&self) -> Bytes {
        self.block.clone()
    }

    /// The block without an `id:` line.
    pub fn data_block(&self) -> Bytes {
        self.block.slice(self.data_at as usize..)
    }

    pub(crate) fn block_bytes(&self) -> &[u8] {
        &self.block
    }

    pub(crate) fn data_block_bytes(&self) -> &[u8] {
        &self.block[self.data_at as usize..]
    }

    /// The frame itself: one line of compact JSON.
    pub fn json(&self) -> &[u8] {
        &self.block[self.data_at as usize + DATA.len()..self.block.len() - END.len()]
    }

    /// The same bytes, shared.
    pub(crate) fn shared_json(&self) -> Bytes {
        self.block.slice(self.data_at as usize + DATA.len()..self.block.len() - END.len())
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        let from = self.event_at as usize;
        std::str::from_utf8(&self.block[from..from + usize::from(self.event_length)]).unwrap_or_default()
    }

    /// How many bytes the whole block has.
    pub fn size(&self) -> usize {
        self.block.len()
    }
}

/// Payloads do not belong into logs, so this shows the size alone.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("size", &self.size()).finish_non_exhaustive()
    }
}

fn push(text: &mut String, arguments: fmt::Arguments<'_>) {
    // Writing into a `String` cannot fail.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::{Epoch, EventId};

    #[test]
    fn a_stored_event_has_an_id_line_and_every_form_is_a_slice_of_one_block() {
        let cursor = Cursor::new(Epoch::from(10), 12, EventId::new(1_732_153_200_000, 0));
        let frame = Frame::encode(FrameParts {
            channel: "chat/bar",
            event: "message.sent",
            cursor: Some(cursor),
            time: 1_732_153_200_000,
            sender: Some("a\"\n\u{2028}b"),
            origin: Some("c-000000000000000b".parse().unwrap()),
            data: Some(r#"{"text":"hi"}"#),
        });
        let json = "{\"type\":\"event\",\"channel\":\"chat/bar\",\"event\":\"message.sent\",\"id\":\"000000000000000a.12.1732153200000-0\",\"number\":12,\
                    \"time\":1732153200000,\"sender\":\"a\\\"\\n\u{2028}b\",\"origin\":\"c-000000000000000b\",\"data\":{\"text\":\"hi\"}}";
        assert_eq!(std::str::from_utf8(frame.json()).unwrap(), json);
        assert_eq!(frame.event(), "message.sent");
        assert_eq!(frame.data_block(), format!("data: {json}\n\n"));
        assert_eq!(frame.block(), format!("id: 000000000000000a.12.1732153200000-0\ndata: {json}\n\n"));
    }

    #[test]
    fn a_transient_signal_has_neither_id_nor_number_nor_data() {
        let frame = Frame::encode(FrameParts {
            channel: "chat/bar",
            event: "typing",
            cursor: None,
            time: 5,
            sender: None,
            origin: None,
            data: None,
        });
        assert_eq!(
            frame.block(),
            "data: {\"type\":\"event\",\"channel\":\"chat/bar\",\"event\":\"typing\",\"time\":5,\"sender\":null}\n\n"
        );
        assert_eq!(frame.block(), frame.data_block());
    }
}
