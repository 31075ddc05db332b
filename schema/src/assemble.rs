//! What both front ends share: a draft with places becomes a contract, or a list of diagnostics.
//!
//! A front end reads shapes and resolves the names of types; everything that concerns several definitions at once is decided here, once for both.

use std::collections::HashMap;

use crate::address::{Pattern, Segment};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, did_you_mean};
use crate::{
    Call, Carries, Channel, Connection, Contract, DEFAULT_CHANNEL, Event, Field, History, LiveQuery, NamedType, Object, Type, graph, names,
};

/// Names that the generated client uses itself, next to the types of the contract.
const TAKEN: [&str; 3] = ["Channels", "ConnectionTypes", "LiveQueries"];

const EVENT_NAME_HELP: &str = "segments joined by `.`, each a letter followed by letters, digits, `_` or `-`; at most 128 bytes";

/// The longest contract name, in bytes.
const MAX_CONTRACT_NAME: usize = 64;

/// What a front end read.
#[derive(Debug)]
pub struct Draft<P> {
    /// The name of the contract and where it stands.
    pub name: Option<(String, P)>,
    /// Every named type.
    pub types: Vec<DraftType<P>>,
    /// Every named event.
    pub events: Vec<DraftEvent<P>>,
    /// Every declared channel.
    pub channels: Vec<DraftChannel<P>>,
    /// Every live query.
    pub live: Vec<DraftLive<P>>,
    /// Every call and where its name stands.
    pub calls: Vec<(Call, P)>,
    /// What a connection carries besides events.
    pub connection: Connection,
}

/// A named type and where its name stands.
#[derive(Debug)]
pub struct DraftType<P> {
    /// The type.
    pub named: NamedType,
    /// Where its name stands.
    pub place: P,
}

/// A named event.
#[derive(Debug)]
pub struct DraftEvent<P> {
    /// The event.
    pub event: Event,
    /// Where its name stands.
    pub place: P,
    /// Whether it belongs to no single channel. `None` lets the channels decide: an event that no channel lists is shared.
    pub shared: Option<bool>,
}

/// A live query.
#[derive(Debug)]
pub struct DraftLive<P> {
    /// The query; its channel is the pattern with the parameters' wire names.
    pub query: LiveQuery,
    /// Where its name stands.
    pub place: P,
    /// Where its channel is named.
    pub channel: P,
    /// Where its own parameters are given, if it has any.
    pub params: Option<P>,
}

/// A declared channel.
#[derive(Debug)]
pub struct DraftChannel<P> {
    /// The pattern with the parameters' wire names.
    pub pattern: String,
    /// Where the pattern stands.
    pub place: P,
    /// The documentation.
    pub description: Option<String>,
    /// Why it should not be used any more; empty where no reason is given.
    pub deprecated: Option<String>,
    /// The declared parameters.
    pub params: Vec<(Field, P)>,
    /// What is kept.
    pub history: Option<History>,
    /// Whether every event that it carries is kept as the newest alone.
    pub latest: bool,
    /// The named type of a member's state.
    pub presence: Option<String>,
    /// What it carries.
    pub carries: DraftCarries<P>,
}

/// What a channel carries.
#[derive(Debug)]
pub enum DraftCarries<P> {
    /// Events by name.
    Events(Vec<(String, P)>),
    /// Every shared event.
    AllShared,
    /// One event that needs no name.
    Unnamed(Event),
}

impl<P> Default for Draft<P> {
    fn default() -> Self {
        Self {
            name: None,
            types: Vec::new(),
            events: Vec::new(),
            channels: Vec::new(),
            live: Vec::new(),
            calls: Vec::new(),
            connection: Connection::default(),
        }
    }
}

/// Makes a contract of a draft. With errors in `diagnostics` the contract is incomplete and only good for carrying on.
pub fn assemble<P: Place>(draft: Draft<P>, diagnostics: &mut Diagnostics<P>) -> Contract {
    let name = contract_name(draft.name, diagnostics);
    let types = types(draft.types, diagnostics);
    let events = events(draft.events, &draft.channels, diagnostics);
    let channels = channels(draft.channels, &events, &types, diagnostics);
    let mut events: Vec<Event> = events.into_iter().map(|(event, _)| event).collect();
    // A payload that is a named type lends the event its documentation.
    for event in &mut events {
        if let (None, Some(Type::Ref { name })) = (&event.description, &event.payload) {
            event.description = types.iter().find(|named| named.name == *name).and_then(|named| named.description.clone());
        }
    }
    let live = live(&draft.live, &channels, &types, diagnostics);
    let calls = calls(&draft.calls, diagnostics);
    Contract { name, types, events, channels, live, calls, connection: draft.connection }
}

/// The live queries, sorted by name.
fn live<P: Place>(drafts: &[DraftLive<P>], channels: &[Channel], types: &[NamedType], diagnostics: &mut Diagnostics<P>) -> Vec<LiveQuery> {
    let mut live = Vec::new();
    for DraftLive { query, place, channel, params } in drafts {
        if !names::is_param_name(&query.name) {
            let message = format!("`{}` cannot name a live query", query.name);
            diagnostics.push(
                Diagnostic::error(Code::BadName, place.clone(), message)
                    .help(format!("a letter, then letters and digits: `{}`", names::camel(&query.name))),
            );
        }
        if !channels.iter().any(|channel| channel.pattern == query.channel) {
            let message = format!("there is no channel `{}`", query.channel);
            let nearest = did_you_mean(&query.channel, channels.iter().map(|channel| channel.pattern.as_str()));
            diagnostics.push(
                Diagnostic::error(Code::UnknownChannel, channel.clone(), message)
                    .help("a live query takes the parameters of a declared channel, and runs again after its events")
                    .maybe_help(nearest),
            );
        }
        if let (Some(ty), Some(place)) = (&query.params, params)
            && !matches!(resolve(ty, types), Type::Object(_) | Type::Ref { .. })
        {
            let message = format!("the parameters of `{}` are no object", query.name);
            diagnostics.push(
                Diagnostic::error(Code::WrongValue, place.clone(), message)
                    .help("give them names: an object with a field for each, or a struct with named fields"),
            );
        }
        live.push((query.name.clone(), query.clone(), place));
    }
    unique(live, "live queries", diagnostics)
}

/// The calls, sorted by name.
fn calls<P: Place>(drafts: &[(Call, P)], diagnostics: &mut Diagnostics<P>) -> Vec<Call> {
    for (call, place) in drafts {
        if !names::is_event_name(&call.name) {
            let message = format!("`{}` cannot name a call", call.name);
            diagnostics.push(Diagnostic::error(Code::BadName, place.clone(), message).help(EVENT_NAME_HELP));
        }
    }
    unique(drafts.iter().map(|(call, place)| (call.name.clone(), call.clone(), place)).collect(), "calls", diagnostics)
}

/// Sorts by name, and reports names that stand twice.
fn unique<T, P: Place>(items: Vec<(String, T, &P)>, what: &str, diagnostics: &mut Diagnostics<P>) -> Vec<T> {
    let mut first: HashMap<String, &P> = HashMap::new();
    let mut kept = Vec::new();
    for (name, item, place) in items {
        if let Some(earlier) = first.get(&name) {
            let error = Diagnostic::error(Code::DuplicateName, place.clone(), format!("there are two {what} called `{name}`"));
            diagnostics.push(error.label("again here").also((*earlier).clone(), "first here").help("rename one of them"));
            continue;
        }
        first.insert(name.clone(), place);
        kept.push((name, item));
    }
    names::sorted(kept, |(name, _)| name.clone()).into_iter().map(|(_, item)| item).collect()
}

fn contract_name<P: Place>(name: Option<(String, P)>, diagnostics: &mut Diagnostics<P>) -> String {
    let Some((name, place)) = name else { return String::new() };
    let good = name.len() <= MAX_CONTRACT_NAME
        && name.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !good {
        let message = format!("`{name}` cannot name a contract");
        diagnostics.push(
            Diagnostic::error(Code::BadName, place, message)
                .help("a lower-case letter, then lower-case letters, digits and `-`; at most 64: it also names the client package"),
        );
    }
    name
}

fn types<P: Place>(drafts: Vec<DraftType<P>>, diagnostics: &mut Diagnostics<P>) -> Vec<NamedType> {
    let mut first: HashMap<String, P> = HashMap::new();
    let mut kept: Vec<DraftType<P>> = Vec::new();
    for draft in drafts {
        let name = &draft.named.name;
        if !names::is_type_name(name) {
            let message = format!("`{name}` cannot name a type in both languages");
            let help = format!("an upper-case letter, then letters and digits: `{}`", names::pascal(name));
            diagnostics.push(Diagnostic::error(Code::BadName, draft.place.clone(), message).help(help));
        } else if TAKEN.contains(&name.as_str()) {
            let message = format!("the generated client has a `{name}` of its own");
            diagnostics.push(Diagnostic::error(Code::BadName, draft.place.clone(), message).help("choose another name for this type"));
        }
        if let Some(earlier) = first.get(name) {
            let error = Diagnostic::error(Code::DuplicateType, draft.place, format!("there are two types called `{name}`"));
            diagnostics.push(
                error
                    .label("again here")
                    .also(earlier.clone(), "first here")
                    .help("inline payloads are named after their event, inline objects after their field; name one of them under `types`"),
            );
            continue;
        }
        first.insert(name.clone(), draft.place.clone());
        kept.push(draft);
    }
    let kept = names::sorted(kept, |draft| draft.named.name.clone());
    let sorted: Vec<NamedType> = kept.iter().map(|draft| draft.named.clone()).collect();
    infinite(&sorted, &kept, diagnostics);
    sorted
}

/// Reports types that no finite value can have, or that no language can spell: a way from a type back to itself over required fields alone, and
/// a name that stands for itself or for an option of itself.
fn infinite<P: Place>(types: &[NamedType], places: &[DraftType<P>], diagnostics: &mut Diagnostics<P>) {
    let index_of: HashMap<&str, usize> = types.iter().enumerate().map(|(at, named)| (named.name.as_str(), at)).collect();
    let edges = |uses: fn(&Type) -> Vec<&str>| -> Vec<Vec<usize>> {
        types.iter().map(|named| uses(&named.ty).into_iter().filter_map(|name| index_of.get(name).copied()).collect()).collect()
    };
    let mut reported = vec![false; types.len()];
    for edges in [edges(required), edges(aliased)] {
        for component in graph::components(&edges).into_iter().filter(|component| component.cyclic) {
            let [first, others @ ..] = component.members.as_slice() else { continue };
            if std::mem::replace(&mut reported[*first], true) {
                continue;
            }
            let way: Vec<String> = others.iter().map(|at| format!("`{}`", types[*at].name)).collect();
            let way = if way.is_empty() { String::new() } else { format!(", by way of {}", way.join(", ")) };
            let message = format!("`{}` always contains itself{way}", types[*first].name);
            diagnostics.push(
                Diagnostic::error(Code::InfiniteType, places[*first].place.clone(), message)
                    .help("make a field on that way optional, or a list"),
            );
        }
    }
}

/// The named types that every value of `ty` holds.
fn required(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Ref { name } => vec![name],
        Type::Tuple { items } => items.iter().flat_map(required).collect(),
        Type::Object(object) => required_by(object),
        Type::Union { variants, .. } => match variants.as_slice() {
            [only] => required_by(&only.object),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn required_by(object: &Object) -> Vec<&str> {
    object.fields.iter().filter(|field| !field.optional && field.default.is_none()).flat_map(|field| required(&field.ty)).collect()
}

/// The named types that the same value has to satisfy or may satisfy: seen through options, choices and schemas, not through fields and items.
fn aliased(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Ref { name } => vec![name],
        Type::Nullable { of } => aliased(of),
        Type::Choice { of } => of.iter().flat_map(aliased).collect(),
        Type::Json { schema } => schema.in_place(),
        _ => Vec::new(),
    }
}

/// The events, sorted, each with whether it is shared.
fn events<P: Place>(drafts: Vec<DraftEvent<P>>, channels: &[DraftChannel<P>], diagnostics: &mut Diagnostics<P>) -> Vec<(Event, bool)> {
    let listed = |name: &str| {
        channels
            .iter()
            .any(|channel| matches!(&channel.carries, DraftCarries::Events(list) if list.iter().any(|(listed, _)| listed == name)))
    };
    let mut first: HashMap<String, P> = HashMap::new();
    let mut events: Vec<(Event, bool)> = Vec::new();
    for DraftEvent { event, place, shared } in drafts {
        if !names::is_event_name(&event.name) {
            let message = format!("`{}` cannot name an event", event.name);
            diagnostics.push(Diagnostic::error(Code::BadName, place.clone(), message).help(EVENT_NAME_HELP));
        }
        if let Some(earlier) = first.get(&event.name) {
            let error = Diagnostic::error(Code::DuplicateEvent, place, format!("there are two events called `{}`", event.name));
            diagnostics.push(
                error
                    .label("again here")
                    .also(earlier.clone(), "first here")
                    .help("event names are unique in a contract: define the event once, and list it on each channel that carries it"),
            );
            continue;
        }
        first.insert(event.name.clone(), place);
        let shared = shared.unwrap_or_else(|| !listed(&event.name));
        events.push((event, shared));
    }
    names::sorted(events, |(event, _)| event.name.clone())
}

fn channels<P: Place>(
    drafts: Vec<DraftChannel<P>>,
    events: &[(Event, bool)],
    types: &[NamedType],
    diagnostics: &mut Diagnostics<P>,
) -> Vec<Channel> {
    let mut channels: Vec<(Channel, Option<Pattern>, P)> = Vec::new();
    for draft in drafts {
        let place = draft.place.clone();
        let pattern = match Pattern::parse(&draft.pattern) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(Code::BadPattern, place.part(&error.at), error.message)
                        .help("segments joined by `/`, each a word, or one parameter in braces: `chat/{roomId}`")
                        .maybe_help(error.help),
                );
                None
            }
        };
        let params = params(pattern.as_ref(), draft.params, &draft.pattern, &place, types, diagnostics);
        let carries = carries(draft.carries, events, diagnostics);
        let channel = Channel {
            pattern: draft.pattern,
            description: draft.description,
            deprecated: draft.deprecated,
            params,
            history: draft.history,
            latest: draft.latest,
            presence: draft.presence,
            carries,
        };
        for (earlier, other, other_place) in &channels {
            if let (Some(pattern), Some(other)) = (&pattern, other)
                && overlaps((pattern, &channel.params), (other, &earlier.params), types)
            {
                let message = if earlier.pattern == channel.pattern {
                    format!("there are two channels `{}`", channel.pattern)
                } else {
                    format!("a channel name could belong to `{}` and to `{}`", earlier.pattern, channel.pattern)
                };
                let error = Diagnostic::error(Code::AmbiguousChannels, place.clone(), message).label("this pattern");
                diagnostics.push(error.also(other_place.clone(), "and this one").help("begin one of them with a word of its own"));
            }
        }
        channels.push((channel, pattern, place));
    }
    let mut channels: Vec<Channel> = channels.into_iter().map(|(channel, _, _)| channel).collect();
    let shared: Vec<String> = events.iter().filter(|(_, shared)| *shared).map(|(event, _)| event.name.clone()).collect();
    if !shared.is_empty() && !channels.iter().any(|channel| channel.pattern == DEFAULT_CHANNEL) {
        let carries = Carries::Events(shared);
        channels.push(Channel {
            pattern: DEFAULT_CHANNEL.to_owned(),
            description: None,
            deprecated: None,
            params: Vec::new(),
            history: None,
            latest: false,
            presence: None,
            carries,
        });
    }
    names::sorted(channels, |channel| channel.pattern.clone())
}

/// The declared parameters in the order of the pattern.
fn params<P: Place>(
    pattern: Option<&Pattern>,
    mut declared: Vec<(Field, P)>,
    text: &str,
    place: &P,
    types: &[NamedType],
    diagnostics: &mut Diagnostics<P>,
) -> Vec<Field> {
    for (param, place) in &declared {
        if !can_be_param(&param.ty, types) {
            let message = format!("a channel parameter cannot be {}", param.ty.noun());
            diagnostics.push(
                Diagnostic::error(Code::ParameterType, place.clone(), message).help("strings, integers, UUIDs, booleans and enums can"),
            );
        }
    }
    let Some(pattern) = pattern else { return declared.into_iter().map(|(param, _)| param).collect() };
    let mut params = Vec::new();
    for name in pattern.params() {
        if let Some(at) = declared.iter().position(|(param, _)| param.name == name) {
            let mut param = declared.swap_remove(at).0;
            param.optional = pattern.optional_param() == Some(name);
            params.push(param);
        } else {
            let message = format!("`{text}` has a parameter `{name}` that is not declared");
            let nearest = did_you_mean(name, declared.iter().map(|(param, _)| param.name.as_str()));
            // The name stands behind a brace, and no other name begins there.
            let at = text
                .match_indices(&format!("{{{name}"))
                .map(|(at, _)| at)
                .find(|at| matches!(text.as_bytes().get(at + 1 + name.len()), Some(b'}' | b'?')));
            let (start, end) = at.map_or((0, text.len()), |at| (at, at + text[at..].find('}').map_or(0, |end| end + 1)));
            diagnostics.push(
                Diagnostic::error(Code::Parameters, place.part(&(start..end)), message)
                    .help("declare its type: a field of the struct, or a key under `params`")
                    .maybe_help(nearest),
            );
        }
    }
    for (param, place) in declared {
        let message = format!("`{}` does not stand in the pattern `{text}`", param.name);
        let nearest = did_you_mean(&param.name, pattern.params());
        diagnostics.push(
            Diagnostic::error(Code::Parameters, place, message)
                .help(format!("add `{{{}}}` to the pattern, or remove it", param.name))
                .maybe_help(nearest),
        );
    }
    params
}

fn carries<P: Place>(draft: DraftCarries<P>, events: &[(Event, bool)], diagnostics: &mut Diagnostics<P>) -> Carries {
    let list = match draft {
        DraftCarries::Unnamed(event) => return Carries::Unnamed(event),
        DraftCarries::AllShared => {
            return Carries::Events(events.iter().filter(|(_, shared)| *shared).map(|(event, _)| event.name.clone()).collect());
        }
        DraftCarries::Events(list) => list,
    };
    let mut names: Vec<String> = Vec::new();
    for (name, place) in list {
        if !events.iter().any(|(event, _)| event.name == name) {
            let nearest = did_you_mean(&name, events.iter().map(|(event, _)| event.name.as_str()));
            diagnostics.push(
                Diagnostic::error(Code::UnknownEvent, place, format!("there is no event `{name}`"))
                    .help("define it under `events`, or write this list as a mapping")
                    .maybe_help(nearest),
            );
        } else if names.contains(&name) {
            diagnostics.push(Diagnostic::error(Code::DuplicateEvent, place, format!("`{name}` is listed twice")).help("remove one"));
        } else {
            names.push(name);
        }
    }
    names.sort_unstable();
    Carries::Events(names)
}

fn resolve<'a>(ty: &'a Type, types: &'a [NamedType]) -> &'a Type {
    let mut ty = ty;
    for _ in 0..=types.len() {
        let Type::Ref { name } = ty else { break };
        match types.binary_search_by(|named| named.name.as_str().cmp(name)) {
            Ok(at) => ty = &types[at].ty,
            Err(_) => break,
        }
    }
    ty
}

fn can_be_param(ty: &Type, types: &[NamedType]) -> bool {
    // A reference that stays one is dangling or circular, which is reported where it stands.
    matches!(
        resolve(ty, types),
        Type::String { .. } | Type::Integer { .. } | Type::Uuid | Type::Boolean | Type::Enum { .. } | Type::Ref { .. }
    )
}

/// Whether some channel name matches both patterns, with these parameters.
fn overlaps((a, a_params): (&Pattern, &[Field]), (b, b_params): (&Pattern, &[Field]), types: &[NamedType]) -> bool {
    let type_of = |segment: &Segment, params: &[Field]| -> Option<Type> {
        let name = segment.param.as_ref()?;
        params.iter().find(|param| param.name == *name).map(|param| resolve(&param.ty, types).clone())
    };
    let overlap = |a: &[Segment], b: &[Segment]| {
        a.len() == b.len()
            && a.iter().zip(b).all(|(left, right)| segments_overlap((left, type_of(left, a_params)), (right, type_of(right, b_params))))
    };
    a.forms().any(|a| b.forms().any(|b| overlap(a, b)))
}

/// Whether some text matches both segments. Patterns of text are not compared: two strings are taken to overlap.
fn segments_overlap((a, a_type): (&Segment, Option<Type>), (b, b_type): (&Segment, Option<Type>)) -> bool {
    match (&a.param, &b.param) {
        (None, None) => a.prefix == b.prefix,
        (None, Some(_)) => literal_matches(&a.prefix, b, b_type.as_ref()),
        (Some(_), None) => literal_matches(&b.prefix, a, a_type.as_ref()),
        (Some(_), Some(_)) => {
            let prefixes = a.prefix.starts_with(&b.prefix) || b.prefix.starts_with(&a.prefix);
            let suffixes = a.suffix.ends_with(&b.suffix) || b.suffix.ends_with(&a.suffix);
            let bare = a.prefix == b.prefix && a.suffix == b.suffix;
            prefixes && suffixes && !(bare && disjoint(a_type.as_ref(), b_type.as_ref()))
        }
    }
}

fn literal_matches(literal: &str, segment: &Segment, ty: Option<&Type>) -> bool {
    let Some(value) = literal.strip_prefix(segment.prefix.as_str()).and_then(|rest| rest.strip_suffix(segment.suffix.as_str())) else {
        return false;
    };
    !value.is_empty()
        && match ty {
            Some(Type::Integer { min, max, .. }) => value.parse::<i64>().is_ok_and(|number| (*min..=*max).contains(&number)),
            Some(Type::Boolean) => matches!(value, "true" | "false"),
            Some(Type::Uuid) => value.len() == 36 && value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()),
            Some(Type::Enum { values, open: false }) => values.iter().any(|known| known.value == value),
            _ => true,
        }
}

/// Whether no text is a value of both types.
fn disjoint(a: Option<&Type>, b: Option<&Type>) -> bool {
    match (a, b) {
        (Some(Type::Integer { .. }), Some(Type::Uuid | Type::Boolean))
        | (Some(Type::Uuid | Type::Boolean), Some(Type::Integer { .. }))
        | (Some(Type::Uuid), Some(Type::Boolean))
        | (Some(Type::Boolean), Some(Type::Uuid)) => true,
        (Some(Type::Enum { values: a, open: false }), Some(Type::Enum { values: b, open: false })) => {
            !a.iter().any(|left| b.iter().any(|right| left.value == right.value))
        }
        _ => false,
    }
}

#[cfg(any(feature = "parse-file", feature = "parse-rust"))]
/// Why no value can meet these bounds.
pub(crate) fn empty_range(ty: &Type) -> Option<String> {
    let (low, high) = match ty {
        Type::String { min_length: Some(min), max_length: Some(max), .. }
        | Type::List { min_items: Some(min), max_items: Some(max), .. }
        | Type::Map { min_entries: Some(min), max_entries: Some(max), .. }
            if min > max =>
        {
            (min.to_string(), max.to_string())
        }
        Type::Integer { min, max, .. } if min > max => (min.to_string(), max.to_string()),
        Type::Number { min: Some(min), max: Some(max), .. } if min > max => (min.to_string(), max.to_string()),
        _ => return None,
    };
    Some(format!("no value is at least {low} and at most {high}"))
}
