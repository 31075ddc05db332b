//! Gives names to objects, enums, unions and choices that stand inside other types: Rust has no anonymous ones.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_schema::{Carries, Contract, Event, Field, NamedType, Type, Variant, names};

use super::attributes;

/// The structs that variants hold, by the name of the union and the value of the variant's tag.
pub(super) type Held = BTreeMap<(String, String), String>;

/// The same contract with every such type under a name. Names are not part of the hash.
pub(super) fn named(contract: &Contract) -> (Contract, Held) {
    let mut contract = contract.clone();
    let taken = contract.types.iter().map(|named| named.name.clone()).collect();
    let mut namer = Namer { taken, added: Vec::new(), held: Held::new() };
    for named in &mut contract.types {
        namer.inside(&mut named.ty, &named.name);
    }
    for channel in &mut contract.channels {
        namer.fields(&mut channel.params, "");
        if let Carries::Unnamed(Event { payload: Some(payload), .. }) = &mut channel.carries {
            namer.whole(payload, &format!("{}Message", names::pascal(&channel.pattern)));
        }
    }
    for event in &mut contract.events {
        if let Some(payload) = &mut event.payload {
            namer.whole(payload, &names::pascal(&event.name));
        }
    }
    for query in &mut contract.live {
        let name = names::pascal(&query.name);
        if let Some(params) = &mut query.params {
            namer.whole(params, &format!("{name}Params"));
        }
        namer.value(&mut query.result, &name);
    }
    for call in &mut contract.calls {
        let name = names::pascal(&call.name);
        if let Some(request) = &mut call.request {
            namer.whole(request, &format!("{name}Request"));
        }
        if let Some(reply) = &mut call.reply {
            let name = format!("{name}Reply");
            namer.value(reply, &name);
            // There is no place for constraints beside the type of a reply.
            if attributes::is_constrained(reply) {
                namer.whole(reply, &name);
            }
        }
    }
    let connection = &mut contract.connection;
    let parts = [(&mut connection.opening, "Opening"), (&mut connection.greeting, "Greeting"), (&mut connection.state, "State")];
    parts.into_iter().filter_map(|(ty, name)| Some((ty.as_mut()?, name))).for_each(|(ty, name)| namer.whole(ty, name));
    contract.types.extend(namer.added);
    contract.types.sort_by(|a, b| a.name.cmp(&b.name));
    (contract, namer.held)
}

struct Namer {
    taken: BTreeSet<String>,
    added: Vec<NamedType>,
    held: Held,
}

impl Namer {
    /// Names whatever stands inside a type that has a name.
    fn inside(&mut self, ty: &mut Type, name: &str) {
        match ty {
            Type::Object(object) => self.fields(&mut object.fields, name),
            Type::Union { variants, .. } => {
                for variant in &mut *variants {
                    self.fields(&mut variant.object.fields, &format!("{name}{}", names::pascal(&variant.value)));
                }
                self.closed(variants, name);
            }
            Type::Choice { of } | Type::Tuple { items: of } => {
                of.iter_mut().enumerate().for_each(|(at, ty)| self.value(ty, &format!("{name}{}", at + 1)));
            }
            Type::List { items: inner, .. } => self.value(inner, &format!("{name}Item")),
            Type::Map { values: inner, .. } | Type::Nullable { of: inner } => self.value(inner, &format!("{name}Value")),
            _ => {}
        }
    }

    /// Gives each closed variant a type of its own where others are open: serde closes an enum as a whole, or the struct that a variant holds.
    fn closed(&mut self, variants: &[Variant], name: &str) {
        if variants.iter().all(|variant| variant.object.closed) {
            return;
        }
        for Variant { value, object, .. } in variants.iter().filter(|variant| variant.object.closed) {
            let held = self.free(&format!("{name}{}", names::pascal(value)));
            let ty = Type::Object(object.clone());
            self.added.push(NamedType { name: held.clone(), description: None, deprecated: None, ty });
            self.held.insert((name.to_owned(), value.clone()), held);
        }
    }

    fn fields(&mut self, fields: &mut [Field], name: &str) {
        for field in fields {
            self.value(&mut field.ty, &format!("{name}{}", names::pascal(&field.name)));
        }
    }

    /// Names a type if it needs one, and whatever stands inside.
    fn value(&mut self, ty: &mut Type, name: &str) {
        if matches!(ty, Type::Object(_) | Type::Enum { .. } | Type::Union { .. } | Type::Choice { .. }) {
            self.whole(ty, name);
        } else {
            self.inside(ty, name);
        }
    }

    /// Names a type whatever it is: a payload is an item.
    fn whole(&mut self, ty: &mut Type, name: &str) {
        if matches!(ty, Type::Ref { .. }) {
            return;
        }
        let name = self.free(name);
        self.inside(ty, &name);
        let named = std::mem::replace(ty, Type::Ref { name: name.clone() });
        self.added.push(NamedType { name, description: None, deprecated: None, ty: named });
    }

    fn free(&mut self, name: &str) -> String {
        let name = if names::is_type_name(name) { name.to_owned() } else { format!("Type{name}") };
        let mut names = std::iter::once(name.clone()).chain((2_u64..).map(|number| format!("{name}{number}")));
        let free = names.find(|name| names::is_type_name(name) && !self.taken.contains(name)).unwrap_or_else(|| "Type".to_owned());
        self.taken.insert(free.clone());
        free
    }
}
