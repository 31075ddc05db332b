//! The channels of one connection.

use std::{slice, sync::Arc};

/// A few names, each of them once: rarely more than three, never more than a hundred. A node holds several of these for each of its connections, and a hash
/// table takes a hundred bytes before anything is in it.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<Arc<str>>);

impl Names {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|held| **held == *name)
    }

    pub(super) fn insert(&mut self, name: Arc<str>) {
        if self.contains(&name) {
            return;
        }
        if self.0.len() == self.0.capacity() {
            // `push` would make room for four.
            self.0.reserve_exact(1 + self.0.len() / 2);
        }
        self.0.push(name);
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(at) = self.0.iter().position(|held| **held == *name) {
            self.0.swap_remove(at);
        }
    }

    /// Takes out those for which `test` holds.
    pub(super) fn extract(&mut self, mut test: impl FnMut(&str) -> bool) -> Vec<Arc<str>> {
        self.0.extract_if(.., |name| test(name)).collect()
    }

    pub(super) fn iter(&self) -> slice::Iter<'_, Arc<str>> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<Arc<str>> for Names {
    fn extend<T: IntoIterator<Item = Arc<str>>>(&mut self, names: T) {
        for name in names {
            self.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_once_or_not_at_all() {
        let mut names = Names::default();
        names.extend(["a", "b", "a", "c"].map(Arc::from));
        assert_eq!((names.len(), names.contains("b"), names.contains("d")), (3, true, false));
        names.remove("a");
        names.remove("d");
        assert_eq!(names.extract(|name| name == "c"), [Arc::from("c")]);
        assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["b"]);
        names.remove("b");
        assert!(names.is_empty());
    }
}
