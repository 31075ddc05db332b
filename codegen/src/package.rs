//! A generated package: files by path, and the manifest that tells them from everybody else's.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The manifest's name inside a package.
pub const MANIFEST: &str = ".tidewire.json";

/// A generated package, not yet written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    files: BTreeMap<String, String>,
}

impl Package {
    /// Adds a file. Paths are relative, with `/` between folders.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// The files by path, in alphabetical order; without the manifest.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// One file.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The manifest: the fingerprint of every file as it was generated. It tells stale files from hand-edited ones, and finds files that are generated no longer.
    pub fn manifest(&self) -> String {
        let mut text = String::from("{\n  \"files\": {");
        for (at, (path, content)) in self.files.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(text, "{comma}\n    {}: \"{}\"", serde_json::Value::from(path.as_str()), fingerprint(content));
        }
        text.push_str("\n  }\n}\n");
        text
    }
}

/// A fingerprint of a file's content. It notices edits; it keeps nobody out.
pub(crate) fn fingerprint(content: &str) -> String {
    let mut hasher = SipHasher24::new();
    hasher.write(content.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}
