/**
 * What generated packages say of payloads: `node verdicts.mjs JOBS ANSWERS`.
 *
 * JOBS lists payloads, each for an event of a package, with what the Rust validator made of it. The answer is the verdict of the generated
 * validator, and what is wrong with that answer itself: an exception, another value than Rust's, an argument that was changed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [jobs, answers] = /** @type {[string, string]} */ (process.argv.slice(2));

/** Whether `value` holds all of `expected`, number by number as doubles. A reader may keep fields that a contract does not list. */
function covers(/** @type {any} */ value, /** @type {any} */ expected) {
  if (typeof expected !== "object" || expected === null) return value === expected;
  if (typeof value !== "object" || value === null || Array.isArray(value) !== Array.isArray(expected)) return false;
  if (Array.isArray(expected)) return value.length === expected.length && expected.every((each, at) => covers(value[at], each));
  return Object.keys(expected).every((key) => Object.hasOwn(value, key) && covers(value[key], expected[key]));
}

/** The client stops at this many issues: a longer list cannot be compared. */
const MAX_ISSUES = 50;

/** @param {{ path: (string | number)[], code: string }[]} issues */
const summary = (issues) => issues.map(({ path, code }) => JSON.stringify([path, code])).sort();

/**
 * @param {{ issues(data: unknown): any[], "~standard": { validate(data: unknown): any } }} validator
 * @param {{ payload: string, value: string | null, issues: { path: (string | number)[], code: string }[] }} each
 */
function judge(validator, { payload, value, issues }) {
  const data = JSON.parse(payload);
  const found = validator.issues(data);
  const standard = validator["~standard"].validate(data);
  const valid = found.length === 0;
  const faults = [];
  if (valid !== (standard.issues === undefined)) faults.push(`issues() says ${valid}, validate() does not`);
  if (JSON.stringify(data) !== JSON.stringify(JSON.parse(payload))) faults.push(`validation changed its argument to ${JSON.stringify(data)}`);
  if (valid && value !== null && !covers(standard.value, JSON.parse(value))) faults.push(`the value is ${JSON.stringify(standard.value)} instead of ${value}`);
  const [ours, theirs] = [summary(found), summary(issues)];
  const differing = !valid && value === null && issues.length < MAX_ISSUES && ours.join() !== theirs.join() ? `${ours.join(" ")} instead of ${theirs.join(" ")}` : undefined;
  return { valid, fault: faults.join("; ") || undefined, differing };
}

const folder = dirname(jobs);
/** @type {Map<string, any>} */
const validators = new Map();

async function validatorOf(/** @type {{ package: number, event: string }} */ job) {
  const key = `${job.package} ${job.event}`;
  if (!validators.has(key)) {
    const { contract, validator } = await import(pathToFileURL(join(folder, `p${job.package}`, "index.js")).href);
    validators.set(key, validator(contract, "default", job.event));
  }
  return validators.get(key);
}

const results = [];
for (const job of JSON.parse(readFileSync(jobs, "utf8"))) {
  try {
    results.push(judge(await validatorOf(job), job));
  } catch (error) {
    results.push({ valid: false, fault: `threw ${error}` });
  }
}
writeFileSync(answers, JSON.stringify(results));
