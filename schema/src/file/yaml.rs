//! YAML as a tree in which every node knows its place. Scalars stay text: what they mean is decided by who reads them, so `on`, `no` and `1.0` are never anything else.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marked};

use super::{Span, json};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// Definitions are small; a larger file is a mistake, and reading it would only cost memory.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Mappings and lists nest at most this deep.
const MAX_DEPTH: usize = 64;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// The three kinds of node.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Text; plain when it is written without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys are scalars and stand once.
    Mapping(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Node {
    /// What people call this kind of node.
    pub(super) fn noun(&self) -> String {
        match &self.kind {
            Kind::Scalar { text, plain: true } if text.is_empty() => "nothing".to_owned(),
            Kind::Scalar { text, .. } if text.chars().count() <= 40 => format!("`{text}`"),
            Kind::Scalar { .. } => "a text".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
        }
    }

    /// The entry of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<(&Key, &Self)> {
        match &self.kind {
            Kind::Mapping(entries) => entries.iter().find(|(found, _)| found.text == key).map(|(key, value)| (key, value)),
            _ => None,
        }
    }

    /// Whether this is `word`, written without quotes.
    pub(super) fn is_plain(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if text == word)
    }
}

/// Reads the one document of a file. `None` after a report.
pub(super) fn parse(source: &str, diagnostics: &mut Diagnostics<Span>) -> Option<Node> {
    if source.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; a definition has at most {MAX_BYTES}", source.len());
        diagnostics.push(Diagnostic::error(Code::TooLarge, Span::default(), message).help("split it into several contracts"));
        return None;
    }
    let joined = json::without_surrogates(source);
    let (text, offsets) =
        joined.map_or_else(|| (Cow::Borrowed(source), offsets(source)), |(text, offsets)| (Cow::Owned(text), Some(offsets)));
    let mut builder = Builder { source, offsets, stack: Vec::new(), root: None, diagnostics, stopped: false };
    let mut documents = 0;
    for event in Parser::new_from_str(&text) {
        let (event, marked) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = builder.offset(error.marker().index());
                let span = Span { start: at, end: at, verbatim: false };
                // The parser looks ahead for the `:` behind a key, and may be deep in before it tells us of the first level.
                if error.info().contains("recursion limit") {
                    builder.too_deep(span);
                    return None;
                }
                builder.diagnostics.push(
                    Diagnostic::error(Code::Syntax, span, format!("this is not valid YAML: {}", error.info()))
                        .help("indent with spaces, close what you open, quote what begins with a special character"),
                );
                return None;
            }
        };
        if let Event::DocumentStart(_) = event {
            documents += 1;
            if documents == 2 {
                let span = builder.span(marked);
                builder.diagnostics.push(
                    Diagnostic::error(Code::YamlFeature, span, "a second document begins here")
                        .help("a file holds one contract; remove the `---`"),
                );
                return None;
            }
        }
        builder.event(event, marked);
        if builder.stopped {
            return None;
        }
    }
    let root = builder.root;
    if root.is_none() {
        diagnostics
            .push(Diagnostic::error(Code::MissingKey, Span::default(), "the file is empty").help("begin with `realtime: 1` and `name: …`"));
    }
    root
}

/// For each character its byte, where the two differ.
fn offsets(source: &str) -> Option<Vec<usize>> {
    (!source.is_ascii()).then(|| source.char_indices().map(|(at, _)| at).chain([source.len()]).collect())
}

/// A mapping or list that is still open.
enum Open {
    List { items: Vec<Node>, span: Span },
    Mapping { entries: Vec<(Key, Node)>, seen: HashMap<String, Span>, pending: Option<Pending>, span: Span },
}

/// A key whose value comes next.
enum Pending {
    Key(Key),
    /// The key was reported, and its value goes with it.
    Dropped,
}

struct Builder<'a> {
    source: &'a str,
    offsets: Option<Vec<usize>>,
    stack: Vec<Open>,
    root: Option<Node>,
    diagnostics: &'a mut Diagnostics<Span>,
    stopped: bool,
}

impl Builder<'_> {
    fn offset(&self, index: usize) -> usize {
        self.offsets.as_ref().map_or(index, |offsets| offsets.get(index).or(offsets.last()).copied().unwrap_or(index))
    }

    fn span(&self, marked: Marked) -> Span {
        Span { start: self.offset(marked.start.index()), end: self.offset(marked.end.index()), verbatim: false }
    }

    /// The place of a scalar's text: without the quotes, and without the space that the parser counts in behind it.
    fn text_span(&self, span: Span, text: &str) -> Span {
        let slice = self.source.get(span.start..span.end).unwrap_or_default().trim_end();
        let quoted = slice.len() == text.len() + 2 && slice.get(1..=text.len()) == Some(text);
        if quoted {
            return Span { start: span.start + 1, end: span.start + 1 + text.len(), verbatim: true };
        }
        Span { end: span.start + slice.len(), verbatim: slice == text, ..span }
    }

    /// The place of a list or mapping, without the space that the parser counts in behind it.
    fn whole(&self, start: Span, end: Span) -> Span {
        let end = end.end.max(start.end);
        let length = self.source.get(start.start..end).map_or(end - start.start, |text| text.trim_end().len());
        Span { end: start.start + length, ..start }
    }

    fn event(&mut self, event: Event<'_>, marked: Marked) {
        let span = self.span(marked);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), span);
                let plain = style == ScalarStyle::Plain;
                let span = self.text_span(span, &text);
                self.push(Node { kind: Kind::Scalar { text: text.into_owned(), plain }, span });
            }
            Event::Alias(_) => {
                self.refuse(1, false, span);
                self.push(Node { kind: Kind::Scalar { text: String::new(), plain: true }, span });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), span);
                self.open(Open::List { items: Vec::new(), span }, span);
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), span);
                self.open(Open::Mapping { entries: Vec::new(), seen: HashMap::new(), pending: None, span }, span);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::List { items, span: start }) => Node { kind: Kind::List(items), span: self.whole(start, span) },
                    Some(Open::Mapping { entries, span: start, .. }) => {
                        Node { kind: Kind::Mapping(entries), span: self.whole(start, span) }
                    }
                    None => return,
                };
                self.push(node);
            }
            _ => {}
        }
    }

    fn open(&mut self, open: Open, span: Span) {
        if self.stack.len() == MAX_DEPTH {
            self.too_deep(span);
            self.stopped = true;
        }
        self.stack.push(open);
    }

    fn too_deep(&mut self, span: Span) {
        self.diagnostics.push(
            Diagnostic::error(Code::TooLarge, span, format!("this nests deeper than {MAX_DEPTH} levels"))
                .help("name the inner parts under `types` and refer to them"),
        );
    }

    fn refuse(&mut self, anchor: usize, tagged: bool, span: Span) {
        if anchor > 0 {
            let error = Diagnostic::error(Code::YamlFeature, span, "anchors and aliases are not used in a schema file");
            self.diagnostics.push(error.help("name the part under `types` and refer to it: `$ref: \"#/types/Name\"`"));
        }
        if tagged {
            self.diagnostics.push(Diagnostic::error(Code::YamlFeature, span, "tags are not used in a schema file").help("remove the `!…`"));
        }
    }

    fn push(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, seen, pending, .. }) => match pending.take() {
                Some(Pending::Key(key)) => entries.push((key, node)),
                Some(Pending::Dropped) => {}
                None => {
                    let Kind::Scalar { text, .. } = node.kind else {
                        self.diagnostics.push(
                            Diagnostic::error(Code::WrongValue, node.span, "a key is a text")
                                .help("quote a key that begins with `[` or `{`"),
                        );
                        *pending = Some(Pending::Dropped);
                        return;
                    };
                    if let Some(first) = seen.get(&text) {
                        let error =
                            Diagnostic::error(Code::DuplicateKey, node.span, format!("the key `{text}` stands twice")).label("again here");
                        self.diagnostics.push(error.also(*first, "first here").help("remove one of them"));
                        *pending = Some(Pending::Dropped);
                        return;
                    }
                    seen.insert(text.clone(), node.span);
                    *pending = Some(Pending::Key(Key { text, span: node.span }));
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(source: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        parse(source, &mut diagnostics);
        diagnostics.iter().map(|found| format!("{} {}..{}", found.code, found.labels[0].place.start, found.labels[0].place.end)).collect()
    }

    #[test]
    fn places_are_bytes_also_after_other_scripts() {
        let mut diagnostics = Diagnostics::default();
        let source = "ä: x\nb: 'yy'\n".to_owned();
        let root = parse(&source, &mut diagnostics).unwrap();
        let (key, value) = root.get("b").unwrap();
        assert_eq!((&source[key.span.start..key.span.end], &source[value.span.start..value.span.end]), ("b", "yy"));
    }

    #[test]
    fn what_a_schema_file_does_not_use_is_refused() {
        assert_eq!(codes("a: 1\na: 2\n"), ["TW0111 5..6"]);
        assert_eq!(codes("a: &x 1\nb: *x\n").len(), 2);
        assert_eq!(codes("a: !!str 1\n").len(), 1);
        assert_eq!(codes("a: 1\n---\nb: 2\n").len(), 1);
        assert_eq!(codes("a:\n\t- b\n").len(), 1);
        assert_eq!(codes("{[a]: 1}").len(), 1);
        assert_eq!(codes("").len(), 1);
        assert_eq!(codes(&"[".repeat(100)).len(), 1);
        assert_eq!(codes("\u{feff}a: 1\n").len(), 0);
    }
}
