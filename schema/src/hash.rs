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

use crate::json::Value;
use crate::{Call, Channel, Contract, Event, History, JsonSchema, LiveQuery, NamedType, Object, Rules, Type, graph, names};

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
        let mut rest: Vec<String> = self.live.iter().map(|query| types.live(query)).collect();
        rest.extend(self.calls.iter().map(|call| types.call(call)));
        // The state of a connection stays on the server.
        rest.extend(self.connection.opening.iter().map(|ty| format!("opening {}", types.ty(ty))));
        rest.extend(self.connection.greeting.iter().map(|ty| format!("greeting {}", types.ty(ty))));
        digest(&format!(
            "tidewire 1 {} {}{}",
            text(&self.name),
            channels.join(" "),
            rest.iter().map(|part| format!(" {part}")).collect::<String>()
        ))
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
    /// The hashes of named composites that are known, or assumed during a round.
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
        // Said where it is so alone: contracts from before there was such a thing keep their hashes.
        let latest = if channel.keeps_latest(event) { ":latest" } else { "" };
        format!("{}:{}:{transient}:{payload:?}{latest}", text(&event.name), event.publish)
    }

    fn live(&self, query: &LiveQuery) -> String {
        // Said where there are any alone: contracts from before there was such a thing keep their hashes.
        let params = query.params.as_ref().map_or_else(String::new, |params| format!(" {}", self.ty(params)));
        format!("live {} {} {}{params}", text(&query.name), text(&query.channel), self.ty(&query.result))
    }

    fn call(&self, call: &Call) -> String {
        let ty = |ty: &Option<Type>| ty.as_ref().map(|ty| self.ty(ty));
        format!("call {} {} {:?} {:?}", text(&call.name), call.from, ty(&call.request), ty(&call.reply))
    }

    /// A type where it is used: composites as their hash, everything else spelled out.
    fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Ref { name } => match self.contract.type_named(name) {
                Some(named) if is_node(&named.ty) => format!("#{:032x}", self.known.get(name.as_str()).copied().unwrap_or_default()),
                Some(named) => self.ty(&named.ty),
                None => "?".to_owned(),
            },
            composite if is_node(composite) => format!("#{:032x}", digest(&self.shape(composite))),
            other => self.shape(other),
        }
    }

    fn shape(&self, ty: &Type) -> String {
        match ty {
            Type::String { min_length, max_length, pattern, format } => {
                format!("string {min_length:?} {max_length:?} {pattern:?} {format:?}")
            }
            Type::DateTime => "date-time".to_owned(),
            Type::Uuid => "uuid".to_owned(),
            Type::Int64 { signed } => format!("int64 {signed}"),
            Type::Integer { min, max, multiple_of } => format!("integer {min} {max} {multiple_of:?}"),
            Type::Number { min, max, exclusive_min, exclusive_max, multiple_of } => {
                format!("number {min:?} {max:?} {exclusive_min:?} {exclusive_max:?} {multiple_of:?}")
            }
            Type::Boolean => "boolean".to_owned(),
            Type::Any => "any".to_owned(),
            Type::Json { schema } => format!("json {}", self.schema(schema)),
            Type::Enum { values, open } => {
                let mut values: Vec<String> = values.iter().map(|value| text(&value.value)).collect();
                values.sort_unstable();
                format!("enum {}{}", if *open { "open " } else { "" }, values.join(","))
            }
            Type::Object(object) => format!("object {}", self.object(object)),
            Type::Union { tag, variants, open } => {
                let mut variants: Vec<String> =
                    variants.iter().map(|variant| format!("{}{}", text(&variant.value), self.object(&variant.object))).collect();
                variants.sort_unstable();
                format!("union {}{} {}", if *open { "open " } else { "" }, text(tag), variants.join(","))
            }
            Type::Choice { of } => {
                let mut of: Vec<String> = of.iter().map(|ty| self.ty(ty)).collect();
                of.sort_unstable();
                format!("choice {}", of.join(","))
            }
            Type::List { items, min_items, max_items, unique } => {
                format!("list {min_items:?} {max_items:?} {unique} ({})", self.ty(items))
            }
            Type::Tuple { items } => format!("tuple {}", items.iter().map(|ty| self.ty(ty)).collect::<Vec<_>>().join(",")),
            Type::Map { values, keys, min_entries, max_entries } => {
                format!("map {keys:?} {min_entries:?} {max_entries:?} ({})", self.ty(values))
            }
            Type::Nullable { of } => format!("nullable ({})", self.ty(of)),
            Type::Ref { .. } => self.ty(ty),
        }
    }

    /// A schema with the hashes of types in place of their names, and lists that are sets in one order.
    fn schema(&self, schema: &JsonSchema) -> String {
        let JsonSchema::Rules(rules) = schema else { return format!("{schema:?}") };
        let mut rules = rules.as_ref().clone();
        if let Some(name) = &mut rules.reference {
            *name = self.ty(&Type::Ref { name: name.clone() });
        }
        if let Some(types) = &mut rules.types {
            types.sort_unstable();
        }
        if let Some(values) = &mut rules.values {
            *values = names::sorted(std::mem::take(values), Value::to_string);
        }
        rules.required.sort_unstable();
        // What stands inside is spelled out in place, in the one rule that takes any text.
        let inner = |schema: &mut JsonSchema| {
            let pattern = Some(self.schema(schema));
            *schema = JsonSchema::from(Rules { pattern, ..Rules::default() });
        };
        rules.parts_mut().for_each(inner);
        format!("{rules:?}")
    }

    fn object(&self, object: &Object) -> String {
        let mut fields: Vec<String> = object
            .fields
            .iter()
            .map(|field| {
                let default = field.default.as_ref().map(|value| format!("={value}")).unwrap_or_default();
                format!("{}{}:{}{default}", text(&field.name), if field.optional { "?" } else { "" }, self.ty(&field.ty))
            })
            .collect();
        fields.sort_unstable();
        format!("{}{{{}}}", if object.closed { "closed" } else { "" }, fields.join(","))
    }
}

/// Whether types may stand inside this one, so that it may contain itself. An option is no such type: it is seen through.
const fn is_node(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Object(_)
            | Type::Union { .. }
            | Type::Choice { .. }
            | Type::Json { .. }
            | Type::List { .. }
            | Type::Tuple { .. }
            | Type::Map { .. }
    )
}

/// The named composites, grouped into cycles, what is used before what uses it. The flag says whether a type is part of a cycle.
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

/// Calls `found` with every named composite that `ty` uses, seen through names of anything else.
fn each_use<'a>(contract: &'a Contract, ty: &'a Type, found: &mut impl FnMut(&'a str)) {
    match ty {
        Type::Ref { name } => match contract.type_named(name) {
            Some(named) if !is_node(&named.ty) => each_use(contract, &named.ty, found),
            _ => found(name),
        },
        Type::Json { schema } => {
            for name in schema.references() {
                match contract.type_named(name) {
                    Some(named) if !is_node(&named.ty) => each_use(contract, &named.ty, found),
                    _ => found(name),
                }
            }
        }
        other => other.parts().into_iter().for_each(|part| each_use(contract, part, found)),
    }
}
