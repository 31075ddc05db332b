//! What `$ref` points at: a type of the file, or a place in the same schema.

use std::borrow::Cow;

use super::{At, Id, Schemas};
use crate::diagnostic::{Code, Diagnostic};
use crate::file::Span;

impl<'n> Schemas<'n, '_> {
    /// Resolves what was read since the last time.
    pub(super) fn resolve_references(&mut self) {
        for (id, node) in std::mem::take(&mut self.unresolved) {
            let target = self.text(node).and_then(|text| self.target(id, text, node.span));
            self.arena[id].reference = target;
            if let Some(target) = target {
                self.name_target(target);
            }
        }
        self.plans.resize_with(self.arena.len(), || None);
        self.planning.resize(self.arena.len(), false);
    }

    fn target(&mut self, from: Id, text: &str, place: Span) -> Option<Id> {
        if let Some(name) = text.strip_prefix("#/types/").filter(|name| !name.contains('/')) {
            let known = self.known.get(name).copied();
            if known.is_none() {
                self.unknown_type(name, place, "#/types/");
            }
            return known;
        }
        let root = self.resources[self.arena[from].resource].root;
        match text.strip_prefix('#') {
            Some("") => Some(root),
            Some(pointer) if pointer.starts_with('/') && !pointer.starts_with("/types/") => self.pointer(root, pointer, text, place),
            Some(_) => {
                let error =
                    Diagnostic::error(Code::BadReference, place, format!("`{text}` points neither at a type nor at a part of this schema"));
                self.report(
                    error.help("write `#/types/Name` for a type, `#/$defs/name` for a part of the same schema, `#` for the schema itself"),
                );
                None
            }
            None => {
                let error = Diagnostic::error(Code::BadReference, place, format!("`{text}` does not point into this file"));
                self.report(error.help("write `$ref: \"#/types/Name\"`, and define it there; files are not fetched and not followed"));
                None
            }
        }
    }

    /// Follows a JSON pointer from a schema to a schema.
    fn pointer(&mut self, root: Id, pointer: &str, text: &str, place: Span) -> Option<Id> {
        let mut tokens = pointer.split('/').skip(1).map(unescaped);
        let mut at = root;
        while let Some(keyword) = tokens.next() {
            let Some(keyword) = keyword else { return self.bad_escape(text, place) };
            if let Some(&next) = self.steps.get(&(at, (&*keyword, At::Alone))) {
                at = next;
                continue;
            }
            let Some(name) = tokens.next() else { return self.nowhere(at, &keyword, None, text, place) };
            let Some(name) = name else { return self.bad_escape(text, place) };
            // `01` is no position.
            let position = name.parse::<usize>().ok().filter(|position| position.to_string() == *name);
            let mut steps = [Some(At::Name(&name)), position.map(At::Position)].into_iter().flatten();
            let next = steps.find_map(|step| self.steps.get(&(at, (&*keyword, step)))).copied();
            match next {
                Some(next) => at = next,
                None => return self.nowhere(at, &keyword, Some(&name), text, place),
            }
        }
        Some(at)
    }

    fn bad_escape(&mut self, text: &str, place: Span) -> Option<Id> {
        let error = Diagnostic::error(Code::BadReference, place, format!("`{text}` has an escape that stands for nothing"));
        self.report(error.help("in a pointer `~0` is `~`, `~1` is `/`, and `%` is followed by two hexadecimal digits"));
        None
    }

    /// Reports a pointer that leads nowhere: what is there instead.
    fn nowhere(&mut self, at: Id, keyword: &str, name: Option<&str>, text: &str, place: Span) -> Option<Id> {
        let is_name = |candidate: &&(Id, (&'n str, At<'n>))| candidate.0 == at && candidate.1.0 == keyword;
        let mut names: Vec<&'n str> = Vec::new();
        // Every step of the file is looked at, so this is not done for ever.
        self.comparisons = self.comparisons.saturating_add(self.steps.len());
        if self.comparisons <= super::MAX_COMPARISONS {
            names.extend(self.steps.keys().filter(is_name).filter_map(|(_, (_, step))| match step {
                At::Name(name) => Some(*name),
                _ => None,
            }));
        }
        names.sort_unstable();
        let nearest = name.and_then(|name| self.suggestion(name, names.iter().copied(), &format!("…/{keyword}/")));
        let code = if matches!(keyword, "$defs" | "definitions") { Code::UnknownType } else { Code::BadReference };
        let error = Diagnostic::error(code, place, format!("`{text}` leads nowhere")).label("there is no schema here");
        self.report(error.help("point at a schema: `#/$defs/name`, `#/properties/name`, `#/items`").maybe_help(nearest));
        None
    }

    pub(super) fn unknown_type(&mut self, name: &str, place: Span, prefix: &str) {
        let mut known: Vec<&'n str> = Vec::new();
        if self.comparisons <= super::MAX_COMPARISONS {
            known.extend(self.known.keys());
            known.sort_unstable();
        }
        let nearest = self.suggestion(name, known.into_iter(), prefix);
        self.report(
            Diagnostic::error(Code::UnknownType, place, format!("there is no type `{name}`"))
                .label("nothing is defined here")
                .help("define it under `types`")
                .maybe_help(nearest),
        );
    }
}

/// One part of a pointer in a URI, without percent-encoding and without `~`. `None` for an escape that is none.
fn unescaped(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains(['%', '~']) {
        return Some(Cow::Borrowed(token));
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = after;
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn parts_of_pointers_are_unescaped_twice() {
        for (token, meant) in [("a", "a"), ("a%25b", "a%b"), ("%C3%A4", "ä"), ("a~1b~0c", "a/b~c"), ("%7E1", "/"), ("~01", "~1")] {
            assert_eq!(unescaped(token).as_deref(), Some(meant), "{token}");
        }
        for token in ["%", "%2", "%zz", "%ff", "~", "~2"] {
            assert_eq!(unescaped(token), None, "{token}");
        }
    }
}
