//! What the scripts answer.

use redis::Value;

use super::{
    envelope::Envelope,
    fault::{Fault, Malformed},
};
use crate::{
    broker::{Delivery, Entry, Page, Range, ReadRequest, Receipt, StoredRoster},
    cursor::{Cursor, Epoch, EventId},
};

/// Turns an error of the server into a fault.
pub(super) fn checked(value: Value) -> Result<Value, Fault> {
    match value {
        Value::ServerError(error) => Err(Fault::Refused(error)),
        value => Ok(value),
    }
}

/// The answer of `publish.lua` and `notify.lua`: an epoch, whether it was known already, then a number and an id for each event.
pub(super) fn receipts(value: Value) -> Result<Vec<Receipt>, Fault> {
    const WRONG: Malformed = Malformed("answer");
    let Value::Array(values) = value else { return Err(WRONG.into()) };
    let [epoch, duplicate, events @ ..] = values.as_slice() else { return Err(WRONG.into()) };
    let duplicate = *duplicate == Value::Int(1);
    let receipt = |event: &[Value]| {
        let [number, id] = event else { return Err(WRONG.into()) };
        let id = event_id(text(id)?)?;
        // The id's milliseconds are the clock of Redis, unless that went back; then they are the later of the two.
        let time = id.0;
        let cursor = if text(epoch)? == "-" { None } else { Some(position(epoch, number, id)?) };
        Ok(Receipt { cursor, time, duplicate })
    };
    events.chunks(2).map(receipt).collect()
}

/// The answer of `positions.lua`.
pub(super) fn positions(value: Value) -> Result<Vec<Cursor>, Fault> {
    let Value::Array(values) = value else { return Err(Malformed("answer").into()) };
    values
        .chunks(3)
        .map(|part| if let [epoch, number, id] = part { head(epoch, number, id) } else { Err(Malformed("answer").into()) })
        .collect()
}

/// The answer of `members.lua`.
pub(super) fn roster(value: Value) -> Result<StoredRoster, Fault> {
    let [epoch, number, id, members] = parts(value)?;
    let position = head(&epoch, &number, &id)?;
    let members = serde_json::from_str(text(&members)?).map_err(|_| Malformed("roster"))?;
    Ok(StoredRoster { position, members })
}

/// The answer of `read.lua`.
pub(super) fn page(value: Value, channel: &str, request: ReadRequest) -> Result<Page, Fault> {
    let [epoch, number, id, more, entries] = parts(value)?;
    let head = head(&epoch, &number, &id)?;
    let Value::Array(entries) = entries else { return Err(Malformed("answer").into()) };
    let entries = entries.into_iter().map(|value| entry(value, channel, head.epoch())).collect::<Result<_, _>>()?;
    let mut page = Page { head, entries, more: matches!(more, Value::Int(1)) };
    cut(&mut page, request);
    Ok(page)
}

/// The script counts what is stored, the bound is about frames, which are larger. The rest of the way is done here.
fn cut(page: &mut Page, request: ReadRequest) {
    let mut total = 0_usize;
    let mut fits = |entry: &Entry| {
        let first = total == 0;
        total = total.saturating_add(entry.frame.size());
        first || total <= request.bytes
    };
    let count = page.entries.len();
    if matches!(request.range, Range::Before(_)) {
        let kept = page.entries.iter().rev().take_while(|entry| fits(entry)).count();
        page.entries.drain(..count - kept);
    } else {
        let kept = page.entries.iter().take_while(|entry| fits(entry)).count();
        page.entries.truncate(kept);
    }
    page.more |= page.entries.len() < count;
}

/// A message of a channel's topic: a line with epoch, number, id and the id before, then the envelope.
pub(super) fn delivery(channel: &str, message: &[u8]) -> Result<Delivery, Malformed> {
    const WRONG: Malformed = Malformed("message");
    let end = message.iter().position(|&byte| byte == b'\n').ok_or(WRONG)?;
    let line = std::str::from_utf8(&message[..end]).map_err(|_| WRONG)?;
    let mut words = line.split(' ');
    let mut word = || words.next().ok_or(WRONG);
    let (epoch, number, id, previous) = (word()?, word()?, word()?, word()?);
    let envelope = Envelope::open(&message[end + 1..])?;
    let id = event_id(id)?;
    if epoch == "-" {
        let (frame, routing) = envelope.deliverable(channel, None, id.0)?;
        return Ok(Delivery::Transient(frame, routing));
    }
    let cursor = Cursor::new(epoch_of(epoch)?, decimal(number)?, id.1);
    let (frame, routing) = envelope.deliverable(channel, Some(cursor), id.0)?;
    Ok(Delivery::Stored(Entry { cursor, previous: event_id(previous)?.1, frame, routing }))
}

fn entry(value: Value, channel: &str, epoch: Epoch) -> Result<Entry, Fault> {
    const WRONG: Malformed = Malformed("entry");
    let [id, fields] = parts(value)?;
    let id = event_id(text(&id)?)?;
    let Value::Array(fields) = fields else { return Err(WRONG.into()) };
    let (mut number, mut previous, mut data) = (None, None, None);
    for pair in fields.chunks(2) {
        match pair {
            [Value::BulkString(name), Value::BulkString(value)] => match name.as_slice() {
                b"q" => number = Some(value),
                b"p" => previous = Some(value),
                b"d" => data = Some(value),
                _ => return Err(WRONG.into()),
            },
            _ => return Err(WRONG.into()),
        }
    }
    let (Some(number), Some(previous), Some(data)) = (number, previous, data) else { return Err(WRONG.into()) };
    let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|_| WRONG);
    let cursor = Cursor::new(epoch, decimal(utf8(number)?)?, id.1);
    let previous = event_id(utf8(previous)?)?.1;
    let (frame, routing) = Envelope::open(data)?.deliverable(channel, Some(cursor), id.0)?;
    Ok(Entry { cursor, previous, frame, routing })
}

fn head(epoch: &Value, number: &Value, id: &Value) -> Result<Cursor, Fault> {
    position(epoch, number, event_id(text(id)?)?)
}

fn position(epoch: &Value, number: &Value, id: (u64, EventId)) -> Result<Cursor, Fault> {
    Ok(Cursor::new(epoch_of(text(epoch)?)?, decimal(text(number)?)?, id.1))
}

fn parts<const N: usize>(value: Value) -> Result<[Value; N], Malformed> {
    let Value::Array(values) = value else { return Err(Malformed("answer")) };
    values.try_into().map_err(|_| Malformed("answer"))
}

fn text(value: &Value) -> Result<&str, Malformed> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).map_err(|_| Malformed("answer")),
        Value::SimpleString(text) => Ok(text),
        _ => Err(Malformed("answer")),
    }
}

fn epoch_of(text: &str) -> Result<Epoch, Malformed> {
    if text.len() != 16 {
        return Err(Malformed("state"));
    }
    u64::from_str_radix(text, 16).map(Epoch::from).map_err(|_| Malformed("state"))
}

/// The milliseconds of an id, and the id.
fn event_id(text: &str) -> Result<(u64, EventId), Malformed> {
    let (milliseconds, sequence) = text.split_once('-').ok_or(Malformed("id"))?;
    let milliseconds = decimal(milliseconds)?;
    Ok((milliseconds, EventId::new(milliseconds, decimal(sequence)?)))
}

fn decimal(text: &str) -> Result<u64, Malformed> {
    text.parse().map_err(|_| Malformed("number"))
}
