/** The command `tests/bench/fanout/run`. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contestants, hasNchan } from "./contestants.mjs";
import { prepare } from "./place.mjs";
import { askRedis, family, finish, startRedis, stopServer } from "./processes.mjs";
import { everybody, judge, load, machine, table } from "./report.mjs";
import { scenarios, targets } from "./targets.mjs";

const HELP = `Measures Tidewire beside the references of fanbench, in turns, and prints the table of the targets T1 to T8.

  tests/bench/fanout/run [--only T1,T3] [--rounds 5] [--quick] [--peers] [--server PATH] [--cores 0,1]

  --only      these targets
  --rounds    how often everybody has a turn; the table has the medians
  --quick     one round of shorter runs: whether it works, not how fast it is
  --peers     nchan as well, where fanbench's peers/setup.sh, or apt, has installed it; NGINX and NCHAN_MODULE name other places
  --server    a bench server that was built elsewhere; without it tests/bench/fanout/server is built
  --cores     the core of the server and that of the load
  --details   a table of everybody who took part, for each scenario

FANBENCH is the folder of fanbench; ../shared/bench/fanbench beside the repository unless set. WORK is a folder for what is built and written, outside the repository; it is
kept. Without it there is one for this run alone, and fanbench is built each time. It needs cargo, node, taskset, redis-server and redis-benchmark.
The exit code is 1 if a target is missed or a run failed.
`;

const flags = /** @type {const} */ ({
  only: { type: "string" },
  rounds: { type: "string", default: "5" },
  quick: { type: "boolean", default: false },
  peers: { type: "boolean", default: false },
  server: { type: "string" },
  cores: { type: "string", default: "0,1" },
  details: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
});
const { values } = parseArgs({ options: flags });
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const rounds = values.quick ? 1 : Number(values.rounds);
const only = values.only?.split(",") ?? targets;
const strange = only.filter((target) => !targets.includes(target));
if (strange.length > 0 || !(rounds >= 1)) fail(`${strange.length > 0 ? `there is no target ${strange.join(", ")}` : "rounds is a number from 1"}; see --help`);

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
function fail(/** @type {string} */ problem) {
  process.stderr.write(`tests/bench/fanout/run: ${problem}\n`);
  process.exit(2);
}

const place = await prepare({ cores: values.cores, server: values.server });
const { work, references, ours } = place;
if (values.peers && !hasNchan()) say("nchan is not installed (fanbench's peers/setup.sh does it): it is left out");
const peers = values.peers && hasNchan();

const began = { date: new Date().toISOString().slice(0, 16).replace("T", " "), load: load() };
/** @type {string[][]} */
const rows = [];
/** @type {string[]} */
const details = [];
/** @type {string[]} */
const problems = [];

for (const scenario of scenarios) {
  const judgements = scenario.judgements.filter(({ target, reference }) => only.includes(target) && (peers || !reference?.startsWith("nchan")));
  if (judgements.length === 0) continue;
  const names = new Set(judgements.flatMap(({ subject, reference }) => (reference === undefined ? [subject] : [reference, subject])));
  for (const name of scenario.also ?? []) if (peers || !name.startsWith("nchan")) names.add(name);
  const redis = scenario.redis ? await startRedis(join(work, "run"), place.cores.load) : undefined;
  say(`\n${scenario.name}`);
  /** @type {Map<string, import("./targets.mjs").Run>[]} */
  const results = [];
  for (let round = 1; round <= rounds; round++) {
    /** @type {Map<string, import("./targets.mjs").Run>} */
    const result = new Map();
    for (const name of names) {
      const run = await play(scenario, name, redis);
      if (run !== undefined) result.set(name, run);
    }
    results.push(result);
  }
  if (redis !== undefined) await stopServer(redis.child);
  for (const judgement of judgements) rows.push(row(judge(judgement, results)));
  details.push(`### ${scenario.name}\n\n${everybody(results)}`);
}
if (only.includes("T6")) await publishThroughRedis();

function row(/** @type {{ verdict: string, cells: string[] }} */ { verdict, cells }) {
  if (verdict !== "met") problems.push(`${cells[0]} ${cells[1]}: ${verdict}`);
  return cells;
}

/** One contestant's turn: a server of its own, and the line that fanbench prints. */
async function play(/** @type {import("./targets.mjs").Scenario} */ scenario, /** @type {string} */ name, /** @type {{ port: number, child: import("node:child_process").ChildProcess } | undefined} */ redis) {
  const start = contestants[name];
  if (start === undefined) throw new Error(`no contestant ${name}`);
  try {
    if (redis !== undefined) await askRedis(redis.port, "FLUSHALL");
    if (redis !== undefined) await askRedis(redis.port, "CONFIG RESETSTAT");
    const { child, others, options } = await start({ ...place, ...(redis === undefined ? {} : { redis: redis.port }) });
    try {
      const pid = child.pid ?? 0;
      const watched = ["--pid", family(pid).join(","), ...(redis?.child.pid === undefined ? [] : ["--redis-pid", String(redis.child.pid)])];
      // The scenario's options come last: some servers bring `--publish http`, which an idle scenario takes back.
      const all = ["--name", name, ...options, ...watched, ...scenario.options, ...(values.quick ? scenario.quick : [])];
      const { status, stdout, stderr } = await finish(join(references, "fanbench"), all, { seconds: scenario.seconds, core: place.cores.load });
      if (status !== 0) throw new Error(`fanbench ended with ${status}: ${stderr.slice(-600)}${stdout.slice(-300)}`);
      /** @type {import("./targets.mjs").Run} */
      const run = JSON.parse(stdout);
      if (redis !== undefined) run.redis_reads = await readsOf(redis.port);
      appendFileSync(join(work, "runs.jsonl"), `${JSON.stringify({ scenario: scenario.name, ...run })}\n`);
      check(scenario, name, run);
      return run;
    } finally {
      for (const one of [child, ...others]) await stopServer(one);
    }
  } catch (error) {
    problems.push(`${name} in "${scenario.name}": ${error instanceof Error ? error.message : String(error)}`);
    say(`  ${problems.at(-1)}`);
    return undefined;
  }
}

/** What is lost or doubled is a failure of the run, however fast it was. */
function check(/** @type {import("./targets.mjs").Scenario} */ scenario, /** @type {string} */ name, /** @type {import("./targets.mjs").Run} */ run) {
  say(`  ${name}: ${run.cpu_us_per_delivery} µs, p99 ${run.p99_ms} ms, ${run.delivered}/${run.expected}, ${run.rss_per_sub_b} B/sub, idle ${run.idle_cpu_pct} %, others ${run.other_cpu_pct} %`);
  if (!scenario.nothingLost || !name.startsWith("tidewire")) return;
  const wrong = ["lost", "dups", "misrouted", "closed"].filter((field) => Number(run[field]) !== 0);
  // Parallel publishers overtake each other, but then for every subscriber alike.
  if (run.channels === 1 && Number(run.reordered) % Number(run.subs) !== 0) wrong.push("reordered");
  if (wrong.length > 0) problems.push(`${name} in "${scenario.name}": ${wrong.map((field) => `${field} ${run[field]}`).join(", ")}`);
}

async function readsOf(/** @type {number} */ port) {
  const text = String(await askRedis(port, "INFO commandstats"));
  return [...text.matchAll(/cmdstat_x(?:rev)?range:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/** T6: a program of its own, which compares with `redis-benchmark` on the script that it runs itself. */
async function publishThroughRedis() {
  say("\npublish through Redis");
  /** @type {{ one: number, batched: number, alone: number }[]} */
  const results = [];
  for (let round = 1; round <= rounds; round++) {
    const { status, stdout, stderr } = await finish(join(ours, "redis-publish"), ["--publish-only"], { seconds: 120, env: { TOKIO_WORKER_THREADS: "1" } });
    const figure = (/** @type {string} */ name) => Number(new RegExp(`^${name}\\s+([\\d.]+)`, "m").exec(stdout)?.[1] ?? NaN);
    if (status !== 0) problems.push(`redis-publish ended with ${status}: ${stderr.slice(-300)}`);
    results.push({ one: figure("publish, one by one"), batched: figure("publish, batches of 500"), alone: figure("redis-benchmark -c 1, same") });
    say(`  ${JSON.stringify(results.at(-1))}`);
  }
  const asRun = results.map((result) => new Map([["tidewire", { value: result.alone / result.one }], ["batches", { value: result.one / result.batched }]]));
  // Rates: the reference divided by ours, so that less is better, as everywhere in the table.
  const common = { unit: "× the time", digits: 2, value: (/** @type {import("./targets.mjs").Run} */ run) => Number(run.value) };
  rows.push(row(judge({ target: "T6", what: "publish one by one: time beside `redis-benchmark`, same script", subject: "tidewire", bound: 1.25, ...common }, asRun)));
  rows.push(row(judge({ target: "T6", what: "publish in batches of 500: time beside one by one", subject: "batches", bound: 0.333, ...common }, asRun)));
}

const head = ["target", "what", "Tidewire", "reference", "ratio or figure", "target", "verdict"];
rows.sort(([a = ""], [b = ""]) => a.localeCompare(b));
process.stdout.write(`
${table(head, rows)}

- Date: ${began.date} UTC. Machine: ${machine()}. Load average ${began.load} before, ${load()} after.
- Method: ${rounds} round${rounds === 1 ? "" : "s"}${values.quick ? " of shortened runs" : ""}, everybody in turns with a process of their own; server on core ${place.cores.server}, load and Redis on core ${place.cores.load}. Medians, ratios within a round, in brackets the
  least and the most. CPU is the time on a core, user and system, of the server's process, by \`/proc\`. References and load: fanbench. Server: ${values.server ?? "tests/bench/fanout/server"}, release with thin LTO, one thread.
${values.details ? `\n${details.join("\n\n")}\n` : ""}${problems.length > 0 ? `\n${problems.map((problem) => `PROBLEM ${problem}`).join("\n")}\n` : ""}`);
process.exit(problems.length > 0 ? 1 : 0);
