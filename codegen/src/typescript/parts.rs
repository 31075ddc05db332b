//! The parts of the client runtime that the types of a contract need: nothing else is imported, so nothing else is bundled.

use std::collections::BTreeSet;

use tidewire_schema::{Carries, Contract, Event, Field, Format, Type};

use super::literal::Literal;
use super::specification::kind_of;

/// Each kind of type and the check of the runtime that decides it.
const CHECKS: [(&str, &str); 18] = [
    ("string", "checkString"),
    ("dateTime", "checkDateTime"),
    ("uuid", "checkUuid"),
    ("int64", "checkInt64"),
    ("integer", "checkInteger"),
    ("number", "checkNumber"),
    ("boolean", "checkBoolean"),
    ("any", "checkAny"),
    ("json", "checkJson"),
    ("enum", "checkEnum"),
    ("object", "checkObject"),
    ("union", "checkUnion"),
    ("choice", "checkChoice"),
    ("list", "checkList"),
    ("tuple", "checkTuple"),
    ("map", "checkMap"),
    ("ref", "checkRef"),
    ("nullable", "checkNullable"),
];

/// Fills in absent fields.
const FILL_DEFAULTS: &str = "fillDefaults";

/// What the types of a contract's table need.
#[derive(Default)]
pub(super) struct Parts {
    kinds: BTreeSet<&'static str>,
    formats: BTreeSet<Format>,
    defaults: bool,
}

impl Parts {
    /// Looks at everything that stands in the printed table.
    pub(super) fn of(contract: &Contract) -> Self {
        let mut parts = Self::default();
        contract.types.iter().for_each(|named| parts.add(&named.ty));
        for channel in &contract.channels {
            channel.params.iter().for_each(|param| parts.add_field(param));
            if let Carries::Unnamed(Event { payload: Some(payload), .. }) = &channel.carries {
                parts.add(payload);
            }
        }
        contract.events.iter().filter_map(|event| event.payload.as_ref()).for_each(|payload| parts.add(payload));
        parts
    }

    fn add(&mut self, ty: &Type) {
        self.kinds.insert(kind_of(ty));
        match ty {
            Type::String { format: Some(format), .. } => {
                self.formats.insert(*format);
            }
            Type::Json { schema } => schema.each(&mut |schema| self.formats.extend(schema.rules().and_then(|rules| rules.format))),
            Type::Object(object) => object.fields.iter().for_each(|field| self.add_field(field)),
            Type::Union { variants, .. } => {
                variants.iter().flat_map(|variant| &variant.object.fields).for_each(|field| self.add_field(field));
            }
            other => other.parts().into_iter().for_each(|part| self.add(part)),
        }
    }

    fn add_field(&mut self, field: &Field) {
        self.defaults |= field.default.is_some();
        self.add(&field.ty);
    }

    /// The import statements.
    pub(super) fn imports(&self) -> Vec<String> {
        let checks = self.checks().map(|(_, check)| check).chain(self.defaults.then_some(FILL_DEFAULTS));
        let formats = self.formats.iter().map(|format| function(*format));
        [(checks.collect::<Vec<_>>(), "checks"), (formats.collect(), "formats")]
            .into_iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(mut names, module)| {
                names.sort_unstable();
                format!("import {{ {} }} from \"./runtime/{module}.js\";", names.join(", "))
            })
            .collect()
    }

    /// The properties of the contract that name these parts.
    pub(super) fn properties(&self) -> [Option<(&'static str, Literal)>; 3] {
        let object = |entries: Vec<(&str, &str)>| {
            Literal::Object(entries.into_iter().map(|(key, name)| (key.to_owned(), Literal::Expression(name.to_owned()))).collect())
        };
        let formats: Vec<_> = self.formats.iter().map(|format| (format.name(), function(*format))).collect();
        [
            Some(("checks", object(self.checks().collect()))),
            (!formats.is_empty()).then(|| ("formats", object(formats))),
            self.defaults.then(|| ("defaults", Literal::Expression(FILL_DEFAULTS.to_owned()))),
        ]
    }

    fn checks(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        CHECKS.into_iter().filter(|(kind, _)| self.kinds.contains(kind))
    }
}

/// The function of the runtime that decides a format.
const fn function(format: Format) -> &'static str {
    match format {
        Format::DateTime => "isDateTime",
        Format::Date => "isDate",
        Format::Uuid => "isUuid",
        Format::Email => "isEmail",
        Format::Uri => "isUri",
        Format::Ipv4 => "isIpv4",
        Format::Ipv6 => "isIpv6",
    }
}
