//! Alternatives that a tag tells apart: a required field with a `const` of its own in each.

use std::collections::{HashMap, HashSet};

use super::objects::Part;
use super::{Id, Schemas};
use crate::JsonType;
use crate::diagnostic::{Code, Diagnostic};
use crate::file::Span;
use crate::json::Value;

/// A union, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Union {
    pub(super) tag: String,
    pub(super) branches: Vec<Branch>,
    pub(super) problems: Vec<Diagnostic<Span>>,
}

/// One alternative.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) value: String,
    pub(super) id: Id,
    /// What `$ref` points at, where the branch is one.
    pub(super) target: Option<Id>,
    pub(super) parts: Vec<Part>,
}

impl<'n> Schemas<'n, '_> {
    /// The schemas that a branch consists of.
    fn parts_of(&self, branch: Id) -> (Option<Id>, Vec<Part>) {
        let schema = self.schema(branch);
        let target = schema.reference.filter(|_| schema.keywords.len() == 1);
        let mut parts = Vec::new();
        // What cannot be collected has no shape, which is said where the parts are looked at.
        let _ = self.collect(branch, None, &mut parts, &mut HashSet::new());
        (target, parts)
    }

    /// The fields of a branch that have one text as their only value. Many unions may look at the same fields, so they are looked through once.
    fn constants(&mut self, parts: &[Part]) -> Vec<(&'n str, Id)> {
        let mut constants = Vec::new();
        for part in parts {
            if !self.constants.contains_key(&part.id) {
                let properties = self.schema(part.id).properties.iter();
                let found = properties.filter(|(_, id)| self.constant(*id).is_some()).copied().collect();
                self.constants.insert(part.id, found);
            }
            constants.extend(&self.constants[&part.id]);
        }
        constants
    }

    fn constant(&self, id: Id) -> Option<&str> {
        match self.schema(id).values.as_deref() {
            Some([(Value::String(value), _)]) => Some(value),
            _ => None,
        }
    }

    /// The field of a branch that could be a tag.
    pub(super) fn tag_of(&mut self, branch: Id) -> Option<&'n str> {
        let parts = self.parts_of(branch).1;
        self.constants(&parts).first().map(|(name, _)| *name)
    }

    /// A union whose first branch has the tag `tag`. `objects` says that something else lets objects through alone.
    pub(super) fn union(&mut self, tag: &'n str, branches: &[Id], one_of: bool, objects: bool) -> Union {
        let parts: Vec<(Option<Id>, Vec<Part>)> = branches.iter().map(|branch| self.parts_of(*branch)).collect();
        let tag = self.shared_tag(&parts).unwrap_or(tag);
        // A branch without `type` lets everything through that is no object. Where two of them do so, `oneOf` refuses it again.
        let open: Vec<Id> =
            branches.iter().zip(&parts).filter(|(_, (_, parts))| !self.says_object(parts)).map(|(branch, _)| *branch).collect();
        let mut union = Union { tag: tag.to_owned(), branches: Vec::new(), problems: Vec::new() };
        if !objects && (open.len() == 1 || !(one_of || open.is_empty())) {
            let error =
                Diagnostic::error(Code::Untagged, self.schema(open[0]).span, "this branch lets everything through that is not an object");
            union.problems.push(error.help("add `type: object`"));
        }
        let mut values: HashMap<String, Span> = HashMap::new();
        for (branch, (target, parts)) in branches.iter().zip(parts) {
            let span = self.schema(*branch).span;
            match self.branch(*branch, tag, target, parts) {
                Err(problem) => union.problems.push(problem),
                Ok(branch) => {
                    if let Some(first) = values.insert(branch.value.clone(), span) {
                        let error = Diagnostic::error(Code::DuplicateName, span, format!("two branches have the tag `{}`", branch.value));
                        union.problems.push(error.label("again here").also(first, "first here").help("give one of them another `const`"));
                    } else {
                        union.branches.push(branch);
                    }
                }
            }
        }
        union
    }

    /// The first field that could be the tag of every branch.
    fn shared_tag(&mut self, parts: &[(Option<Id>, Vec<Part>)]) -> Option<&'n str> {
        let mut branches = parts.iter().map(|(_, parts)| self.constants(parts));
        let mut shared = branches.next()?;
        for constants in branches {
            let names: HashSet<&str> = constants.iter().map(|(name, _)| *name).collect();
            shared.retain(|(name, _)| names.contains(name));
        }
        shared.first().map(|(name, _)| *name)
    }

    fn says_object(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.schema(part.id).types == [JsonType::Object])
    }

    fn branch(&mut self, branch: Id, tag: &str, target: Option<Id>, parts: Vec<Part>) -> Result<Branch, Diagnostic<Span>> {
        let span = self.schema(branch).span;
        let untagged = || {
            let error = Diagnostic::error(Code::Untagged, span, format!("this branch has no `{tag}` with a `const` of its own"));
            error.help(format!("every branch is an object with a required `{tag}: {{ const: … }}`, inline or by `$ref`"))
        };
        let (_, field) = self.constants(&parts).into_iter().find(|(name, _)| *name == tag).ok_or_else(untagged)?;
        let value = self.constant(field).ok_or_else(untagged)?.to_owned();
        if let Some((word, place)) = self.schema(field).beside(&["const", "enum", "type"]) {
            let error = Diagnostic::error(Code::Constraint, place, format!("`{word}` does not belong to a tag"));
            return Err(error.help("a tag is `const` and nothing else"));
        }
        if !parts.iter().any(|part| self.schema(part.id).required.iter().any(|(name, _)| *name == tag)) {
            let place = self.schema(field).span;
            let error = Diagnostic::error(Code::Untagged, place, format!("the tag `{tag}` is not required in this branch"));
            return Err(error.help(format!("add it: `required: [{tag}]`")));
        }
        if let Err(why) = self.plain_object(&parts, &["$ref", "allOf"], true) {
            let error = Diagnostic::error(
                Code::Untagged,
                why.at.unwrap_or(span),
                format!("a branch of a union is an object with known fields: {}", why.because),
            );
            return Err(error.help(why.help));
        }
        Ok(Branch { value, id: branch, target, parts })
    }
}
