//! The scripts that run inside Redis. Each is one file, put behind the parts that it shares with others.

use std::sync::LazyLock;

use redis::Cmd;

/// A script, and the name that Redis has for it once it is loaded.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) source: &'static str,
    pub(super) sha: String,
}

impl Script {
    fn new(source: &'static str) -> Self {
        Self { source, sha: redis::Script::new(source).get_hash().to_owned() }
    }
}

/// One run of a script.
#[derive(Debug)]
pub(super) struct Invocation {
    script: &'static Script,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl Invocation {
    pub(super) fn new(script: &'static Script, keys: Vec<String>) -> Self {
        Self { script, keys, arguments: Vec::new() }
    }

    pub(super) fn argument(mut self, argument: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// By the script's name, which every server knows after the first connection, or with the whole text.
    pub(super) fn command(&self, whole: bool) -> Cmd {
        let size = self.keys.iter().map(String::len).chain(self.arguments.iter().map(Vec::len)).sum();
        let mut command = Cmd::with_capacity(3 + self.keys.len() + self.arguments.len(), size);
        if whole {
            command.arg("EVAL").arg(self.script.source);
        } else {
            command.arg("EVALSHA").arg(&self.script.sha);
        }
        command.arg(self.keys.len()).arg(&self.keys);
        for argument in &self.arguments {
            command.arg(argument);
        }
        command
    }
}

/// All of them.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) publish: Script,
    pub(super) notify: Script,
    pub(super) read: Script,
    pub(super) positions: Script,
    pub(super) probe: Script,
}

impl Scripts {
    pub(super) fn all(&self) -> [&Script; 5] {
        [&self.publish, &self.notify, &self.read, &self.positions, &self.probe]
    }
}

// A first line with `#!` makes Redis refuse a script that may write before it runs: on a replica, on a full server, while a disk fails. So such an error means that
// nothing happened. `allow-oom`: what these scripts may write is one small hash, and subscribers should be able to read when Redis is full.
pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    publish: Script::new(concat!(
        "#!lua\n",
        include_str!("scripts/state.lua"),
        include_str!("scripts/record.lua"),
        include_str!("scripts/publish.lua")
    )),
    notify: Script::new(concat!(
        "#!lua\n",
        include_str!("scripts/state.lua"),
        include_str!("scripts/record.lua"),
        include_str!("scripts/notify.lua")
    )),
    read: Script::new(concat!("#!lua flags=allow-oom\n", include_str!("scripts/state.lua"), include_str!("scripts/read.lua"))),
    positions: Script::new(concat!("#!lua flags=allow-oom\n", include_str!("scripts/state.lua"), include_str!("scripts/positions.lua"))),
    probe: Script::new(concat!("#!lua flags=allow-oom\n", include_str!("scripts/probe.lua"))),
});
