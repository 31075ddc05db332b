//! The JSON-Schema-Test-Suite: groups of instances, each group with one schema.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::typescript::fidelity;

/// A version of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Draft {
    Seven,
    Latest,
}

/// The files under `optional` that belong to the gate: the formats that are enforced.
const FORMATS: [&str; 7] = ["date", "date-time", "email", "ipv4", "ipv6", "uri", "uuid"];

/// Instances of one schema.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Group {
    #[serde(skip, default = "Draft::latest")]
    pub(crate) draft: Draft,
    /// The path of its file below the draft's folder.
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) description: String,
    pub(crate) schema: Value,
    pub(crate) tests: Vec<Instance>,
}

/// A value, and whether the schema allows it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Instance {
    pub(crate) description: String,
    pub(crate) data: Value,
    pub(crate) valid: bool,
}

impl Draft {
    pub(crate) const ALL: [Self; 2] = [Self::Seven, Self::Latest];

    const fn latest() -> Self {
        Self::Latest
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Seven => "draft7",
            Self::Latest => "draft2020-12",
        }
    }

    const fn uri(self) -> &'static str {
        match self {
            Self::Seven => "http://json-schema.org/draft-07/schema#",
            Self::Latest => "https://json-schema.org/draft/2020-12/schema",
        }
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seven => "draft 7",
            Self::Latest => "2020-12",
        })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}: {}", self.draft.folder(), self.file, self.description)
    }
}

impl Group {
    /// A schema file whose one event carries this schema.
    pub(crate) fn schema_file(&self) -> String {
        let mut schema = self.schema.clone();
        if let Value::Object(map) = &mut schema {
            map.entry("$schema").or_insert_with(|| self.draft.uri().into());
        }
        json!({
            "realtime": 1,
            "name": "suite",
            "types": { "Subject": schema },
            "events": { "subject": { "payload": { "$ref": "#/types/Subject" } } },
        })
        .to_string()
    }
}

/// Every group of the gate, fetched first if need be.
pub(crate) fn load() -> Vec<Group> {
    let fetch = Command::new("python3").arg(fidelity().join("fetch.py")).stderr(Stdio::inherit()).output().expect("Python 3 runs");
    assert!(fetch.status.success(), "the suite cannot be fetched");
    let folder = PathBuf::from(String::from_utf8(fetch.stdout).unwrap().trim());
    let mut groups = Vec::new();
    for draft in Draft::ALL {
        let folder = folder.join(draft.folder());
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.filter(|name| has_extension(name)).collect();
        files.sort();
        // Draft 7 has no `uuid`.
        files.extend(FORMATS.map(|format| format!("optional/format/{format}.json")).into_iter().filter(|file| folder.join(file).is_file()));
        for file in files {
            let mut found: Vec<Group> = serde_json::from_str(&fs::read_to_string(folder.join(&file)).unwrap()).unwrap();
            for group in &mut found {
                (group.draft, group.file) = (draft, file.clone());
            }
            groups.extend(found);
        }
    }
    groups
}

fn has_extension(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "json")
}
