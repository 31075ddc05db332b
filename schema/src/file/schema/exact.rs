//! Schemas without a shape are kept as they are, with references to named types in place of pointers.

use super::{Id, Schemas};
use crate::diagnostic::{Code, Diagnostic};
use crate::{JsonSchema, Rules, Type};

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
}
