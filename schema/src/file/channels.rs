//! Channels: patterns, parameters, history, presence, and what they carry.

use super::Span;
use super::envelope::Reader;
use super::yaml::{Key, Kind, Node};
use crate::assemble::{DraftCarries, DraftChannel, DraftEvent};
use crate::diagnostic::{Code, Diagnostic};
use crate::{Event, Field, History, Publishers, UNNAMED, names};

const OF_CHANNEL: [&str; 9] = ["description", "deprecated", "params", "history", "latest", "presence", "events", "payload", "publish"];

impl<'n> Reader<'n, '_, '_> {
    pub(super) fn channels(&mut self, node: &'n Node) {
        let Some(entries) = self.schemas.mapping(node, "`channels` is a mapping from patterns to channels") else { return };
        for (key, value) in entries {
            if let Some(channel) = self.channel(key, value) {
                self.draft.channels.push(channel);
            }
        }
    }

    fn channel(&mut self, key: &Key, node: &'n Node) -> Option<DraftChannel<Span>> {
        let entries = self.schemas.mapping(node, "a channel is a mapping")?;
        let (mut description, mut deprecated, mut params, mut history, mut presence) = (None, None, Vec::new(), None, None);
        let mut latest = false;
        for (key, value) in entries {
            match key.text.as_str() {
                "description" => description = self.schemas.description(value),
                "params" => params = self.params(value),
                "history" => history = self.history(value),
                "presence" => presence = self.presence(value),
                "events" | "payload" | "publish" => {}
                "deprecated" => deprecated = self.schemas.deprecated(value),
                "latest" => latest = self.schemas.flag(value).unwrap_or_default(),
                _ => self.schemas.unknown(key, &OF_CHANNEL),
            }
        }
        let carries = self.carries(key, node);
        Some(DraftChannel {
            pattern: key.text.clone(),
            place: key.span,
            description,
            deprecated,
            params,
            history,
            latest,
            presence,
            carries,
        })
    }

    fn carries(&mut self, pattern: &Key, node: &'n Node) -> DraftCarries<Span> {
        if let Some((events, list)) = node.get("events") {
            for other in ["payload", "publish"] {
                if let Some((key, _)) = node.get(other) {
                    let error =
                        Diagnostic::error(Code::UnknownKey, key.span, format!("`{other}` belongs to a channel without a list of events"));
                    self.schemas
                        .report(error.label("here").also(events.span, "but the events are listed here").help("say it on the events"));
                }
            }
            return self.events_of_channel(list);
        }
        let name = format!("{}Message", type_name_of(&pattern.text));
        let publish = node.get("publish").map_or(Publishers::SERVER, |(_, publish)| self.publishers(publish));
        let payload = node.get("payload").and_then(|(_, payload)| self.schemas.payload(payload, &name, pattern.span, &mut None));
        let (name, transient, latest) = (UNNAMED.to_owned(), false, false);
        DraftCarries::Unnamed(Event { name, description: None, deprecated: None, publish, transient, latest, payload })
    }

    fn events_of_channel(&mut self, node: &'n Node) -> DraftCarries<Span> {
        match &node.kind {
            Kind::Scalar { text, .. } if text == "all" => DraftCarries::AllShared,
            Kind::List(items) => {
                let names = items.iter().filter_map(|item| self.schemas.text(item).map(|name| (name.to_owned(), item.span)));
                DraftCarries::Events(names.collect())
            }
            Kind::Mapping(entries) => {
                let mut names = Vec::new();
                for (key, value) in entries {
                    let event = self.event(&key.text, &names::pascal(&key.text), key, value);
                    self.draft.events.push(DraftEvent { event, place: key.span, shared: Some(false) });
                    names.push((key.text.clone(), key.span));
                }
                DraftCarries::Events(names)
            }
            Kind::Scalar { .. } => {
                let error = Diagnostic::error(
                    Code::WrongValue,
                    node.span,
                    format!("`events` is a mapping of events, a list of names, or `all`, not {}", node.noun()),
                );
                self.schemas.report(error.help("write `events: [name]`, or define the events here"));
                DraftCarries::Events(Vec::new())
            }
        }
    }

    fn params(&mut self, node: &'n Node) -> Vec<(Field, Span)> {
        let Some(entries) = self.schemas.mapping(node, "`params` is a mapping from names to schemas") else { return Vec::new() };
        let mut params = Vec::new();
        for (key, value) in entries {
            let (ty, description) = self.schemas.inline(value, &names::pascal(&key.text));
            params.push((Field { name: key.text.clone(), description, deprecated: None, optional: false, default: None, ty }, key.span));
        }
        params
    }

    fn history(&mut self, node: &'n Node) -> Option<History> {
        if node.is_plain("off") {
            return Some(History::Off);
        }
        let entries = self.schemas.mapping(node, "`history` is `off` or a mapping")?;
        let (mut max, mut ttl) = History::DEFAULT;
        for (key, value) in entries {
            match key.text.as_str() {
                "max" => match self.schemas.whole(value) {
                    Some(0) => self.schemas.report(
                        Diagnostic::error(Code::BadHistory, value.span, "`max` is a number of events, at least 1")
                            .help("to keep nothing, write `history: off`"),
                    ),
                    Some(number) => max = number,
                    None => {}
                },
                "ttl" => {
                    if let Some(text) = self.schemas.text(value) {
                        match History::parse_ttl(text) {
                            Some(seconds) => ttl = seconds,
                            None => self.schemas.report(
                                Diagnostic::error(Code::BadHistory, value.span, format!("`{text}` is not a length of time"))
                                    .help(History::TTL_HELP),
                            ),
                        }
                    }
                }
                _ => self.schemas.unknown(key, &["max", "ttl"]),
            }
        }
        Some(History::Keep { max, ttl })
    }

    fn presence(&mut self, node: &'n Node) -> Option<String> {
        let name = self.schemas.text(node)?;
        self.schemas.named_type(name, node.span)
    }
}

/// The name of a channel's own types: the literal parts of its pattern, `chat/{roomId}` gives `Chat`.
fn type_name_of(pattern: &str) -> String {
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        literal.push_str(before);
        literal.push('/');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    literal.push_str(rest);
    names::pascal(&literal)
}
