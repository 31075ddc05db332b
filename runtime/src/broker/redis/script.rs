//! The scripts that run inside Redis. Each is one file, put behind the parts that it shares with others.

use std::{fmt, sync::LazyLock};

use redis::{Arg, Cmd, ToRedisArgs};

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
pub(super) struct Invocation {
    script: &'static Script,
    command: Cmd,
}

impl Invocation {
    pub(super) fn new(script: &'static Script, keys: &[String]) -> Self {
        // Most runs publish one event: they find room without growing.
        let mut command = Cmd::with_capacity(12, 512);
        command.arg("EVALSHA").arg(&script.sha).arg(keys.len()).arg(keys);
        Self { script, command }
    }

    pub(super) fn argument(mut self, argument: impl ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }

    /// By the script's name, which every server knows after the first connection.
    pub(super) fn command(&self) -> &Cmd {
        &self.command
    }

    /// With the whole text of the script.
    pub(super) fn whole(&self) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(self.script.source);
        for argument in self.command.args_iter().skip(2) {
            if let Arg::Simple(argument) = argument {
                command.arg(argument);
            }
        }
        command
    }
}

/// Payloads do not belong into logs.
impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation").field("script", &self.script.sha).finish_non_exhaustive()
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
    pub(super) appear: Script,
    pub(super) depart: Script,
    pub(super) members: Script,
    pub(super) sweep: Script,
    pub(super) renew: Script,
}

impl Scripts {
    pub(super) fn all(&self) -> [&Script; 10] {
        let Self { publish, notify, read, positions, probe, appear, depart, members, sweep, renew } = self;
        [publish, notify, read, positions, probe, appear, depart, members, sweep, renew]
    }
}

macro_rules! roster_script {
    ($head:literal, $file:literal) => {
        Script::new(concat!(
            $head,
            include_str!("scripts/state.lua"),
            include_str!("scripts/append.lua"),
            include_str!("scripts/roster.lua"),
            include_str!($file)
        ))
    };
}

// A first line with `#!` makes Redis refuse a script that may write before it runs: on a replica, on a full server, while a disk fails. So such an error means that
// nothing happened. `allow-oom`: what these scripts may write is one small hash, and subscribers should be able to read when Redis is full.
pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    publish: Script::new(concat!(
        "#!lua\n",
        include_str!("scripts/state.lua"),
        include_str!("scripts/record.lua"),
        include_str!("scripts/append.lua"),
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
    appear: roster_script!("#!lua\n", "scripts/appear.lua"),
    // Whoever goes makes room.
    depart: roster_script!("#!lua flags=allow-oom\n", "scripts/depart.lua"),
    members: roster_script!("#!lua flags=allow-oom\n", "scripts/members.lua"),
    sweep: roster_script!("#!lua flags=allow-oom\n", "scripts/sweep.lua"),
    renew: Script::new(concat!("#!lua flags=allow-oom\n", include_str!("scripts/state.lua"), include_str!("scripts/renew.lua"))),
});
