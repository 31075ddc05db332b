//! JSON Schema becomes types.
//!
//! A schema is read once, with all its errors (`read`), into a flat list in which references are resolved (`reference`). Then it is decided from keywords alone
//! what shape it has (`plan`, `objects`, `unions`), and last that shape is built (`build`), or the schema is kept as it is, to be checked (`exact`).

mod build;
mod defaults;
mod exact;
mod keywords;
mod naming;
mod objects;
mod plan;
mod read;
mod reference;
mod texts;
mod unions;

use std::collections::HashMap;
use std::rc::Rc;

use super::Span;
use super::yaml::{Key, Kind, Node};
use crate::assemble::DraftType;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, did_you_mean_or_known};
use crate::json::Value;
use crate::suggest::nearest;
use crate::{JsonType, Rules, Type};
use build::Job;
use naming::Names;
use plan::Plan;

/// The place of a schema in the list of all schemas of the file.
pub(super) type Id = usize;

/// Nobody reads more of one kind, and a file of four megabytes has room for a million.
const MAX_REPORTS: usize = 1000;

/// How many names are compared for suggestions before unknown names get none.
const MAX_COMPARISONS: usize = 50_000;

/// One schema: its own keywords, and where the schemas inside it are.
#[derive(Default)]
struct Schema<'n> {
    span: Span,
    resource: usize,
    parent: Option<(Id, Step<'n>)>,
    /// `true` and `false`.
    always: Option<bool>,
    description: Option<String>,
    deprecated: Option<String>,
    /// Where it says that values of later contracts may come.
    open: Option<Span>,
    default: Option<(Value, Span)>,
    /// Every keyword that says something about values, and where it stands.
    keywords: Vec<(&'static str, Span)>,
    reference: Option<Id>,
    types: Vec<JsonType>,
    values: Option<Vec<(Value, Span)>>,
    /// The formats that only types have.
    wide: Option<WideFormat>,
    /// The keywords without schemas inside, with their exact meaning.
    rules: Rules,
    /// Whether there is an error in it, so that nothing is to be said of what is left.
    broken: bool,
    prefix: Vec<Id>,
    items: Option<Id>,
    /// What draft 7 calls `additionalItems`.
    rest: Option<Id>,
    properties: Vec<(&'n str, Id)>,
    required: Vec<(&'n str, Span)>,
    patterns: Vec<(&'n str, Id)>,
    additional: Option<Id>,
    all_of: Vec<Id>,
    any_of: Vec<Id>,
    one_of: Vec<Id>,
}

/// Formats that are no formats of JSON Schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WideFormat {
    Int64,
    Uint64,
}

/// The way from a schema to one directly inside it: a keyword, and a name or a position.
type Step<'n> = (&'n str, At<'n>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum At<'n> {
    Alone,
    Name(&'n str),
    Position(usize),
}

/// What stands alone in the file as one schema: under a name of `types`, as a payload.
struct Resource {
    root: Id,
    /// What the types inside are named after.
    name: String,
    draft7: bool,
}

/// Reads schemas, and collects the types that they become.
pub(super) struct Schemas<'n, 'd> {
    arena: Vec<Schema<'n>>,
    /// From a schema to the one that a step leads to.
    steps: HashMap<(Id, Step<'n>), Id>,
    resources: Vec<Resource>,
    /// The roots of what stands under `types`.
    known: HashMap<&'n str, Id>,
    /// References that are not resolved yet, because what they refer to may not be read yet.
    unresolved: Vec<(Id, &'n Node)>,
    names: Names,
    plans: Vec<Option<Rc<Plan>>>,
    planning: Vec<bool>,
    plan_depth: usize,
    /// Fields that were taken over into other objects, so far.
    merged: usize,
    /// The fields of a schema that could be tags.
    constants: HashMap<Id, Vec<(&'n str, Id)>>,
    built: HashMap<Id, Type>,
    jobs: Vec<Job>,
    types: Vec<DraftType<Span>>,
    defaults: defaults::Defaults,
    comparisons: usize,
    reports: [usize; 2],
    diagnostics: &'d mut Diagnostics<Span>,
}

impl<'n, 'd> Schemas<'n, 'd> {
    pub(super) fn new(diagnostics: &'d mut Diagnostics<Span>) -> Self {
        Self {
            arena: Vec::new(),
            steps: HashMap::new(),
            resources: Vec::new(),
            known: HashMap::new(),
            unresolved: Vec::new(),
            names: Names::default(),
            plans: Vec::new(),
            planning: Vec::new(),
            plan_depth: 0,
            merged: 0,
            constants: HashMap::new(),
            built: HashMap::new(),
            jobs: Vec::new(),
            types: Vec::new(),
            defaults: defaults::Defaults::default(),
            comparisons: 0,
            reports: [0, 0],
            diagnostics,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic<Span>) {
        let kind = &mut self.reports[usize::from(diagnostic.severity == Severity::Warning)];
        *kind += 1;
        if *kind <= MAX_REPORTS {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn unknown(&mut self, key: &Key, known: &[&str]) {
        self.report(
            Diagnostic::error(Code::UnknownKey, key.span, format!("unknown key `{}`", key.text))
                .help(did_you_mean_or_known(&key.text, known)),
        );
    }

    /// "did you mean `x`?", as long as there is time to look for it.
    fn suggestion<'c>(&mut self, name: &str, candidates: impl ExactSizeIterator<Item = &'c str>, prefix: &str) -> Option<String> {
        self.comparisons = self.comparisons.saturating_add(candidates.len());
        if self.comparisons > MAX_COMPARISONS {
            return None;
        }
        nearest(name, candidates).map(|nearest| format!("did you mean `{prefix}{nearest}`?"))
    }

    /// The entries of a mapping. Nothing at all counts as an empty one, as in `typing:`.
    pub(super) fn mapping(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        match &node.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Scalar { text, plain: true } if text.is_empty() => Some(&[]),
            _ => {
                let error = Diagnostic::error(Code::WrongValue, node.span, format!("{what}, not {}", node.noun()));
                self.report(error.help("write `key: value` lines"));
                None
            }
        }
    }

    pub(super) fn text<'t>(&mut self, node: &'t Node) -> Option<&'t str> {
        match &node.kind {
            Kind::Scalar { text, plain } if !(*plain && text.is_empty()) => Some(text),
            _ => {
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, format!("expected a text, found {}", node.noun()))
                        .help("quote the text if it begins with a special character"),
                );
                None
            }
        }
    }

    pub(super) fn description(&mut self, node: &Node) -> Option<String> {
        self.text(node)
            .map(|text| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// `true`, or the reason. The empty text stands for no reason.
    pub(super) fn deprecated(&mut self, node: &Node) -> Option<String> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if text == "false" => None,
            Kind::Scalar { text, plain: true } if text == "true" => Some(String::new()),
            _ => self.description(node),
        }
    }

    /// A length or a count. An integer without a fraction is one however it is written, as in JSON Schema.
    pub(super) fn whole(&mut self, node: &Node) -> Option<u32> {
        let number = match &node.kind {
            Kind::Scalar { text, plain: true } => super::value::number(text).filter(|number| number.fract() == 0.0),
            _ => None,
        };
        let number = number.filter(|number| (0.0..=f64::from(u32::MAX)).contains(number));
        if number.is_none() {
            let message = format!("expected a whole number from 0 to {}, found {}", u32::MAX, node.noun());
            self.report(Diagnostic::error(Code::WrongValue, node.span, message).help("write it without quotes"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer of 32 bits, as was just seen")]
        number.map(|number| number as u32)
    }

    pub(super) fn flag(&mut self, node: &Node) -> Option<bool> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if text == "true" || text == "false" => Some(text == "true"),
            _ => {
                self.report(
                    Diagnostic::error(Code::WrongValue, node.span, format!("expected `true` or `false`, found {}", node.noun()))
                        .help("booleans are written without quotes"),
                );
                None
            }
        }
    }

    /// The types under `types`. Everything else may refer to them.
    pub(super) fn read_types(&mut self, entries: &'n [(Key, Node)]) {
        self.names.take(entries.iter().map(|(key, _)| key.text.as_str()));
        for (key, value) in entries {
            let root = self.read_resource(value, &key.text);
            self.known.insert(&key.text, root);
        }
        self.resolve_references();
        for (key, _) in entries {
            let id = self.known[key.text.as_str()];
            self.give(id, build::Piece::Whole, key.text.clone(), key.span);
        }
    }

    /// A schema that stands for itself: its type, where objects, enums, unions and choices become a type called `name`.
    pub(super) fn inline(&mut self, node: &'n Node, name: &str) -> (Type, Option<String>) {
        let root = self.read_resource(node, name);
        self.resolve_references();
        (self.nested(root, name), self.arena[root].description.clone())
    }

    /// The payload of an event: whatever is written inline becomes a type called `name`. Event and payload lend each other their documentation.
    pub(super) fn payload(&mut self, node: &'n Node, name: &str, place: Span, description: &mut Option<String>) -> Option<Type> {
        let root = self.read_resource(node, name);
        self.resolve_references();
        if self.is_null(root) {
            self.report(
                Diagnostic::error(Code::NullPayload, node.span, "a payload that is always null says nothing")
                    .help("leave `payload` out: the event is a signal"),
            );
            return None;
        }
        let plan = self.plan(root);
        if matches!(*plan, Plan::Any) && self.schema(root).keywords.is_empty() {
            self.report(
                Diagnostic::error(Code::AnyJson, node.span, "this payload may be any JSON, and nothing checks it")
                    .help("describe its shape, or leave `payload` out for a signal")
                    .warning(),
            );
        }
        if let Some(target) = self.referred(root).filter(|_| !self.names.is_target(root)) {
            return Some(self.refer(target));
        }
        let own = self.arena[root].description.clone();
        if description.is_none() {
            description.clone_from(&own);
        } else if own.is_none() {
            self.arena[root].description.clone_from(description);
        }
        self.give(root, build::Piece::Whole, name.to_owned(), place);
        Some(Type::Ref { name: name.to_owned() })
    }

    /// The named type of a member's state.
    pub(super) fn named_type(&mut self, name: &str, place: Span) -> Option<String> {
        if self.known.contains_key(name) {
            return Some(name.to_owned());
        }
        self.unknown_type(name, place, "");
        None
    }

    /// Builds everything that was asked for.
    pub(super) fn into_types(mut self) -> Vec<DraftType<Span>> {
        self.build_all();
        self.check_defaults();
        self.types
    }

    fn schema(&self, id: Id) -> &Schema<'n> {
        &self.arena[id]
    }
}

impl Schema<'_> {
    /// Where a keyword stands, if it does.
    fn place_of(&self, keyword: &str) -> Option<Span> {
        self.keywords.iter().find(|(word, _)| *word == keyword).map(|(_, span)| *span)
    }

    fn has(&self, keyword: &str) -> bool {
        self.place_of(keyword).is_some()
    }

    /// The first keyword that is none of these.
    fn beside(&self, expected: &[&str]) -> Option<(&'static str, Span)> {
        self.keywords.iter().find(|(word, _)| !expected.contains(word)).copied()
    }
}
