//! An order of the named types in which each comes after those it names, except where types lead back to themselves.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_schema::{Contract, NamedType, Type};

/// The named types, inner ones first.
pub(super) struct Order<'a> {
    types: Vec<&'a NamedType>,
    positions: BTreeMap<&'a str, usize>,
}

impl<'a> Order<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let mut order = Self { types: Vec::new(), positions: BTreeMap::new() };
        // On the way are types whose inner ones come first. A list and not the call stack: chains of types may be long.
        let mut met = BTreeSet::new();
        for named in &contract.types {
            let mut way = vec![(named, false)];
            while let Some((named, inner_done)) = way.pop() {
                if inner_done {
                    order.positions.insert(&named.name, order.types.len());
                    order.types.push(named);
                } else if met.insert(&named.name) {
                    way.push((named, true));
                    let inner = references(&named.ty).into_iter().filter_map(|name| contract.type_named(name));
                    way.extend(inner.map(|named| (named, false)).collect::<Vec<_>>().into_iter().rev());
                }
            }
        }
        order
    }

    pub(super) fn types(&self) -> impl Iterator<Item = &'a NamedType> + use<'a> {
        self.types.clone().into_iter()
    }

    pub(super) fn len(&self) -> usize {
        self.types.len()
    }

    pub(super) fn position(&self, name: &str) -> usize {
        self.positions.get(name).copied().unwrap_or_default()
    }
}

/// The types that a type names, at any depth; not those that checked JSON names, which are looked up when a value comes.
pub(in crate::typescript) fn references(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Ref { name } => vec![name],
        other => other.parts().into_iter().flat_map(references).collect(),
    }
}
