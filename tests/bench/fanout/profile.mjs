/** The command `tests/bench/fanout/profile`. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { contestants } from "./contestants.mjs";
import { prepare } from "./place.mjs";
import { family, finish, startRedis, stopServer } from "./processes.mjs";
import { scenarios } from "./targets.mjs";

const HELP = `Profiles one server in one scenario: its hottest functions, kernel and user apart, and its system calls for each delivery.

  tests/bench/fanout/profile [--target T1] [--who tidewire] [--server PATH] [--top 40] [--callers write] [--seconds 8]

  --target    the scenario of this target in which --who takes part; T1 unless set
  --who       one of those that \`run\` measures, such as "tidewire ws", "raw-limit"
  --server    a bench server that was built elsewhere
  --callers   also who calls the functions with this in their names
  --seconds   about how long events flow

FANBENCH and WORK are those of \`run\`. It needs perf; strace, where there is one, counts system calls in a run of its own, because it slows the server down.
The record stays in WORK/run/perf.data.
`;

const flags = /** @type {const} */ ({
  target: { type: "string", default: "T1" },
  who: { type: "string", default: "tidewire" },
  server: { type: "string" },
  top: { type: "string", default: "40" },
  callers: { type: "string" },
  seconds: { type: "string", default: "8" },
  cores: { type: "string", default: "0,1" },
  help: { type: "boolean", default: false },
});
const { values } = parseArgs({ options: flags });
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const print = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);
const of = scenarios.filter(({ judgements }) => judgements.some(({ target }) => target === values.target));
const scenario = of.find(({ judgements, also = [] }) => also.includes(values.who) || judgements.some(({ subject, reference }) => subject === values.who || reference === values.who));
const start = contestants[values.who];
if (scenario === undefined || start === undefined) {
  process.stderr.write(`tests/bench/fanout/profile: ${values.who} takes no part in ${values.target}; see --help\n`);
  process.exit(2);
}
const place = await prepare({ cores: values.cores, server: values.server });
const option = (/** @type {string} */ name) => Number(scenario.options[scenario.options.lastIndexOf(name) + 1]);
const subscribers = option("--subs");
// A closed loop goes as fast as it can, which nobody knows beforehand.
const events = scenario.options.includes("--resume") ? option("--events") : option("--rate") > 0 ? option("--rate") * Number(values.seconds) : 1000 * Number(values.seconds);

/**
 * Plays the scenario with a program attached to the server while events flow: after everybody is connected, until the load has ended.
 * @param {(pids: string) => readonly string[]} observer
 */
async function watch(observer) {
  const redis = scenario?.redis ? await startRedis(join(place.work, "run"), place.cores.load) : undefined;
  const running = await start?.({ ...place, ...(redis === undefined ? {} : { redis: redis.port }) });
  if (running === undefined) throw new Error("unreachable: checked above");
  try {
    const pid = running.child.pid ?? 0;
    const pids = family(pid).join(",");
    const options = [...running.options, "--pid", pids, ...(scenario?.options ?? []), "--events", String(events), "--settle", "4", "--name", values.who];
    const load = finish(join(place.references, "fanbench"), options, { seconds: 180, core: place.cores.load });
    const deadline = Date.now() + 30_000;
    while (readdirSync(`/proc/${pid}/fd`).length < subscribers && Date.now() < deadline) await sleep(50);
    await sleep(1000);
    const [program = "", ...rest] = observer(pids);
    const watcher = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    watcher.stdout.on("data", (data) => (said += data));
    watcher.stderr.on("data", (data) => (said += data));
    const ended = new Promise((resolve) => watcher.on("close", resolve));
    const { status, stdout, stderr } = await load;
    watcher.kill("SIGINT");
    await Promise.race([ended, sleep(20_000).then(() => watcher.kill("SIGKILL"))]);
    if (status !== 0) throw new Error(`fanbench ended with ${status}: ${stderr.slice(-600)}`);
    return { run: JSON.parse(stdout), said };
  } finally {
    for (const child of [running.child, ...running.others, ...(redis === undefined ? [] : [redis.child])]) await stopServer(child);
  }
}

const data = join(place.work, "run", "perf.data");
const { run, said } = await watch((pids) => ["perf", "record", "-e", "cpu-clock", "-F", "1999", "-g", "-p", pids, "-o", data]);
print(`## ${values.who} in "${scenario.name}"\n`);
print(`${run.cpu_us_per_delivery} µs CPU per delivery, ${run.delivered} deliveries, p99 ${run.p99_ms} ms, ${run.lost} lost\n`);
if (!existsSync(data)) throw new Error(`perf recorded nothing: ${said}`);
const report = async (/** @type {string[]} */ options) => (await finish("perf", ["report", "-i", data, "--stdio", ...options], { seconds: 120 })).stdout.split("\n").filter((line) => /^\s+\d+\.\d+%|^\s+[|-]/.test(line));
const symbols = await report(["--no-children", "-g", "none", "--sort", "symbol"]);
const share = (/** @type {string} */ side) => symbols.filter((line) => line.includes(`[${side}]`)).reduce((sum, line) => sum + Number.parseFloat(line), 0);
print(`kernel ${share("k").toFixed(1)} %, user ${share(".").toFixed(1)} %\n`);
for (const [side, name] of [["k", "kernel"], [".", "user"]]) {
  print(`### ${name}\n`);
  for (const line of symbols.filter((line) => line.includes(`[${side}]`)).slice(0, Number(values.top))) print(line.trimEnd().slice(0, 150));
  print("");
}
if (values.callers !== undefined) print((await report(["--no-children", "-g", "caller,0.5,callee", "--sort", "symbol", "--symbol-filter", values.callers])).slice(0, 120).join("\n"));

if ((await finish("strace", ["--version"], { seconds: 5 }).catch(() => ({ status: 1 }))).status === 0) {
  const traced = await watch((pids) => ["strace", "-c", "-f", ...pids.split(",").flatMap((pid) => ["-p", pid])]);
  const deliveries = Number(traced.run.delivered) + (scenario.options.includes("--warmup") ? option("--warmup") * (subscribers / Number(traced.run.channels)) : 0);
  print(`### system calls for each of ${deliveries} deliveries\n`);
  for (const line of traced.said.split("\n")) {
    const [, calls, errors, name] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(\d+)?\s*([a-z_0-9]+)$/.exec(line) ?? [];
    if (name === undefined || name === "total") continue;
    print(`${(Number(calls) / deliveries).toFixed(4).padStart(10)}  ${name}${errors === undefined ? "" : `, ${errors} of ${calls} failed`}`);
  }
} else {
  print("no strace, so no system calls");
}
