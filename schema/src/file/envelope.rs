//! The envelope around the payloads: name, types, events, channels.

use super::Span;
use super::schema::Schemas;
use super::yaml::{Key, Kind, Node};
use crate::assemble::{Draft, DraftCarries, DraftChannel, DraftEvent, DraftType};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};
use crate::{Event, Field, History, NamedType, Publishers, Type, UNNAMED, names};

const TOP: [&str; 5] = ["realtime", "name", "types", "events", "channels"];
const LATER: [&str; 3] = ["live", "calls", "connection"];
const OF_EVENT: [&str; 4] = ["description", "publish", "history", "payload"];
const OF_CHANNEL: [&str; 7] = ["description", "params", "history", "presence", "events", "payload", "publish"];

/// Reads the envelope into a draft.
pub(super) fn read(root: &Node, diagnostics: &mut Diagnostics<Span>) -> Draft<Span> {
    let mut draft = Draft::default();
    let Some(entries) = mapping(root, "a schema file is a mapping", diagnostics) else { return draft };
    let known: Vec<&str> = match root.get("types").map(|(_, types)| &types.kind) {
        Some(Kind::Mapping(entries)) => entries.iter().map(|(key, _)| key.text.as_str()).collect(),
        _ => Vec::new(),
    };
    let mut reader = Reader { schemas: Schemas::new(&known, diagnostics), draft: &mut draft };
    for (key, value) in entries {
        match key.text.as_str() {
            "realtime" => reader.version(value),
            "name" => reader.draft.name = reader.schemas.text(value).map(|name| (name.to_owned(), value.span)),
            "types" => reader.types(value),
            "events" => reader.shared_events(value),
            "channels" => reader.channels(value),
            later if LATER.contains(&later) => reader.schemas.not_yet(key, &format!("`{later}`")),
            _ => reader.schemas.unknown(key, &TOP),
        }
    }
    for required in ["realtime", "name"] {
        if root.get(required).is_none() {
            let example = if required == "realtime" { "realtime: 1" } else { "name: acme-live" };
            let place = Span { end: root.span.start, ..root.span };
            reader.schemas.report(
                Diagnostic::error(Code::MissingKey, place, format!("the key `{required}` is missing"))
                    .help(format!("write `{example}` at the top")),
            );
        }
    }
    let types = reader.schemas.into_types();
    draft.types.extend(types);
    draft
}

/// The entries of a mapping. Nothing at all counts as an empty one, as in `typing:`.
pub(super) fn mapping<'a>(node: &'a Node, what: &str, diagnostics: &mut Diagnostics<Span>) -> Option<&'a [(Key, Node)]> {
    match &node.kind {
        Kind::Mapping(entries) => Some(entries),
        Kind::Scalar { text, plain: true } if text.is_empty() => Some(&[]),
        _ => {
            diagnostics.push(
                Diagnostic::error(Code::WrongValue, node.span, format!("{what}, not {}", node.noun())).help("write `key: value` lines"),
            );
            None
        }
    }
}

struct Reader<'a, 'd> {
    schemas: Schemas<'d>,
    draft: &'a mut Draft<Span>,
}

impl Reader<'_, '_> {
    fn version(&mut self, value: &Node) {
        if !value.is_plain("1") {
            let error =
                Diagnostic::error(Code::WrongValue, value.span, format!("`realtime` is the version of this format, not {}", value.noun()));
            self.schemas.report(error.help("write `realtime: 1`"));
        }
    }

    fn types(&mut self, node: &Node) {
        let Some(entries) = self.schemas.mapping(node, "`types` is a mapping from names to schemas") else { return };
        for (key, value) in entries {
            let (ty, description) = self.schemas.named(value, &key.text);
            self.draft
                .types
                .push(DraftType { named: NamedType { name: key.text.clone(), description, deprecated: None, ty }, place: key.span });
        }
    }

    fn shared_events(&mut self, node: &Node) {
        let Some(entries) = self.schemas.mapping(node, "`events` is a mapping from names to events") else { return };
        for (key, value) in entries {
            let event = self.event(&key.text, &names::pascal(&key.text), key, value);
            self.draft.events.push(DraftEvent { event, place: key.span, shared: Some(true) });
        }
    }

    /// Reads one event. `type_name` names an inline payload.
    fn event(&mut self, name: &str, type_name: &str, key: &Key, node: &Node) -> Event {
        let mut event = Event {
            name: name.to_owned(),
            description: None,
            deprecated: None,
            publish: Publishers::SERVER,
            transient: false,
            payload: None,
        };
        let Some(entries) = self.schemas.mapping(node, "an event is a mapping") else { return event };
        for (key, value) in entries {
            match key.text.as_str() {
                "description" => event.description = self.schemas.description(value),
                "publish" => event.publish = self.publishers(value),
                "history" if value.is_plain("off") => event.transient = true,
                "history" => {
                    let error = Diagnostic::error(Code::BadHistory, value.span, "the history of an event can only be `off`");
                    self.schemas.report(error.help("how much is kept is said on the channel: `history: { max: 500, ttl: 7d }`"));
                }
                "payload" => {}
                "latest" | "deprecated" => self.schemas.not_yet(key, &format!("`{}`", key.text)),
                _ => self.schemas.unknown(key, &OF_EVENT),
            }
        }
        if let Some((_, payload)) = node.get("payload") {
            event.payload = self.schemas.payload(payload, type_name, key.span, &mut event.description);
        }
        event
    }

    fn publishers(&mut self, node: &Node) -> Publishers {
        let Kind::List(items) = &node.kind else {
            let error = Diagnostic::error(Code::WrongValue, node.span, format!("`publish` is a list of who may, not {}", node.noun()));
            self.schemas.report(error.help("write `publish: [server]`, `[client]` or `[server, client]`"));
            return Publishers::SERVER;
        };
        let mut publish = Publishers { server: false, client: false };
        for item in items {
            match self.schemas.text(item) {
                Some("server") => publish.server = true,
                Some("client") => publish.client = true,
                Some(other) => {
                    let error = Diagnostic::error(Code::WrongValue, item.span, format!("`{other}` cannot publish"));
                    self.schemas.report(error.help(did_you_mean_or_known(other, &["server", "client"])));
                }
                None => {}
            }
        }
        if items.is_empty() {
            self.schemas.report(
                Diagnostic::error(Code::WrongValue, node.span, "nobody may publish this").help("leave `publish` out for the server alone"),
            );
        }
        publish
    }

    fn channels(&mut self, node: &Node) {
        let Some(entries) = self.schemas.mapping(node, "`channels` is a mapping from patterns to channels") else { return };
        for (key, value) in entries {
            if let Some(channel) = self.channel(key, value) {
                self.draft.channels.push(channel);
            }
        }
    }

    fn channel(&mut self, key: &Key, node: &Node) -> Option<DraftChannel<Span>> {
        let entries = self.schemas.mapping(node, "a channel is a mapping")?;
        let (mut description, mut params, mut history, mut presence) = (None, Vec::new(), None, None);
        for (key, value) in entries {
            match key.text.as_str() {
                "description" => description = self.schemas.description(value),
                "params" => params = self.params(value),
                "history" => history = self.history(value),
                "presence" => presence = self.presence(value),
                "events" | "payload" | "publish" => {}
                "latest" | "deprecated" => self.schemas.not_yet(key, &format!("`{}`", key.text)),
                _ => self.schemas.unknown(key, &OF_CHANNEL),
            }
        }
        let carries = self.carries(key, node);
        Some(DraftChannel { pattern: key.text.clone(), place: key.span, description, deprecated: None, params, history, presence, carries })
    }

    fn carries(&mut self, pattern: &Key, node: &Node) -> DraftCarries<Span> {
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
        DraftCarries::Unnamed(Event { name: UNNAMED.to_owned(), description: None, deprecated: None, publish, transient: false, payload })
    }

    fn events_of_channel(&mut self, node: &Node) -> DraftCarries<Span> {
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

    fn params(&mut self, node: &Node) -> Vec<(Field, Span)> {
        let Some(entries) = self.schemas.mapping(node, "`params` is a mapping from names to schemas") else { return Vec::new() };
        let mut params = Vec::new();
        for (key, value) in entries {
            let (ty, description) = self.schemas.nested(value, &names::pascal(&key.text));
            params.push((Field { name: key.text.clone(), description, deprecated: None, optional: false, default: None, ty }, key.span));
        }
        params
    }

    fn history(&mut self, node: &Node) -> Option<History> {
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

    fn presence(&mut self, node: &Node) -> Option<String> {
        let name = self.schemas.text(node)?;
        match self.schemas.named_type(name, node.span) {
            Type::Ref { name } => Some(name),
            _ => None,
        }
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
