/**
 * What Tidewire costs while a service is built. `node tests/bench/build/run.mjs [--rounds 3] [--only gen,expansion,service]`; it needs no network once
 * the workspace has been built.
 *
 * Three figures, each with its bound:
 *
 * - gen: what `codegen gen` takes for 300 events, from either front end, when nothing has changed. The dev profile, because `cargo run -p codegen` is that.
 * - expansion: what the macro takes for a module of 50 events, dev profile, in a process of its own (see `expansion.rs`): 41 times less once, over 40.
 * - service: CPU time, user and system, of a cold `cargo build` of one service in two forms. Both have axum, tokio, serde and this runtime, the same 50
 *   types, and a route for each that reads and writes it as JSON. In one, the types stand in a module with `#[realtime_events]`. In the other they are
 *   written by hand with serde's derives, the contract is a JSON file, and the runtime is built without the macro crate, so that nothing of the macro is
 *   in that build: neither its parser nor the `syn` it uses. The two are built in turn, each with a target folder of its own, and the medians compared.
 *
 * All three are CPU time, user and system: whatever else the machine does is not in them.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, only: { type: "string", default: "gen,expansion,service" } } });
const rounds = Number(values.rounds);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const folder = mkdtempSync(join(tmpdir(), "tidewire-build-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

/** A program that has to succeed; what it printed. */
function run(/** @type {string} */ program, /** @type {readonly string[]} */ options, /** @type {Record<string, unknown>} */ more = {}) {
  const { status, stdout, stderr } = spawnSync(program, options, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, ...more });
  if (status !== 0) throw new Error(`${program} ${options.join(" ")}\n${stdout}${stderr}`);
  return { stdout, stderr };
}

/** The CPU seconds that a program takes. */
function cpu(/** @type {string} */ program, /** @type {readonly string[]} */ options, /** @type {Record<string, unknown>} */ more = {}) {
  const { stderr } = run("bash", ["-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "bash", program, ...options], more);
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  return Number(user) + Number(system);
}

const median = (/** @type {number[]} */ of) => of.slice().sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? NaN;

/** @type {string[]} */
const misses = [];
function verdict(/** @type {string} */ what, /** @type {number} */ ratio, /** @type {number} */ bound, /** @type {string} */ unit) {
  const good = ratio <= bound;
  if (!good) misses.push(what);
  console.log(`${good ? "ok  " : "MISS"} ${what}: ${ratio.toFixed(unit === "ms" ? 1 : 3)} ${unit}, bound ${bound} ${unit}`);
}

const names = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => `Event${at}`);

/** A module of events; the fields are of the kinds that services have. */
function moduleOf(/** @type {number} */ count) {
  const event = (/** @type {string} */ name, /** @type {number} */ at) => `
    /// The ${at}th event.
    #[event("${name.toLowerCase()}.happened")]
    pub struct ${name} {
        /// Who did it.
        #[rt(min_length = 1, max_length = 64)]
        pub author: String,
        pub card: Option<Card>,
        pub tags: Vec<String>,
        pub count: u32,
        #[rt(int64 = "string")]
        pub amount: i64,
        pub state: State,
    }
`;
  return `#[tidewire::realtime_events(name = "bench")]
pub mod bench {
    pub struct Card { pub id: String, pub title: String, pub done: bool }
    pub enum State { Open, Done }
${names(count).map(event).join("")}
    #[channel("board/{board_id}", events(${names(count).join(", ")}))]
    pub struct Board { pub board_id: String }
}
`;
}

/** The same as a schema file. */
function schemaOf(/** @type {number} */ count) {
  const event = (/** @type {string} */ name, /** @type {number} */ at) =>
    `      ${name.toLowerCase()}.happened:
        description: The ${at}th event.
        payload:
          type: object
          required: [author, tags, count, amount, state]
          properties:
            author: { type: string, minLength: 1, maxLength: 64 }
            card: { $ref: "#/types/Card" }
            tags: { type: array, items: { type: string } }
            count: { type: integer, minimum: 0, maximum: 4294967295 }
            amount: { type: string, format: int64 }
            state: { $ref: "#/types/State" }
`;
  return `realtime: 1
name: bench
types:
  Card: { type: object, required: [id, title, done], properties: { id: { type: string }, title: { type: string }, done: { type: boolean } } }
  State: { enum: [open, done] }
channels:
  board/{boardId}:
    params: { boardId: { type: string } }
    events:
${names(count).map(event).join("")}`;
}

/** The types of the module without the macro. */
function handWrittenOf(/** @type {number} */ count) {
  const derives = `#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]`;
  const event = (/** @type {string} */ name) => `
    ${derives}
    pub struct ${name} {
        pub author: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub card: Option<Card>,
        pub tags: Vec<String>,
        pub count: u32,
        #[serde(with = "super::text")]
        pub amount: i64,
        pub state: State,
    }
`;
  return `pub mod bench {
    ${derives}
    pub struct Card { pub id: String, pub title: String, pub done: bool }
    ${derives}
    pub enum State { Open, Done }
${names(count).map(event).join("")}
    pub fn contract() -> &'static tidewire::Contract {
        static PARSED: std::sync::LazyLock<tidewire::Contract> = std::sync::LazyLock::new(|| serde_json::from_str(include_str!("contract.json")).expect("a contract"));
        &PARSED
    }
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    pub fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> { serializer.collect_str(number) }
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> { String::deserialize(deserializer)?.parse().map_err(D::Error::custom) }
}
`;
}

function serviceOf(/** @type {number} */ count) {
  const route = (/** @type {string} */ name) => `        .route("/${name}", post(async |Json(event): Json<bench::${name}>| Json(event)))\n`;
  return `
use axum::{Json, Router, routing::post};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let realtime = tidewire::Realtime::builder(bench::contract()).public().build().await?;
    let app = Router::new()
${names(count).map(route).join("")}        .nest("/realtime", realtime.router());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
`;
}

function gen() {
  run("cargo", ["build", "--package", "codegen"]);
  const program = join(target, "debug/codegen");
  for (const [flag, name, text] of /** @type {const} */ ([["--schema", "bench.yaml", schemaOf(300)], ["--rust", "bench.rs", moduleOf(300)]])) {
    const input = join(folder, name);
    writeFileSync(input, text);
    const options = ["gen", flag, input, "--out", join(folder, `client-${name}`)];
    run(program, options);
    const times = Array.from({ length: 11 }, () => cpu(program, options));
    verdict(`gen of 300 events, ${flag}`, median(times) * 1000, 300, "ms");
  }
}

function expansion() {
  const input = join(folder, "expansion.rs");
  writeFileSync(input, moduleOf(50));
  run("cargo", ["build", "--package", "tests", "--example", "expansion"]);
  const program = join(target, "debug/examples/expansion");
  const once = () => (cpu(program, [input, "41"]) - cpu(program, [input, "1"])) / 40;
  verdict("expansion of 50 events", median([once(), once(), once()]) * 1000, 50, "ms");
  const [whole = NaN, ...parts] = run(program, [input, "41"]).stdout.trim().split(" ").map(Number);
  const [syntax, contract, expanding] = parts.map((part) => `${((part / whole) * 100).toFixed(0)} %`);
  console.log(`     of it: syntax tree ${syntax}, contract ${contract}, expansion ${expanding}`);
}

/** A workspace of its own with the library's crates in it, and the service in one of its two forms. */
function workspace(/** @type {"macro" | "hand"} */ form) {
  const at = join(folder, form);
  for (const crate of ["schema", "runtime", ...(form === "macro" ? ["macros"] : [])]) cpSync(join(root, crate), join(at, crate), { recursive: true });
  const members = (/** @type {string} */ manifest) => manifest.replace(/^members = .*$/m, `members = ["schema", "runtime", ${form === "macro" ? '"macros", ' : ""}"service"]`);
  writeFileSync(join(at, "Cargo.toml"), members(readFileSync(join(root, "Cargo.toml"), "utf8")));
  cpSync(join(root, "Cargo.lock"), join(at, "Cargo.lock"));
  mkdirSync(join(at, "service/src"), { recursive: true });
  const dependencies = ["axum", "serde", "serde_json", "tidewire", "tokio"].map((name) => `${name}.workspace = true\n`).join("");
  writeFileSync(join(at, "service/Cargo.toml"), `[package]\nname = "service"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n${dependencies}`);
  if (form === "hand") {
    const manifest = join(at, "runtime/Cargo.toml");
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/^tidewire-macros.*\n/m, ""));
    const library = join(at, "runtime/src/lib.rs");
    writeFileSync(library, readFileSync(library, "utf8").replace(/^ *pub use tidewire_macros::[^;]*;\n/gm, ""));
    writeFileSync(join(at, "bench.rs"), moduleOf(50));
    run(join(target, "debug/codegen"), ["gen", "--rust", join(at, "bench.rs"), "--out", join(at, "client")]);
    cpSync(join(at, "client/contract.json"), join(at, "service/src/contract.json"));
  }
  writeFileSync(join(at, "service/src/main.rs"), (form === "macro" ? moduleOf(50) : handWrittenOf(50)) + serviceOf(50));
  return at;
}

/** The CPU seconds of a cold build. */
function cold(/** @type {string} */ at) {
  const out = join(at, "target");
  rmSync(out, { recursive: true, force: true });
  const seconds = cpu("cargo", ["build", "--quiet", "--offline", "--package", "service"], { cwd: at, env: { ...process.env, CARGO_TARGET_DIR: out } });
  rmSync(out, { recursive: true });
  return seconds;
}

function service() {
  run("cargo", ["build", "--package", "codegen"]);
  const folders = { macro: workspace("macro"), hand: workspace("hand") };
  /** @type {{ macro: number[], hand: number[] }} */
  const times = { macro: [], hand: [] };
  for (let round = 0; round < rounds; round += 1) {
    // In turn, and each time the other one first: whatever else the machine does hits both.
    for (const form of round % 2 === 0 ? /** @type {const} */ (["hand", "macro"]) : /** @type {const} */ (["macro", "hand"])) {
      times[form].push(cold(folders[form]));
      console.log(`     ${form}: ${times[form].at(-1)?.toFixed(1)} s of CPU`);
    }
  }
  verdict("a cold build with the macro, beside one with types written by hand", median(times.macro) / median(times.hand), 1.05, "times");
}

const parts = { gen, expansion, service };
for (const [name, part] of Object.entries(parts)) if (values.only.split(",").includes(name)) part();
process.exitCode = misses.length > 0 ? 1 : 0;
