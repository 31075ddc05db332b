import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contentsOf, definitions, generate, root, temporaryFolder } from "./support.mjs";

const folder = temporaryFolder();

/**
 * @param {string} name
 * @param {readonly string[]} options
 * @param {string} [directory]
 */
function generated(name, options, directory) {
  const out = join(folder, name);
  generate([...options, "--out", out], directory);
  return contentsOf(out);
}

test("a schema file and a Rust module with the same definitions give byte-identical packages", () => {
  const fromFile = generated("from-file", definitions.file);
  assert.ok(fromFile.size > 10);
  assert.deepEqual(generated("from-module", definitions.module), fromFile);
});

test("where the generator is started, and where its input lies, changes nothing", () => {
  const here = generated("here", definitions.file);
  const elsewhere = join(folder, "elsewhere", "deep");
  mkdirSync(elsewhere, { recursive: true });
  copyFileSync(definitions.file[1] ?? "", join(elsewhere, "other-name.yaml"));
  assert.deepEqual(generated("elsewhere/out", ["--schema", "other-name.yaml"], elsewhere), here);
  copyFileSync(definitions.module[1] ?? "", join(elsewhere, "mod.rs"));
  assert.deepEqual(generated("elsewhere/out-of-module", ["--rust", "./mod.rs"], elsewhere), here);
});

test("a package contains the client runtime as it is committed", () => {
  const package_ = generated("with-runtime", definitions.file);
  const runtime = new Map([...package_].flatMap(([path, bytes]) => (path.startsWith("runtime/") ? [[path.slice("runtime/".length), bytes]] : [])));
  assert.deepEqual(runtime, contentsOf(join(root, "codegen/client/dist")));
});
