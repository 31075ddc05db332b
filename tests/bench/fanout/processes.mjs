/** Processes on their cores: started, waited for, ended by their id. */

import { spawn } from "node:child_process";
import { createWriteStream, readFileSync, readdirSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

/** A port that was free a moment ago: two of the references cannot say which one they were given. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(/** @type {number} */ port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.setTimeout(1000, () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

/**
 * Starts a server on a core and waits until its port answers.
 * @param {{ program: string, options?: readonly string[], env?: Record<string, string>, core: number, port: number, log: string }} what
 */
export async function startServer({ program, options = [], env = {}, core, port, log }) {
  const { PATH = "", HOME = "/", RUST_LOG = "warn" } = process.env;
  const child = spawn("taskset", ["-c", String(core), program, ...options], { env: { PATH, HOME, RUST_LOG, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const file = createWriteStream(log, { flags: "a" });
  child.stdout?.pipe(file);
  child.stderr?.pipe(file);
  child.on("exit", () => children.delete(child));
  child.on("error", () => children.delete(child));
  const deadline = Date.now() + 15_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${program} does not listen; see ${log}`);
    }
    await sleep(50);
  }
  // What a start leaves behind is not part of what is measured.
  await sleep(300);
  return child;
}

export async function startRedis(/** @type {string} */ folder, /** @type {number} */ core) {
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", "15000", "--dir", folder];
  return { port, child: await startServer({ program: "redis-server", options, core, port, log: join(folder, "redis.log") }) };
}

/** Ends a server: asks first, and does not wait for ever. */
export async function stopServer(/** @type {import("node:child_process").ChildProcess} */ child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(timer);
}

/** The process and its children, as nginx has them. */
export function family(/** @type {number} */ pid) {
  const pids = [pid];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const [, rest = ""] = readFileSync(`/proc/${entry}/stat`, "utf8").split(") ");
      if (Number(rest.split(" ")[1]) === pid) pids.push(Number(entry));
    } catch {
      // It ended meanwhile.
    }
  }
  return pids;
}

/**
 * Runs a program to its end, with a bound in time; what it printed.
 * @param {string} program
 * @param {readonly string[]} options
 * @param {{ seconds: number, core?: number, cwd?: string, env?: Record<string, string | undefined>, show?: boolean }} more
 */
export async function finish(program, options, { seconds, core, cwd, env, show = false }) {
  const all = core === undefined ? [program, ...options] : ["taskset", "-c", String(core), program, ...options];
  const [first = "", ...rest] = all;
  const child = spawn(first, rest, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", show ? "inherit" : "pipe"] });
  children.add(child);
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (data) => (stdout += data));
  child.stderr?.on("data", (data) => (stderr += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  children.delete(child);
  return { status, stdout, stderr };
}

/** The answer of Redis to one command without arguments that hold spaces. */
export async function askRedis(/** @type {number} */ port, /** @type {string} */ command) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(`${command}\r\nQUIT\r\n`));
    let text = "";
    socket.setTimeout(5000, () => socket.destroy(new Error("redis does not answer")));
    socket.on("data", (data) => (text += data));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}
