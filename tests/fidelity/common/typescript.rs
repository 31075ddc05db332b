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

/// The packages of several contracts.
pub(crate) struct Packages {
    folder: TempDir,
    count: usize,
}

/// A payload for an event of a package's default channel, and what the Rust validator made of it.
#[derive(Serialize)]
pub(crate) struct Job<'a> {
    package: usize,
    event: &'a str,
    payload: &'a str,
    /// The normalised value; nothing for a payload that is invalid.
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

impl<'a> Job<'a> {
    pub(crate) fn new(package: usize, event: &'a str, payload: &'a str, verdict: &Result<Value, Vec<Issue>>) -> Self {
        let issues = verdict.as_ref().err().into_iter().flatten();
        let found = |issue: &Issue| Found { path: issue.path.clone(), code: serde_json::to_value(issue.code).unwrap() };
        Self { package, event, payload, value: verdict.as_ref().ok().map(Value::to_string), issues: issues.map(found).collect() }
    }
}

impl Packages {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).unwrap();
        Self { folder, count: 0 }
    }

    /// Writes the package of a contract. Its number, for the jobs.
    pub(crate) fn add(&mut self, contract: &Contract) -> usize {
        let package = client_package(contract);
        let number = self.count;
        self.count += 1;
        let folder = self.folder.path().join(format!("p{number}"));
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
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        number
    }

    /// The answers, job by job.
    pub(crate) fn ask(&self, jobs: &[Job<'_>]) -> Vec<Answer> {
        let (input, output) = (self.folder.path().join("jobs.json"), self.folder.path().join("answers.json"));
        fs::write(&input, serde_json::to_vec(jobs).unwrap()).unwrap();
        let status = Command::new("node").arg(fidelity().join("verdicts.mjs")).arg(&input).arg(&output).status().expect("Node runs");
        assert!(status.success(), "verdicts.mjs: {status}");
        serde_json::from_slice(&fs::read(&output).unwrap()).unwrap()
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
