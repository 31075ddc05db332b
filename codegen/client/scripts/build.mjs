// Builds `dist` from `src`. The compiler writes elsewhere first: a failed build leaves `dist` as it was, and files that did not change keep
// their times, so that the generator, which embeds them, is not compiled again for nothing.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const fresh = mkdtempSync(join(tmpdir(), "tidewire-client-"));
try {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", fresh, "--noEmitOnError"], { cwd: root, stdio: "inherit" });
  if (status === 0) replace();
  else process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true });
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

function replace() {
  mkdirSync(dist, { recursive: true });
  const names = filesOf(fresh);
  const orphans = filesOf(dist).filter((name) => !names.includes(name));
  for (const name of orphans) rmSync(join(dist, name));
  const changed = names.filter((name) => !existsSync(join(dist, name)) || readFileSync(join(dist, name), "utf8") !== readFileSync(join(fresh, name), "utf8"));
  for (const name of changed) {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    writeFileSync(join(dist, name), readFileSync(join(fresh, name)));
  }
  console.log(`dist: ${names.length} files, ${changed.length} changed, ${orphans.length} removed`);
}
