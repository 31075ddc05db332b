/** Where everything is: builds what has to be built, outside the repository. */

import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { finish } from "./processes.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function fail(/** @type {string} */ problem) {
  process.stderr.write(`tests/bench/fanout: ${problem}\n`);
  process.exit(2);
}

async function build(/** @type {string} */ folder, /** @type {string} */ target) {
  process.stderr.write(`building ${folder}\n`);
  const built = await finish("cargo", ["build", "--release", "--locked", "--bins"], { seconds: 1800, cwd: folder, env: { CARGO_TARGET_DIR: target }, show: true });
  if (built.status !== 0) fail(`cargo build of ${folder} failed`);
  return join(target, "release");
}

/**
 * @param {{ cores: string, server: string | undefined }} options
 * @returns {Promise<import("./contestants.mjs").Place>}
 */
export async function prepare({ cores, server: given }) {
  const fanbench = resolve(process.env.FANBENCH ?? join(root, "..", "shared", "bench", "fanbench"));
  if (!existsSync(join(fanbench, "Cargo.toml"))) fail(`there is no fanbench in ${fanbench}; set FANBENCH to its folder`);
  const work = process.env.WORK === undefined ? mkdtempSync(join(tmpdir(), "tidewire-fanout-")) : resolve(process.env.WORK);
  if (process.env.WORK === undefined) process.on("exit", () => rmSync(work, { recursive: true, force: true }));
  if (`${work}/`.startsWith(root)) fail(`WORK is ${work}, which is inside the repository`);
  mkdirSync(join(work, "run"), { recursive: true });
  const references = await build(fanbench, join(work, "target"));
  const ours = await build(join(root, "tests/bench/fanout/server"), join(work, "target-server"));
  const server = resolve(given ?? join(ours, "bench-server"));
  if (!existsSync(server)) fail(`there is no ${server}`);
  const [serverCore = 0, loadCore = 1] = cores.split(",").map(Number);
  return { work, fanbench, references, server, ours, cores: { server: serverCore, load: loadCore } };
}
