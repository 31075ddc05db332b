//! What types are called that have no name of their own.

use std::collections::{HashMap, HashSet};

use super::{At, Id, Schemas};
use crate::names;

/// Longer names are cut: nobody reads them, and names that are made of names grow.
const MAX_NAME: usize = 200;

/// Which names are given.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The schemas that `$ref` points at, and what their types are called.
    targets: HashMap<Id, String>,
    /// The names of those that are no resources: they were made up here.
    derived: HashSet<String>,
    /// The last number that was put behind a name.
    numbers: HashMap<String, usize>,
}

impl Names {
    pub(super) fn take<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.taken.extend(names.map(str::to_owned));
    }

    pub(super) fn is_target(&self, id: Id) -> bool {
        self.targets.contains_key(&id)
    }

    pub(super) fn of_target(&self, id: Id) -> Option<&str> {
        self.targets.get(&id).map(String::as_str)
    }

    /// The name of a type that is written inline. It is the rule's, unless a schema that `$ref` points at took it.
    pub(super) fn inline(&mut self, name: String) -> String {
        // Names that were cut may be alike without being meant to be.
        if self.derived.contains(&name) || name.len() >= MAX_NAME {
            return self.unique(name);
        }
        self.taken.insert(name.clone());
        name
    }

    /// A name that no other type has: with a number behind it, if need be.
    fn unique(&mut self, name: String) -> String {
        if self.taken.insert(name.clone()) {
            return name;
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}{number}");
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

/// The name of what stands in `parent` under `part`: ASCII, as both languages want it.
pub(super) fn inside(parent: &str, part: &str) -> String {
    let mut name = names::pascal(part);
    name.retain(|c| c.is_ascii_alphanumeric());
    if name.is_empty() {
        "Field".clone_into(&mut name);
    }
    joined(parent, &name)
}

/// The name of what stands in `parent`, with a word for how.
pub(super) fn joined(parent: &str, word: &str) -> String {
    let mut name = format!("{parent}{word}");
    if let Some((end, _)) = name.char_indices().nth(MAX_NAME) {
        name.truncate(end);
    }
    name
}

impl Schemas<'_, '_> {
    /// What the types inside a schema of this resource are named after.
    fn resource_name(&self, id: Id) -> &str {
        &self.resources[self.arena[id].resource].name
    }

    /// Gives a name to a schema that `$ref` points at.
    pub(super) fn name_target(&mut self, id: Id) {
        if self.names.is_target(id) {
            return;
        }
        let name = if self.arena[id].parent.is_none() {
            // It is the resource itself, whose name is given by who holds it.
            self.resource_name(id).to_owned()
        } else {
            let name = self.path_name(id);
            let name = self.names.unique(name);
            self.names.derived.insert(name.clone());
            name
        };
        self.names.targets.insert(id, name);
    }

    /// The name by the way that leads to a schema, which is the name that it would have if it were only written there.
    fn path_name(&self, id: Id) -> String {
        let mut way = Vec::new();
        let mut at = id;
        let mut name = loop {
            if at != id
                && let Some(name) = self.names.of_target(at)
            {
                break name.to_owned();
            }
            let Some((parent, step)) = self.arena[at].parent else { break self.resource_name(at).to_owned() };
            way.push(step);
            if matches!(step.0, "$defs" | "definitions") {
                break self.resource_name(at).to_owned();
            }
            at = parent;
        };
        for (keyword, step) in way.into_iter().rev() {
            name = match (keyword, step) {
                ("properties" | "$defs" | "definitions", At::Name(part)) => inside(&name, part),
                ("items" | "prefixItems", At::Position(at)) => joined(&name, &format!("Item{}", at + 1)),
                ("items" | "additionalItems", _) => joined(&name, "Item"),
                ("additionalProperties" | "patternProperties", _) => joined(&name, "Value"),
                (keyword, At::Position(at)) => joined(&inside(&name, keyword), &format!("{}", at + 1)),
                (keyword, _) => inside(&name, keyword),
            };
        }
        name
    }
}
