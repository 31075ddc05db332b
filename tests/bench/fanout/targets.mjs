/** The targets of `performance.md` as scenarios: what fanbench plays, who takes part, what is compared with what. */

/**
 * @typedef {Record<string, number | string | null>} Run
 * @typedef {{
 *   target: string, what: string, subject: string, unit: string, digits: number,
 *   value: (run: Run) => number, reference?: string, bound: number, factor?: number,
 * }} Judgement
 *   `bound` is a ratio to `reference` where there is one, else a figure. `factor` scales a reference before it is compared.
 * @typedef {{ name: string, redis?: boolean, options: string[], quick: string[], also?: string[], judgements: Judgement[], nothingLost?: boolean, seconds: number }} Scenario
 */

const number = (/** @type {string} */ field) => (/** @type {Run} */ run) => Number(run[field]);
const cpu = { unit: "µs CPU per delivery", digits: 2, value: number("cpu_us_per_delivery") };
const memory = { unit: "bytes per subscriber", digits: 0, value: number("rss_per_sub_b") };
const idle = { unit: "% CPU", digits: 2, value: number("idle_cpu_pct") };

const steady = ["--subs", "1000", "--channels", "1", "--warmup", "20", "--warm-rate", "20", "--events", "200", "--rate", "20"];
const flatOut = ["--subs", "1000", "--channels", "1", "--warmup", "20", "--events", "1000", "--rate", "0", "--window", "16"];
const still = ["--subs", "5000", "--channels", "5000", "--events", "0", "--settle", "3", "--publish", "none"];
const resume = ["--subs", "1000", "--channels", "1", "--warmup", "5", "--events", "500", "--rate", "0", "--window", "16", "--resume", "1"];

/** @type {Scenario[]} */
export const scenarios = [
  {
    name: "1 channel, 1000 event streams, 20 events/s",
    options: steady,
    quick: ["--events", "60"],
    also: ["body-limit, hyper", "naive axum", "nchan"],
    seconds: 60,
    nothingLost: true,
    judgements: [
      { target: "T1", what: "`tidewire::serve`, event streams", subject: "tidewire", reference: "raw-limit", bound: 1.15, ...cpu },
      { target: "T2", what: "`tidewire::serve`, ordinary body", subject: "tidewire, ordinary body", reference: "raw-limit", bound: 1.4, ...cpu },
      { target: "T2", what: "`axum::serve`, event streams", subject: "tidewire, axum::serve", reference: "raw-limit", bound: 1.4, ...cpu },
      // No target of `performance.md`: what of the above is ours, and what is that of every response body.
      { target: "T2", what: "the same beside a body with nothing in it", subject: "tidewire, axum::serve", reference: "body-limit, axum", bound: 1.2, ...cpu },
    ],
  },
  {
    name: "1 channel, 1000 WebSockets, 20 events/s",
    options: steady,
    quick: ["--events", "60"],
    seconds: 60,
    nothingLost: true,
    judgements: [{ target: "T1", what: "`tidewire::serve`, WebSockets", subject: "tidewire ws", reference: "raw-limit ws", bound: 1.15, ...cpu }],
  },
  {
    name: "1 channel, 1000 event streams, flat out, 16 in flight",
    options: flatOut,
    quick: ["--events", "300"],
    also: ["naive axum", "nchan"],
    seconds: 90,
    nothingLost: true,
    judgements: [{ target: "T3", what: "flat out, event streams", subject: "tidewire", reference: "raw-limit coalescing", bound: 1.5, ...cpu }],
  },
  {
    name: "1 channel, 1000 WebSockets, flat out, 16 in flight",
    options: flatOut,
    quick: ["--events", "300"],
    seconds: 90,
    nothingLost: true,
    judgements: [{ target: "T3", what: "flat out, WebSockets", subject: "tidewire ws", reference: "raw-limit ws coalescing", bound: 1.5, ...cpu }],
  },
  {
    name: "5000 idle subscribers on 5000 channels",
    options: still,
    quick: ["--settle", "1"],
    also: ["raw-limit", "body-limit, axum", "body-limit, hyper", "naive axum", "nchan"],
    seconds: 60,
    judgements: [
      { target: "T4", what: "memory, `tidewire::serve`, event streams", subject: "tidewire", bound: 4096, ...memory },
      { target: "T4", what: "memory, `tidewire::serve`, WebSockets", subject: "tidewire ws", bound: 4096, ...memory },
      { target: "T4", what: "memory, `tidewire::serve`, ordinary body", subject: "tidewire, ordinary body", bound: 12_288, ...memory },
      { target: "T4", what: "memory, `axum::serve`, event streams", subject: "tidewire, axum::serve", bound: 12_288, ...memory },
    ],
  },
  {
    name: "2000 channels with one event stream each, 2000 events/s through Redis, subscriber node",
    redis: true,
    options: ["--subs", "2000", "--channels", "2000", "--shuffle", "1", "--warmup", "2000", "--warm-rate", "2000", "--events", "20000", "--rate", "2000", "--window", "64"],
    quick: ["--events", "6000"],
    also: ["nchan, Redis"],
    seconds: 90,
    nothingLost: true,
    judgements: [
      { target: "T5", what: "CPU of the subscriber node", subject: "tidewire, Redis, subscriber node", reference: "naive axum, Redis", bound: 1, ...cpu },
      { target: "T5", what: "the same, to aim at", subject: "tidewire, Redis, subscriber node", bound: 50, ...cpu },
      { target: "T5", what: "p99", subject: "tidewire, Redis, subscriber node", reference: "nchan, Redis", bound: 1, unit: "ms", digits: 1, value: number("p99_ms") },
      { target: "T5", what: "Redis connections of both nodes and the load", subject: "tidewire, Redis, subscriber node", bound: 6, unit: "connections", digits: 0, value: number("redis_conns") },
    ],
  },
  {
    name: "1000 event streams resume 500 events behind on one channel",
    options: resume,
    quick: [],
    also: ["nchan"],
    seconds: 90,
    nothingLost: true,
    judgements: [{ target: "T7", what: "resume storm, memory", subject: "tidewire", reference: "bulk-limit", bound: 2, unit: "ms CPU", digits: 0, value: number("server_cpu_ms") }],
  },
  {
    name: "the same through Redis",
    redis: true,
    options: resume,
    quick: [],
    also: ["nchan, Redis"],
    seconds: 90,
    nothingLost: true,
    judgements: [
      { target: "T7", what: "resume storm, Redis", subject: "tidewire, Redis", reference: "bulk-limit", bound: 2, unit: "ms CPU", digits: 0, value: number("server_cpu_ms") },
      { target: "T7", what: "reads of the store by 1000 clients", subject: "tidewire, Redis", bound: 50, unit: "reads", digits: 0, value: number("redis_reads") },
    ],
  },
  {
    // Longer than a heartbeat and an audit are apart.
    name: "5000 idle subscribers on 5000 channels, 20 s",
    options: [...still, "--idle", "20"],
    quick: [],
    also: ["tidewire"],
    seconds: 120,
    judgements: [
      { target: "T8", what: "idle, event streams, without heartbeats", subject: "tidewire, no heartbeat", bound: 0.05, ...idle },
      { target: "T8", what: "idle, WebSockets, without heartbeats", subject: "tidewire ws, no heartbeat", bound: 0.05, ...idle },
    ],
  },
];

/** Every target that the command knows; T6 is a program of its own. */
export const targets = ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"];
