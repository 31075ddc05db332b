//! The envelope around the payloads: name, types, events. Channels and what else there is have files of their own.

use super::Span;
use super::schema::Schemas;
use super::yaml::{Key, Kind, Node};
use crate::assemble::{Draft, DraftEvent};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean_or_known};
use crate::{Event, Publishers, names};

const TOP: [&str; 8] = ["realtime", "name", "types", "events", "channels", "live", "calls", "connection"];
const OF_EVENT: [&str; 6] = ["description", "deprecated", "publish", "history", "latest", "payload"];

/// Reads the envelope into a draft.
pub(super) fn read(root: &Node, diagnostics: &mut Diagnostics<Span>) -> Draft<Span> {
    let mut draft = Draft::default();
    let mut reader = Reader { schemas: Schemas::new(diagnostics), draft: &mut draft };
    let Some(entries) = reader.schemas.mapping(root, "a schema file is a mapping") else { return draft };
    // Everything else refers to types, wherever they stand.
    if let Some((_, types)) = root.get("types")
        && let Some(entries) = reader.schemas.mapping(types, "`types` is a mapping from names to schemas")
    {
        reader.schemas.read_types(entries);
    }
    for (key, value) in entries {
        match key.text.as_str() {
            "realtime" => reader.version(value),
            "name" => reader.draft.name = reader.schemas.text(value).map(|name| (name.to_owned(), value.span)),
            "types" => {}
            "events" => reader.shared_events(value),
            "channels" => reader.channels(value),
            "live" => reader.live(value),
            "calls" => reader.calls(value),
            "connection" => reader.connection(value),
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
    draft.types = types;
    draft
}

pub(super) struct Reader<'n, 'd, 'r> {
    pub(super) schemas: Schemas<'n, 'd>,
    pub(super) draft: &'r mut Draft<Span>,
}

impl<'n> Reader<'n, '_, '_> {
    fn version(&mut self, value: &Node) {
        if !value.is_plain("1") {
            let error =
                Diagnostic::error(Code::WrongValue, value.span, format!("`realtime` is the version of this format, not {}", value.noun()));
            self.schemas.report(error.help("write `realtime: 1`"));
        }
    }

    fn shared_events(&mut self, node: &'n Node) {
        let Some(entries) = self.schemas.mapping(node, "`events` is a mapping from names to events") else { return };
        for (key, value) in entries {
            let event = self.event(&key.text, &names::pascal(&key.text), key, value);
            self.draft.events.push(DraftEvent { event, place: key.span, shared: Some(true) });
        }
    }

    /// Reads one event. `type_name` names an inline payload.
    pub(super) fn event(&mut self, name: &str, type_name: &str, key: &Key, node: &'n Node) -> Event {
        let mut event = Event {
            name: name.to_owned(),
            description: None,
            deprecated: None,
            publish: Publishers::SERVER,
            transient: false,
            latest: false,
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
                "deprecated" => event.deprecated = self.schemas.deprecated(value),
                "latest" => event.latest = self.schemas.flag(value).unwrap_or_default(),
                _ => self.schemas.unknown(key, &OF_EVENT),
            }
        }
        if let Some((_, payload)) = node.get("payload") {
            event.payload = self.schemas.payload(payload, type_name, key.span, &mut event.description);
        }
        event
    }

    pub(super) fn publishers(&mut self, node: &Node) -> Publishers {
        let Kind::List(items) = &node.kind else {
            let error = Diagnostic::error(Code::WrongValue, node.span, format!("`publish` is a list of who may, not {}", node.noun()));
            self.schemas.report(error.help("write `publish: [server]`, `[client]` or `[server, client]`"));
            return Publishers::SERVER;
        };
        if items.is_empty() {
            self.schemas.report(
                Diagnostic::error(Code::WrongValue, node.span, "nobody may publish this").help("leave `publish` out for the server alone"),
            );
        }
        self.sides(items, "publish")
    }

    /// Which of the two sides are listed.
    pub(super) fn sides(&mut self, items: &[Node], verb: &str) -> Publishers {
        let mut sides = Publishers { server: false, client: false };
        for item in items {
            match self.schemas.text(item) {
                Some("server") => sides.server = true,
                Some("client") => sides.client = true,
                Some(other) => {
                    let error = Diagnostic::error(Code::WrongValue, item.span, format!("`{other}` cannot {verb}"));
                    self.schemas.report(error.help(did_you_mean_or_known(other, &["server", "client"])));
                }
                None => {}
            }
        }
        sides
    }
}
