/** Who is measured: how each server is started, and what fanbench has to know to talk to it. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startServer } from "./processes.mjs";

/**
 * @typedef {{ work: string, fanbench: string, references: string, server: string, ours: string, cores: { server: number, load: number }, redis?: number }} Place
 * @typedef {{ child: import("node:child_process").ChildProcess, others: import("node:child_process").ChildProcess[], options: string[] }} Running
 * @typedef {(place: Place) => Promise<Running>} Start
 */

const text = ["--pub-header", "Content-Type: text/plain"];
const post = (/** @type {number} */ port) => ["--publish", "http", "--pub-url", `http://127.0.0.1:${port}/pub?channel={ch}`, ...text];

/** What fanbench is told of Redis, so that it reports its CPU time, connections and commands. */
const redisOptions = (/** @type {Place} */ { redis }) => ["--redis", `127.0.0.1:${redis}`];
const redisUrl = (/** @type {Place} */ { redis }) => {
  if (redis === undefined) throw new Error("this scenario has no Redis");
  return `redis://127.0.0.1:${redis}`;
};

const logOf = (/** @type {Place} */ { work }, /** @type {string} */ name) => join(work, "run", `${name}.log`);

/** @type {(name: string, more: { ws?: boolean, coalesce?: boolean }) => Start} */
const rawLimit = (name, { ws = false, coalesce = false }) => async (place) => {
  const port = await freePort();
  const env = { PORT: String(port), ...(ws ? { WS: "1" } : {}), ...(coalesce ? { COALESCE: "1" } : {}) };
  const child = await startServer({ program: join(place.references, "raw-limit"), env, core: place.cores.server, port, log: logOf(place, name) });
  const subscribe = ws ? ["--proto", "ws", "--url", `http://127.0.0.1:${port}/ws?channel={ch}`] : ["--url", `http://127.0.0.1:${port}/sse?channel={ch}`, "--ready", ": hi"];
  return { child, others: [], options: [...subscribe, ...post(port)] };
};

/** @type {(name: string, more: { redis?: boolean }) => Start} */
const naiveAxum = (name, { redis = false }) => async (place) => {
  const port = await freePort();
  const env = { PORT: String(port), ...(redis ? { REDIS_URL: redisUrl(place) } : {}) };
  const child = await startServer({ program: join(place.references, "naive-axum"), env, core: place.cores.server, port, log: logOf(place, name) });
  const subscribe = ["--url", `http://127.0.0.1:${port}/sse?channel={ch}`, "--ready", ": hi"];
  if (!redis) return { child, others: [], options: [...subscribe, ...post(port)] };
  const command = "XADD events MAXLEN ~ 10000 * channel {ch} message {payload}";
  const publish = ["--publish", "redis", "--pub-url", redisUrl(place), "--pub-cmd", command];
  return { child, others: [], options: [...subscribe, ...publish, ...redisOptions(place)] };
};

/** @type {(name: string) => Start} */
const bulkLimit = (name) => async (place) => {
  const port = await freePort();
  const child = await startServer({ program: join(place.ours, "bulk-limit"), env: { PORT: String(port) }, core: place.cores.server, port, log: logOf(place, name) });
  const resume = ["--id-prefix", "id: ", "--resume-header", "Last-Event-ID: {last}"];
  return { child, others: [], options: ["--url", `http://127.0.0.1:${port}/sse?channel={ch}`, "--ready", ": hi", ...resume, ...post(port)] };
};

/** @type {(name: string, serve: "axum" | "hyper") => Start} */
const bodyLimit = (name, serve) => async (place) => {
  const port = await freePort();
  const env = { PORT: String(port), SERVE: serve };
  const child = await startServer({ program: join(place.ours, "body-limit"), env, core: place.cores.server, port, log: logOf(place, name) });
  return { child, others: [], options: ["--url", `http://127.0.0.1:${port}/sse?channel={ch}`, "--ready", ": hi", ...post(port)] };
};

/**
 * `apart`: another node, on the load's core, publishes.
 * @type {(name: string, more?: { ws?: boolean, redis?: boolean, apart?: boolean, env?: Record<string, string> }) => Start}
 */
const tidewire = (name, { ws = false, redis = false, apart = false, env = {} } = {}) => async (place) => {
  const node = async (/** @type {number} */ core, /** @type {string} */ log) => {
    const port = await freePort();
    const broker = redis ? { BROKER: "redis", REDIS_URL: redisUrl(place) } : { BROKER: "memory" };
    const child = await startServer({ program: place.server, env: { PORT: String(port), ...broker, ...env }, core, port, log: logOf(place, log) });
    return { child, port };
  };
  const { child, port } = await node(place.cores.server, name);
  const publisher = apart ? await node(place.cores.load, `${name}-publisher`) : undefined;
  const channel = "channel=bench%2F{ch}";
  const subscribe = ws ? ["--proto", "ws", "--url", `http://127.0.0.1:${port}/realtime/socket?${channel}`] : ["--url", `http://127.0.0.1:${port}/realtime/events?${channel}`];
  const resume = ws ? [] : ["--id-prefix", "id: ", "--resume-header", "Last-Event-ID: {last}"];
  const options = [...subscribe, "--ready", '"type":"subscribed"', ...resume, ...post(publisher?.port ?? port), ...(redis ? redisOptions(place) : [])];
  return { child, others: publisher === undefined ? [] : [publisher.child], options };
};

/** @type {(name: string, more?: { redis?: boolean }) => Start} */
const nchan = (name, { redis = false } = {}) => async (place) => {
  const port = await freePort();
  const folder = join(place.work, "run", name);
  mkdirSync(folder, { recursive: true });
  const upstream = redis ? `upstream r { nchan_redis_server ${redisUrl(place)}; }` : "";
  const pass = redis ? "nchan_redis_pass r; nchan_redis_storage_mode distributed;" : "";
  const template = readFileSync(join(place.fanbench, "peers", "nchan.conf.tpl"), "utf8");
  const filled = template.replaceAll("@DIR@", folder).replaceAll("@PORT@", String(port)).replaceAll("@REDIS_UPSTREAM@", upstream).replaceAll("@REDIS_PASS@", pass);
  const module = process.env.NCHAN_MODULE;
  writeFileSync(join(folder, "nginx.conf"), module === undefined ? filled : filled.replace("modules/ngx_nchan_module.so", module));
  const options = ["-c", join(folder, "nginx.conf"), "-g", "daemon off;"];
  const child = await startServer({ program: process.env.NGINX ?? "nginx", options, core: place.cores.server, port, log: logOf(place, name) });
  const resume = ["--id-prefix", "id: ", "--resume-header", "Last-Event-ID: {last}"];
  const subscribe = ["--url", `http://127.0.0.1:${port}/sse?channel={ch}`, "--ready", ": hi", ...resume];
  return { child, others: [], options: [...subscribe, ...post(port), ...(redis ? redisOptions(place) : [])] };
};

/** Whether nchan is where Debian's package, or the environment, puts it. */
export function hasNchan() {
  const module = process.env.NCHAN_MODULE ?? "/usr/lib/nginx/modules/ngx_nchan_module.so";
  const program = process.env.NGINX;
  return existsSync(module) && (program === undefined ? ["/usr/sbin/nginx", "/usr/bin/nginx"].some((path) => existsSync(path)) : existsSync(program));
}

// With a heartbeat that no run sees, what is left is what an idle server does.
const silent = { HEARTBEAT_MS: "600000" };

/** @type {Record<string, Start>} */
export const contestants = {
  "raw-limit": rawLimit("raw-limit", {}),
  "raw-limit ws": rawLimit("raw-limit-ws", { ws: true }),
  "raw-limit coalescing": rawLimit("raw-limit-coalescing", { coalesce: true }),
  "raw-limit ws coalescing": rawLimit("raw-limit-ws-coalescing", { ws: true, coalesce: true }),
  "bulk-limit": bulkLimit("bulk-limit"),
  "body-limit, axum": bodyLimit("body-limit-axum", "axum"),
  "body-limit, hyper": bodyLimit("body-limit-hyper", "hyper"),
  "naive axum": naiveAxum("naive-axum", {}),
  "naive axum, Redis": naiveAxum("naive-axum-redis", { redis: true }),
  nchan: nchan("nchan"),
  "nchan, Redis": nchan("nchan-redis", { redis: true }),
  tidewire: tidewire("tidewire"),
  "tidewire ws": tidewire("tidewire-ws", { ws: true }),
  "tidewire, no heartbeat": tidewire("tidewire-silent", { env: silent }),
  "tidewire ws, no heartbeat": tidewire("tidewire-ws-silent", { ws: true, env: silent }),
  "tidewire, ordinary body": tidewire("tidewire-body", { env: { SERVE: "body" } }),
  "tidewire, axum::serve": tidewire("tidewire-axum", { env: { SERVE: "axum" } }),
  "tidewire, Redis": tidewire("tidewire-redis", { redis: true }),
  "tidewire, Redis, subscriber node": tidewire("tidewire-redis-subscriber", { redis: true, apart: true }),
};
