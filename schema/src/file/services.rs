//! Live queries, calls, and what a connection carries.

use super::envelope::Reader;
use super::yaml::{Key, Kind, Node};
use crate::assemble::DraftLive;
use crate::diagnostic::{Code, Diagnostic};
use crate::{Call, Connection, LiveQuery, Publishers, Type, names};

impl<'n> Reader<'n, '_, '_> {
    pub(super) fn live(&mut self, node: &'n Node) {
        let Some(entries) = self.schemas.mapping(node, "`live` is a mapping from names to live queries") else { return };
        for (key, value) in entries {
            let Some(entries) = self.schemas.mapping(value, "a live query is a mapping") else { continue };
            let (mut description, mut channel, mut params, mut result) = (None, None, None, None);
            for (word, value) in entries {
                match word.text.as_str() {
                    "description" => description = self.schemas.description(value),
                    "channel" => channel = self.schemas.text(value).map(|pattern| (pattern, value.span)),
                    "params" => params = Some((self.schemas.inline(value, &format!("{}Params", names::pascal(&key.text))).0, value.span)),
                    "result" => result = Some(self.schemas.inline(value, &format!("{}Result", names::pascal(&key.text))).0),
                    _ => self.schemas.unknown(word, &["description", "channel", "params", "result"]),
                }
            }
            for (missing, word, example) in [
                (
                    channel.is_none() && value.get("channel").is_none(),
                    "channel",
                    "`channel: board/{boardId}`, with the pattern of a channel",
                ),
                (result.is_none(), "result", "`result`, with the schema of what it yields"),
            ] {
                if missing {
                    self.missing(key, word, example);
                }
            }
            if let (Some((channel, place)), Some(result)) = (channel, result) {
                let (params, params_place) = params.unzip();
                let query = LiveQuery { name: key.text.clone(), description, channel: channel.to_owned(), params, result };
                self.draft.live.push(DraftLive { query, place: key.span, channel: place, params: params_place });
            }
        }
    }

    pub(super) fn calls(&mut self, node: &'n Node) {
        let Some(entries) = self.schemas.mapping(node, "`calls` is a mapping from names to calls") else { return };
        for (key, value) in entries {
            let Some(entries) = self.schemas.mapping(value, "a call is a mapping") else { continue };
            let name = names::pascal(&key.text);
            let from = Publishers { server: false, client: true };
            let mut call = Call { name: key.text.clone(), description: None, from, request: None, reply: None };
            for (word, value) in entries {
                match word.text.as_str() {
                    "description" => call.description = self.schemas.description(value),
                    "from" => call.from = self.callers(value),
                    "request" => call.request = Some(self.schemas.inline(value, &format!("{name}Request")).0),
                    "reply" => call.reply = Some(self.schemas.inline(value, &format!("{name}Reply")).0),
                    _ => self.schemas.unknown(word, &["description", "from", "request", "reply"]),
                }
            }
            self.draft.calls.push((call, key.span));
        }
    }

    fn callers(&mut self, node: &Node) -> Publishers {
        let single = std::slice::from_ref(node);
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => single,
        };
        if items.is_empty() {
            let error = Diagnostic::error(Code::WrongValue, node.span, "nobody may ask this");
            self.schemas.report(error.help("write `from: client`, `from: server` or `from: [client, server]`"));
        }
        self.sides(items, "call")
    }

    pub(super) fn connection(&mut self, node: &'n Node) {
        let Some(entries) = self.schemas.mapping(node, "`connection` is a mapping") else { return };
        let mut connection = Connection::default();
        for (key, value) in entries {
            let mut read = |name: &str| -> Option<Type> { Some(self.schemas.inline(value, name).0) };
            match key.text.as_str() {
                "opening" => connection.opening = read("ConnectionOpening"),
                "greeting" => connection.greeting = read("ConnectionGreeting"),
                "state" => connection.state = read("ConnectionState"),
                _ => self.schemas.unknown(key, &["opening", "greeting", "state"]),
            }
        }
        self.draft.connection = connection;
    }

    fn missing(&mut self, key: &Key, word: &str, example: &str) {
        let error = Diagnostic::error(Code::MissingKey, key.span, format!("`{}` has no `{word}`", key.text));
        self.schemas.report(error.help(format!("add {example}")));
    }
}
