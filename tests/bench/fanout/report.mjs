/** The table: medians, ratios of each round, and how they were come by. */

import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

/** @typedef {import("./targets.mjs").Run} Run @typedef {import("./targets.mjs").Judgement} Judgement */

export const median = (/** @type {number[]} */ of) => {
  const sorted = of.slice().sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const shown = (/** @type {number} */ value, /** @type {number} */ digits) => (Number.isFinite(value) ? value.toFixed(digits) : "–");
const range = (/** @type {number[]} */ of, /** @type {number} */ digits) => (of.length > 1 ? ` (${shown(Math.min(...of), digits)}–${shown(Math.max(...of), digits)})` : "");

/** What a contestant did, in the rounds in which it did not fail. */
const runsOf = (/** @type {string} */ name, /** @type {Map<string, Run>[]} */ rounds) => rounds.map((round) => round.get(name)).filter((run) => run !== undefined);

/**
 * A row of the table. `rounds` holds what each contestant did in each round; a round in which one of the two failed says nothing.
 * @param {Judgement} judgement
 * @param {Map<string, Run>[]} rounds
 */
export function judge(judgement, rounds) {
  const { target, what, subject, reference, bound, unit, digits, value } = judgement;
  const ours = runsOf(subject, rounds).map(value);
  const cell = `${shown(median(ours), digits)} ${unit}`;
  if (reference === undefined) {
    const figure = median(ours);
    const verdict = !Number.isFinite(figure) ? "no figure" : figure <= bound ? "met" : "MISSED";
    return { verdict, cells: [target, what, cell, "", shown(figure, digits) + range(ours, digits), `at most ${bound}`, verdict] };
  }
  const pairs = rounds.flatMap((round) => {
    const [mine, theirs] = [round.get(subject), round.get(reference)];
    return mine === undefined || theirs === undefined ? [] : [{ mine: value(mine), theirs: value(theirs) }];
  });
  const ratios = pairs.map(({ mine, theirs }) => mine / theirs);
  const ratio = median(ratios);
  const verdict = !Number.isFinite(ratio) ? "no figure" : ratio <= bound ? "met" : "MISSED";
  const base = `${reference}: ${shown(median(pairs.map(({ theirs }) => theirs)), digits)}`;
  return { verdict, cells: [target, what, cell, base, `${shown(ratio, 2)} ×${range(ratios, 2)}`, `at most ${bound} ×`, verdict] };
}

export function table(/** @type {readonly string[]} */ head, /** @type {readonly (readonly string[])[]} */ rows) {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What else there was: the medians of everybody who took part. */
export function everybody(/** @type {Map<string, Run>[]} */ rounds) {
  const names = new Set(rounds.flatMap((round) => [...round.keys()]));
  const columns = ["cpu_us_per_delivery", "p50_ms", "p99_ms", "deliveries_per_s", "rss_per_sub_b", "sock_kernel_kb", "idle_cpu_pct", "bytes_per_delivery", "lost", "dups", "loadgen_cpu_pct", "other_cpu_pct"];
  const rows = [...names].map((name) => {
    const runs = runsOf(name, rounds);
    return [name, String(runs.length), ...columns.map((column) => shown(median(runs.map((run) => Number(run[column] ?? NaN))), /_us_|_ms|pct/.test(column) ? 2 : 0))];
  });
  return table(["who", "runs", ...columns], rows);
}

export function machine() {
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const governor = first("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  return `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, ${memory} GB, Linux ${release()}${governor === "" ? "" : `, governor ${governor}`}`;
}

export const load = () => loadavg()[0]?.toFixed(1) ?? "?";

function first(/** @type {string} */ path) {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
