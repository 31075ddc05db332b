//! Schemas without a shape are kept as they are, with references to named types in place of pointers.

use super::{Id, Schemas};
use crate::assemble::DraftType;
use crate::diagnostic::{Code, Diagnostic};
use crate::{JsonSchema, Rules, Type, graph};

impl Schemas<'_, '_> {
    /// The schema itself, for values that have no type.
    pub(super) fn exact(&mut self, id: Id) -> JsonSchema {
        let schema = self.schema(id);
        if let Some(always) = schema.always {
            return JsonSchema::Always(always);
        }
        if schema.wide.is_some() {
            // JSON Schema cannot say what a 64-bit integer is, but a type can.
            self.name_target(id);
            return match self.refer(id) {
                Type::Ref { name } => Rules { reference: Some(name), ..Rules::default() }.into(),
                _ => JsonSchema::Always(true),
            };
        }
        let mut rules = schema.rules.clone();
        rules.types = (!schema.types.is_empty()).then(|| schema.types.clone());
        rules.values = schema.values.as_ref().map(|values| values.iter().map(|(value, _)| value.clone()).collect());
        rules.required = schema.required.iter().map(|(name, _)| (*name).to_owned()).collect();
        rules.required.sort_unstable();
        rules.required.dedup();
        let (prefix, items, additional) = (schema.prefix.clone(), schema.items, schema.additional);
        let (properties, patterns) = (schema.properties.clone(), schema.patterns.clone());
        let (all_of, any_of, one_of) = (schema.all_of.clone(), schema.any_of.clone(), schema.one_of.clone());
        if let Some(target) = schema.reference
            && let Type::Ref { name } = self.refer(target)
        {
            rules.reference = Some(name);
        }
        rules.prefix_items = self.exact_list(&prefix);
        rules.items = items.map(|items| self.exact_part(items));
        rules.additional_properties = additional.map(|additional| self.exact_part(additional));
        rules.properties = properties.into_iter().map(|(name, part)| (name.to_owned(), self.exact_part(part))).collect();
        rules.pattern_properties = patterns.into_iter().map(|(name, part)| (name.to_owned(), self.exact_part(part))).collect();
        rules.all_of = self.exact_list(&all_of);
        rules.any_of = self.exact_list(&any_of);
        rules.one_of = self.exact_list(&one_of);
        if rules == Rules::default() { JsonSchema::Always(true) } else { rules.into() }
    }

    fn exact_list(&mut self, parts: &[Id]) -> Vec<JsonSchema> {
        parts.iter().map(|part| self.exact_part(*part)).collect()
    }

    fn exact_part(&mut self, id: Id) -> JsonSchema {
        if let Some(place) = self.schema(id).open {
            let error = Diagnostic::error(Code::Constraint, place, "`x-open` stands in a schema that has no type");
            self.report(error.help("define this part under `types`, and refer to it"));
        }
        self.exact(id)
    }

    /// Reports checked JSON whose check leads back to itself at the same value. What is only another name for itself is reported with all types.
    pub(super) fn report_endless_checks(&mut self) {
        let index: std::collections::HashMap<&str, usize> =
            self.types.iter().enumerate().map(|(at, draft)| (draft.named.name.as_str(), at)).collect();
        let edges: Vec<Vec<usize>> = self
            .types
            .iter()
            .map(|draft| {
                let mut names = Vec::new();
                names_in_place(&draft.named.ty, &mut names);
                names.into_iter().filter_map(|name| index.get(name).copied()).collect()
            })
            .collect();
        let is_checked = |draft: &DraftType<_>| match &draft.named.ty {
            Type::Nullable { of } => matches!(**of, Type::Json { .. }),
            ty => matches!(ty, Type::Json { .. }),
        };
        let cycles = graph::components(&edges).into_iter().filter(|component| component.cyclic);
        let checked = cycles.filter_map(|cycle| cycle.members.into_iter().map(|at| &self.types[at]).find(|draft| is_checked(draft)));
        let errors: Vec<_> = checked
            .map(|draft| {
                let message = format!("to check `{}` it would have to be checked first", draft.named.name);
                let error = Diagnostic::error(Code::InfiniteType, draft.place, message);
                error.help("let a field or an item stand between the schema and the `$ref` that leads back to it")
            })
            .collect();
        for error in errors {
            self.report(error);
        }
    }
}

/// The named types that decide over the same value as `ty`.
fn names_in_place<'t>(ty: &'t Type, names: &mut Vec<&'t str>) {
    match ty {
        Type::Ref { name } => names.push(name),
        Type::Nullable { of } => names_in_place(of, names),
        Type::Choice { of } => of.iter().for_each(|ty| names_in_place(ty, names)),
        Type::Json { schema } => names_in_schema(schema, names),
        _ => {}
    }
}

fn names_in_schema<'t>(schema: &'t JsonSchema, names: &mut Vec<&'t str>) {
    let Some(rules) = schema.rules() else { return };
    names.extend(rules.reference.as_deref());
    rules.all_of.iter().chain(&rules.any_of).chain(&rules.one_of).for_each(|part| names_in_schema(part, names));
}
