/** Packages written by the built generator, in folders of their own. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const GENERATOR = process.env.CODEGEN_BIN ?? join(root, "target/debug/codegen");

/** The two ways in which the repository writes one contract. */
export const definitions = {
  file: ["--schema", join(root, "schema/tests/fixtures/acme-live.yaml")],
  module: ["--rust", join(root, "schema/tests/fixtures/acme_live.rs")],
};

/** A folder that is removed when the tests of the file are over. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-package-"));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * Runs the generator.
 *
 * @param {readonly string[]} options
 * @param {string} [directory] - Where it is started.
 */
export function generate(options, directory = root) {
  const { status, error, stdout, stderr } = spawnSync(GENERATOR, ["gen", ...options], { cwd: directory, encoding: "utf8" });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/**
 * The paths of all files below a folder, in order.
 *
 * @param {string} folder
 */
export function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name))).sort();
}

/**
 * The files of a folder with their bytes.
 *
 * @param {string} folder
 */
export function contentsOf(folder) {
  return new Map(filesOf(folder).map((path) => [path, readFileSync(join(folder, path)).toString("latin1")]));
}
