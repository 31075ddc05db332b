//! The contract hash: 128 bits over what matters on the wire.
//!
//! Two contracts have the same hash when a client of one understands a server of the other completely. Documentation, order, and the names of
//! types do not count; names of events, channels, fields and values, types, constraints and rights do. How long history is kept is the server's own affair.
//!
//! The normal form is a tree of text, hashed bottom-up: the hash of a type stands where the type is used. Types that contain themselves
//! cannot be expanded, so the members of such a cycle are hashed in rounds, each with the hashes of the round before, until a round tells no more of them apart (colour refinement).

use std::collections::{HashMap, HashSet};
use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::{Channel, Contract, Event, History, NamedType, Object, Type, graph};

/// Cycles of types that take more rounds to tell apart are told apart by their members all together.
const MAX_ROUNDS: usize = 64;

impl Contract {
    /// The hash of what matters on the wire, printed as 32 hexadecimal digits everywhere.
    ///
    /// The function is SipHash-2-4 with a 128-bit result and a key of zeroes: it guards against accidents, not against an attacker, and nothing is granted on its word.
    pub fn hash(&self) -> u128 {
        let types = TypeHashes::new(self);
        let mut channels: Vec<String> = self.channels.iter().map(|channel| types.channel(channel)).collect();
        channels.sort_unstable();
        digest(&format!("tidewire 1 {} {}", text(&self.name), channels.join(" ")))
    }
}

fn digest(input: &str) -> u128 {
    let mut hasher = SipHasher24::new();
    hasher.write(input.as_bytes());
    hasher.finish128().as_u128()
}

/// Quoted, so that no name can look like syntax.
fn text(name: &str) -> String {
    format!("{name:?}")
}

struct TypeHashes<'a> {
    contract: &'a Contract,
    /// The hashes of named objects and unions that are known, or assumed during a round.
    known: HashMap<&'a str, u128>,
}

impl<'a> TypeHashes<'a> {
    fn new(contract: &'a Contract) -> Self {
        let mut this = Self { contract, known: HashMap::new() };
        for component in components(contract) {
            if let [(name, false)] = component.as_slice() {
                let hash = this.named(name);
                this.known.insert(name, hash);
                continue;
            }
            this.known.extend(component.iter().map(|(name, _)| (*name, 0)));
            let mut distinct = 0;
            for _ in 0..MAX_ROUNDS {
                let round: Vec<(&str, u128)> = component.iter().map(|(name, _)| (*name, this.named(name))).collect();
                let classes = round.iter().map(|(_, hash)| hash).collect::<HashSet<_>>().len();
                this.known.extend(round);
                if classes == distinct {
                    break;
                }
                distinct = classes;
            }
            // In a cycle longer than the rounds a far member is not seen yet; all of them together are.
            let mut members: Vec<u128> = component.iter().filter_map(|(name, _)| this.known.get(name).copied()).collect();
            members.sort_unstable();
            members.dedup();
            let all = digest(&format!("{members:?}"));
            for (name, _) in &component {
                this.known.entry(name).and_modify(|hash| *hash = digest(&format!("{hash} {all}")));
            }
        }
        this
    }

    fn named(&self, name: &str) -> u128 {
        self.contract.type_named(name).map_or(0, |named| digest(&self.shape(&named.ty)))
    }

    fn channel(&self, channel: &Channel) -> String {
        let params: Vec<String> = channel.params.iter().map(|param| format!("{}:{}", text(&param.name), self.ty(&param.ty))).collect();
        let mut events: Vec<String> = self.contract.events_of(channel).map(|event| self.event(event, channel)).collect();
        events.sort_unstable();
        let presence = channel.presence.as_ref().map(|name| self.ty(&Type::Ref { name: name.clone() }));
        format!("channel {} ({}) {{{}}} presence {presence:?}", text(&channel.pattern), params.join(","), events.join(","))
    }

    fn event(&self, event: &Event, channel: &Channel) -> String {
        let transient = event.transient || channel.history == Some(History::Off);
        let payload = event.payload.as_ref().map(|payload| self.ty(payload));
        format!("{}:{}:{transient}:{payload:?}", text(&event.name), event.publish)
    }

    /// A type where it is used: objects and unions as their hash, everything else spelled out.
    fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Ref { name } => match self.contract.type_named(name) {
                Some(named) if is_node(&named.ty) => format!("#{:032x}", self.known.get(name.as_str()).copied().unwrap_or_default()),
                Some(named) => self.ty(&named.ty),
                None => "?".to_owned(),
            },
            Type::Object(_) | Type::Union { .. } => format!("#{:032x}", digest(&self.shape(ty))),
            other => self.shape(other),
        }
    }

    fn shape(&self, ty: &Type) -> String {
        match ty {
            Type::String { min_length, max_length, pattern } => format!("string {min_length:?} {max_length:?} {pattern:?}"),
            Type::DateTime => "date-time".to_owned(),
            Type::Uuid => "uuid".to_owned(),
            Type::Int64 { signed } => format!("int64 {signed}"),
            Type::Integer { min, max } => format!("integer {min} {max}"),
            Type::Number { min, max } => format!("number {min:?} {max:?}"),
            Type::Boolean => "boolean".to_owned(),
            Type::Any => "any".to_owned(),
            Type::Enum { values } => {
                let mut values: Vec<String> = values.iter().map(|value| text(&value.value)).collect();
                values.sort_unstable();
                format!("enum {}", values.join(","))
            }
            Type::Object(object) => format!("object {}", self.object(object)),
            Type::Union { tag, variants } => {
                let mut variants: Vec<String> =
                    variants.iter().map(|variant| format!("{}{}", text(&variant.value), self.object(&variant.object))).collect();
                variants.sort_unstable();
                format!("union {} {}", text(tag), variants.join(","))
            }
            Type::List { items, min_items, max_items } => format!("list {min_items:?} {max_items:?} ({})", self.ty(items)),
            Type::Map { values } => format!("map ({})", self.ty(values)),
            Type::Nullable { of } => format!("nullable ({})", self.ty(of)),
            Type::Ref { .. } => self.ty(ty),
        }
    }

    fn object(&self, object: &Object) -> String {
        let mut fields: Vec<String> = object
            .fields
            .iter()
            .map(|field| format!("{}{}:{}", text(&field.name), if field.optional { "?" } else { "" }, self.ty(&field.ty)))
            .collect();
        fields.sort_unstable();
        format!("{}{{{}}}", if object.closed { "closed" } else { "" }, fields.join(","))
    }
}

const fn is_node(ty: &Type) -> bool {
    matches!(ty, Type::Object(_) | Type::Union { .. })
}

/// The named objects and unions, grouped into cycles, what is used before what uses it. The flag says whether a type is part of a cycle.
fn components(contract: &Contract) -> Vec<Vec<(&str, bool)>> {
    let nodes: Vec<&NamedType> = contract.types.iter().filter(|named| is_node(&named.ty)).collect();
    let index_of: HashMap<&str, usize> = nodes.iter().enumerate().map(|(at, named)| (named.name.as_str(), at)).collect();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|named| {
            let mut uses = Vec::new();
            each_use(contract, &named.ty, &mut |name| uses.extend(index_of.get(name).copied()));
            uses
        })
        .collect();
    let components = graph::components(&edges).into_iter();
    components.map(|component| component.members.into_iter().map(|at| (nodes[at].name.as_str(), component.cyclic)).collect()).collect()
}

/// Calls `found` with every named object or union that `ty` uses, seen through names of anything else.
fn each_use<'a>(contract: &'a Contract, ty: &'a Type, found: &mut impl FnMut(&'a str)) {
    match ty {
        Type::Ref { name } => match contract.type_named(name) {
            Some(named) if !is_node(&named.ty) => each_use(contract, &named.ty, found),
            _ => found(name),
        },
        Type::Object(object) => object.fields.iter().for_each(|field| each_use(contract, &field.ty, found)),
        Type::Union { variants, .. } => {
            for field in variants.iter().flat_map(|variant| &variant.object.fields) {
                each_use(contract, &field.ty, found);
            }
        }
        Type::List { items: inner, .. } | Type::Map { values: inner } | Type::Nullable { of: inner } => each_use(contract, inner, found),
        _ => {}
    }
}
