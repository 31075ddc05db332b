//! Generated TypeScript packages in a temporary folder, and one Node process that asks their validators.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use tidewire_codegen::client_package;
use tidewire_schema::Contract;
use tidewire_schema::check::{Issue, PathPart};

/// Packages and the payloads for their validators.
pub(crate) struct Packages {
    folder: TempDir,
    jobs: Vec<Job>,
}

#[derive(Serialize)]
struct Job {
    package: String,
    channel: String,
    event: String,
    cases: Vec<Case>,
}

/// One payload, and what the Rust validator made of it.
#[derive(Serialize)]
pub(crate) struct Case {
    payload: String,
    value: Option<String>,
    issues: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    path: Vec<PathPart>,
    code: Value,
}

/// What the generated validator says of one payload.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(crate) valid: bool,
    /// What is wrong with the answer itself.
    pub(crate) fault: Option<String>,
    /// How the issues differ from those in Rust, of a payload that both refuse.
    pub(crate) differing: Option<String>,
}

impl Case {
    pub(crate) fn new(payload: impl Into<String>, verdict: &Result<Value, Vec<Issue>>) -> Self {
        let issues = verdict.as_ref().err().into_iter().flatten();
        let found = |issue: &Issue| Found { path: issue.path.clone(), code: serde_json::to_value(issue.code).unwrap() };
        Self { payload: payload.into(), value: verdict.as_ref().ok().map(Value::to_string), issues: issues.map(found).collect() }
    }
}

impl Packages {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
        Self { folder, jobs: Vec::new() }
    }

    /// Writes the package of a contract, and notes what its validator of `event` is to be asked.
    pub(crate) fn add(&mut self, contract: &Contract, channel: &str, event: &str, cases: Vec<Case>) {
        let package = client_package(contract);
        let name = format!("p{}", self.jobs.len());
        let folder = self.folder.path().join(&name);
        fs::create_dir(&folder).unwrap();
        let runtime = self.folder.path().join("runtime");
        let first = !runtime.exists();
        if first {
            fs::create_dir(&runtime).unwrap();
        }
        // The runtime is the same in each of hundreds of packages; Node loads it once.
        link(&runtime, &folder.join("runtime"));
        for (path, text) in package.files() {
            if first || !path.starts_with("runtime/") {
                fs::write(folder.join(path), text).unwrap();
            }
        }
        self.jobs.push(Job { package: name, channel: channel.to_owned(), event: event.to_owned(), cases });
    }

    /// The answers, package by package in the order in which they were added.
    pub(crate) fn ask(&self) -> Vec<Vec<Answer>> {
        let (jobs, answers) = (self.folder.path().join("jobs.json"), self.folder.path().join("answers.json"));
        fs::write(&jobs, serde_json::to_vec(&self.jobs).unwrap()).unwrap();
        let script = fidelity().join("verdicts.mjs");
        let status = Command::new("node").arg(script).arg(&jobs).arg(&answers).status().expect("Node runs");
        assert!(status.success(), "verdicts.mjs: {status}");
        serde_json::from_slice(&fs::read(&answers).unwrap()).unwrap()
    }
}

/// The folder `tests/fidelity`.
pub(crate) fn fidelity() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fidelity")
}

#[cfg(unix)]
fn link(target: &Path, name: &Path) {
    std::os::unix::fs::symlink(target, name).unwrap();
}

#[cfg(windows)]
fn link(target: &Path, name: &Path) {
    std::os::windows::fs::symlink_dir(target, name).unwrap();
}
