//! Events modules in a crate of their own, outside of the workspace: compiled once, then asked about payloads.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// The program of the crate, but for the modules and the table of their events.
const MAIN: &str = include_str!("../crate/main.rs");

/// A crate of events modules.
pub(crate) struct Crate {
    name: &'static str,
    modules: Vec<Module>,
}

/// One events module.
struct Module {
    source: String,
    hash: u128,
    /// The wire names of its events, and what they are called in Rust.
    events: Vec<(String, String)>,
}

/// A payload for an event of a module.
#[derive(Serialize)]
pub(crate) struct Job<'a> {
    pub(crate) module: usize,
    pub(crate) event: &'a str,
    pub(crate) payload: &'a str,
}

/// What the types make of a payload.
#[derive(Deserialize)]
pub(crate) struct Answer {
    /// What the validator says, fed by the contract that the macro wrote.
    pub(crate) valid: bool,
    /// What is wrong with the way of a valid payload into the types and out of them.
    pub(crate) fault: Option<String>,
}

impl Crate {
    /// An empty crate; `name` is the name of its folder.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, modules: Vec::new() }
    }

    /// Adds the source of an events module whose contract has this hash.
    pub(crate) fn add(&mut self, source: &str, hash: u128) {
        self.modules.push(Module { source: source.to_owned(), hash, events: events_of(source) });
    }

    /// Compiles the crate; the error is what cargo printed.
    pub(crate) fn build(&self) -> Result<(), String> {
        let folder = self.write();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--offline", "--manifest-path"]).arg(folder.join("Cargo.toml")).arg("--target-dir").arg(target());
        let output = cargo.env("CARGO_TERM_COLOR", "never").output().unwrap();
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// The answers of the crate, job by job, once it is built.
    pub(crate) fn ask(&self, jobs: &[Job<'_>]) -> Vec<Answer> {
        let binary = target().join("debug").join(format!("tidewire-{}{}", self.name, std::env::consts::EXE_SUFFIX));
        let mut child = Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = serde_json::to_vec(jobs).unwrap();
        child.stdin.take().unwrap().write_all(&input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the program of the generated types ended with {}", output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn write(&self) -> PathBuf {
        let folder = target().join("fidelity").join(self.name);
        let source = folder.join("src");
        if source.exists() {
            fs::remove_dir_all(&source).unwrap();
        }
        fs::create_dir_all(&source).unwrap();
        let root = root();
        let lock = fs::read(root.join("Cargo.lock")).unwrap();
        fs::write(folder.join("Cargo.lock"), lock).unwrap();
        fs::write(folder.join("Cargo.toml"), self.manifest(&root)).unwrap();
        let (mut modules, mut arms) = (String::new(), String::new());
        for (at, module) in self.modules.iter().enumerate() {
            let inner = module_name(&module.source);
            let path = format!("m{at}::{inner}");
            writeln!(modules, "mod m{at};\nconst _: () = assert!({path}::CONTRACT_HASH == {});", module.hash).unwrap();
            for (event, ident) in &module.events {
                writeln!(arms, "        ({at}, {event:?}) => (tidewire_{at}(), round::<{path}::{ident}>),").unwrap();
            }
            writeln!(modules, "fn tidewire_{at}() -> &'static Contract {{\n    {path}::contract()\n}}").unwrap();
            fs::write(source.join(format!("m{at}.rs")), format!("#![allow(dead_code, deprecated)]\n{}", module.source)).unwrap();
        }
        let main = MAIN.replace("// MODULES", &modules).replace("        // EVENTS\n", &arms);
        fs::write(source.join("main.rs"), main).unwrap();
        folder
    }

    fn manifest(&self, root: &Path) -> String {
        let path = |folder: &str| root.join(folder).to_str().unwrap().replace('\\', "/");
        format!(
            "[package]\nname = \"tidewire-{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]\ntidewire = {{ path = {:?} }}\ntidewire-schema = {{ path = {:?}, features = [\"check\"] }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n\
             [workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\nincremental = false\n",
            self.name,
            path("runtime"),
            path("schema"),
        )
    }
}

/// The names of the events of a module, as its attributes have them, and the types below these.
fn events_of(source: &str) -> Vec<(String, String)> {
    let mut events = Vec::new();
    for part in source.split("#[event(\"").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        let ident = ["pub struct ", "pub enum "].into_iter().filter_map(|item| part.find(item).map(|at| (at, at + item.len()))).min();
        let ident = ident.map_or("", |(_, start)| &part[start..]);
        let end = ident.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '#').unwrap_or(ident.len());
        events.push((name.to_owned(), ident[..end].to_owned()));
    }
    events
}

fn module_name(source: &str) -> &str {
    let rest = source.split("pub mod ").nth(1).unwrap_or_default();
    rest.split([' ', '{']).next().unwrap_or_default()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Where cargo builds: this program stands in `debug/deps` of it.
fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}
