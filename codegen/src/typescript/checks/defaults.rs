//! What fills in the defaults of a type: calls of the runtime's functions, printed only for types that have some inside.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_schema::{Contract, Field, Type};

use super::order::references;
use super::{Checks, fill_name};
use crate::typescript::literal::Literal;

/// The named types that have a default somewhere inside.
pub(super) struct Defaults<'a>(BTreeSet<&'a str>);

impl<'a> Defaults<'a> {
    pub(super) fn of(contract: &'a Contract) -> Self {
        let mut named_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for named in &contract.types {
            for inner in references(&named.ty) {
                named_by.entry(inner).or_default().push(&named.name);
            }
        }
        let mut all = BTreeSet::new();
        let mut found: Vec<&str> = contract.types.iter().filter(|named| has_default(&named.ty)).map(|named| named.name.as_str()).collect();
        while let Some(name) = found.pop() {
            if all.insert(name) {
                found.extend(named_by.get(name).into_iter().flatten());
            }
        }
        Self(all)
    }
}

/// Whether a field has a default in this type itself.
fn has_default(ty: &Type) -> bool {
    let fields: Vec<&Field> = match ty {
        Type::Object(object) => object.fields.iter().collect(),
        Type::Union { variants, .. } => variants.iter().flat_map(|variant| &variant.object.fields).collect(),
        _ => Vec::new(),
    };
    fields.iter().any(|field| field.default.is_some()) || ty.parts().into_iter().any(has_default)
}

impl Checks<'_> {
    /// What fills in the defaults of a type; `None` where there are none.
    pub(in crate::typescript) fn fill(&mut self, ty: &Type) -> Option<Literal> {
        match ty {
            Type::Ref { name } if self.defaults.0.contains(name.as_str()) => {
                let fill = self.local(fill_name(name));
                Some(if self.is_later(name) { Literal::Later(fill) } else { Literal::Expression(fill) })
            }
            Type::Nullable { of } => self.fill(of),
            Type::Choice { of } => {
                let mut fills: Vec<Literal> = of.iter().filter_map(|ty| self.fill(ty)).collect();
                if fills.len() > 1 { Some(self.call("several", fills)) } else { fills.pop() }
            }
            Type::List { items, .. } => self.fill(items).map(|fill| self.call("items", [fill])),
            Type::Map { values, .. } => self.fill(values).map(|fill| self.call("entries", [fill])),
            Type::Tuple { items } => {
                let fills: Vec<_> = items.iter().enumerate().filter_map(|(at, ty)| Some((at.to_string(), self.fill(ty)?))).collect();
                (!fills.is_empty()).then(|| self.call("positions", [Literal::Object(fills)]))
            }
            Type::Object(object) => self.fill_fields(&object.fields),
            Type::Union { tag, variants, .. } => {
                let fills = variants.iter().filter_map(|variant| Some((variant.value.clone(), self.fill_fields(&variant.object.fields)?)));
                let fills: Vec<_> = fills.collect();
                (!fills.is_empty()).then(|| self.call("tagged", [Literal::Text(tag.clone()), Literal::Object(fills)]))
            }
            _ => None,
        }
    }

    fn fill_fields(&mut self, fields: &[Field]) -> Option<Literal> {
        let fills: Vec<_> = fields.iter().filter_map(|field| Some((field.name.clone(), self.fill_field(field)?))).collect();
        (!fills.is_empty()).then(|| self.call("fields", [Literal::Object(fills)]))
    }

    fn fill_field(&mut self, field: &Field) -> Option<Literal> {
        let inner = self.fill(&field.ty);
        match &field.default {
            Some(default) => Some(self.call("absent", [Literal::json(default)].into_iter().chain(inner))),
            None => inner,
        }
    }
}
