//! What a request asks for: query parameters and cursors, read strictly.

use std::collections::HashMap;

use http::{HeaderMap, header};
use tidewire_schema::{address, names::is_event_name, suggest, wire::WireCode};

use super::{Refusal, excerpt};
use crate::{
    channel::History,
    cursor::Cursor,
    realtime::Limits,
    session::{Beginning, Filter},
};

const MAX_QUERY_BYTES: usize = 8 * 1024;
/// How many events a filter may name.
const MAX_FILTER: usize = 64;
const LAST_EVENT_ID: &str = "last-event-id";

/// A query string, decoded.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

/// What `GET /events` and `GET /socket` ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EventsRequest {
    pub(super) channels: Vec<(String, Beginning)>,
    /// Which events of all of them.
    pub(super) filter: Filter,
    /// Whether the stream has `id:` lines.
    pub(super) ids: bool,
    /// Whether the rosters of those channels that have one are watched, too.
    pub(super) presence: bool,
    pub(super) contract: Option<String>,
    /// What the client says of itself, not yet looked at.
    pub(super) opening: Option<String>,
}

/// What `GET /history` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HistoryRequest {
    pub(super) channel: String,
    pub(super) history: History,
}

impl Query {
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY_BYTES {
            return Err(Refusal::new(
                WireCode::TooLarge,
                format!("the query string has {} bytes, the limit is {MAX_QUERY_BYTES}", query.len()),
            ));
        }
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Self { pairs: pairs.collect::<Result<_, _>>()? })
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn once<'a>(&'a self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Refusal::new(WireCode::BadRequest, format!("`{name}` is given more than once")));
        }
        Ok(first)
    }

    fn missing(&self, name: &str, text: &str) -> Refusal {
        let refusal = Refusal::new(WireCode::MissingParameter, text);
        // Unknown parameters are ignored, because people add them against caches; they matter where a known one may have been meant.
        match suggest::nearest(name, self.pairs.iter().map(|(given, _)| given.as_str())) {
            Some(given) => refusal.hint(format!("did you mean `{name}` by `{given}`?")),
            None => refusal,
        }
    }
}

/// Who asks for a stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// Whoever opens a stream of Server-Sent Events; whether it has `id:` lines is for the query to say.
    Stream,
    /// A WebSocket, which has none.
    Socket,
}

impl EventsRequest {
    pub(super) fn read(query: &Query, headers: &HeaderMap, asker: Asker, limits: &Limits) -> Result<Self, Refusal> {
        let ids = match query.once("ids")? {
            None => asker == Asker::Stream,
            Some("0") => false,
            Some(other) => return Err(Refusal::new(WireCode::BadRequest, format!("`ids` can only be `0`, not {}", excerpt(other)))),
        };
        let count = query.all("channel").count();
        // Who keeps cursors can also name channels later.
        if count == 0 && ids {
            return Err(query.missing("channel", "name at least one channel: `?channel=…`"));
        }
        let most = if ids { limits.channels_per_stream } else { limits.channels_per_connection };
        if count > most {
            let refusal = Refusal::new(WireCode::TooManyChannels, format!("{count} channels are requested, the limit is {most}"));
            return Err(refusal.hint("open another stream for the rest"));
        }
        let names: Vec<&str> = query.all("channel").collect();
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(Refusal::new(WireCode::BadRequest, format!("channel {} is requested twice", excerpt(name))));
            }
        }
        let otherwise = match query.once("last")? {
            None => Beginning::Fresh,
            Some(text) => Beginning::Last(number("last", text, limits.replay_events)?),
        };
        let events: Vec<&str> = query.all("event").collect();
        let filter = if events.is_empty() { Filter::default() } else { event_filter(&events)? };
        let beginnings = match last_event_id(query, headers)? {
            None => vec![otherwise; count],
            Some(text) => match cursors(&text, &names, otherwise) {
                Some(beginnings) => beginnings,
                // For a browser's `EventSource` any answer but a stream is final.
                None if ids && accepts_event_stream(headers) => vec![Beginning::Unreadable; count],
                None => {
                    return Err(Refusal::new(
                        WireCode::MalformedCursor,
                        "the last event id is not a list of cursors that this server could have handed out",
                    )
                    .hint("leave it out to begin now"));
                }
            },
        };
        let channels = names.into_iter().map(str::to_owned).zip(beginnings).collect();
        let presence = match query.once("presence")? {
            None => false,
            Some("1") => true,
            Some(other) => return Err(Refusal::new(WireCode::BadRequest, format!("`presence` can only be `1`, not {}", excerpt(other)))),
        };
        let (contract, opening) = (query.once("contract")?.map(str::to_owned), query.once("opening")?.map(str::to_owned));
        Ok(Self { channels, filter, ids, presence, contract, opening })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.channels.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// The filter that lets these events through.
pub(crate) fn event_filter(names: &[&str]) -> Result<Filter, Refusal> {
    if !(1..=MAX_FILTER).contains(&names.len()) {
        return Err(Refusal::new(WireCode::BadRequest, format!("a filter names 1 to {MAX_FILTER} events, not {}", names.len())));
    }
    match names.iter().find(|name| !is_event_name(name)) {
        Some(name) => Err(Refusal::new(WireCode::BadRequest, format!("{} is not the name of an event", excerpt(name)))),
        None => Ok(Filter::only(names.iter().copied())),
    }
}

fn number(name: &str, text: &str, most: usize) -> Result<usize, Refusal> {
    text.parse()
        .ok()
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| Refusal::new(WireCode::BadRequest, format!("`{name}` must be a number from 1 to {most}, not {}", excerpt(text))))
}

/// The channel that a request is about.
pub(super) fn named_channel(query: &Query) -> Result<String, Refusal> {
    Ok(query.once("channel")?.ok_or_else(|| query.missing("channel", "name the channel: `?channel=…`"))?.to_owned())
}

impl HistoryRequest {
    pub(super) fn read(query: &Query, max_events: usize) -> Result<Self, Refusal> {
        let channel = named_channel(query)?;
        let limit = match query.once("limit")? {
            None => 50.min(max_events),
            Some(text) => number("limit", text, max_events)?,
        };
        let history = match (query.once("after")?, query.once("before")?) {
            (None, None) => History::latest(limit),
            (Some(after), None) => History::after(cursor("after", after)?, limit),
            (None, Some(before)) => History::before(cursor("before", before)?, limit),
            (Some(_), Some(_)) => return Err(Refusal::new(WireCode::BadRequest, "`after` and `before` exclude each other")),
        };
        Ok(Self { channel, history })
    }
}

/// Whether an answer that is not a stream would end the client for good, and a stream is what it understands.
pub(super) fn is_event_source(query: &Query, headers: &HeaderMap) -> bool {
    query.all("ids").next().is_none() && accepts_event_stream(headers)
}

fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream")))
}

/// The header wins over the parameter. An empty one says nothing, as a browser's first request does.
fn last_event_id(query: &Query, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    if let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) {
        // Bytes that are not text cannot be a list of cursors; the replacement characters make sure that they are read as none.
        return Ok(Some(String::from_utf8_lossy(value.as_bytes()).into_owned()));
    }
    Ok(query.once("lastEventId")?.filter(|value| !value.is_empty()).map(str::to_owned))
}

/// Where each of `channels` begins, `otherwise` where nothing is said; `None` if `text` is not a list of cursors.
fn cursors(text: &str, channels: &[&str], otherwise: Beginning) -> Option<Vec<Beginning>> {
    if !text.contains('=') {
        let [_] = channels else { return None };
        return Some(vec![Beginning::After(text.parse().ok()?)]);
    }
    let mut given: HashMap<&str, Cursor> = HashMap::new();
    for pair in text.split(',') {
        let (channel, cursor) = pair.split_once('=')?;
        let new = address::is_channel_name(channel) && given.insert(channel, cursor.parse().ok()?).is_none();
        new.then_some(())?;
    }
    Some(channels.iter().map(|channel| given.get(channel).map_or(otherwise, |cursor| Beginning::After(*cursor))).collect())
}

fn cursor(parameter: &str, text: &str) -> Result<Cursor, Refusal> {
    text.parse().map_err(|_| {
        Refusal::new(WireCode::MalformedCursor, format!("`{parameter}` is not a cursor that this server could have handed out"))
    })
}

fn decode(text: &str) -> Result<String, Refusal> {
    let malformed = |what: &str| Refusal::new(WireCode::BadRequest, format!("the query string is {what}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (high, low) = digit(high).zip(digit(low)).ok_or_else(|| malformed("not percent-encoded correctly"))?;
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
                rest = tail;
            }
            (b'%', _) => return Err(malformed("not percent-encoded correctly")),
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
