import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { definitions, generate, root, temporaryFolder } from "./support.mjs";

const attw = fileURLToPath(new URL("node_modules/@arethetypeswrong/cli/dist/index.js", import.meta.url));

/** Packages that somebody might publish: one of a real service, one from a file, one with every awkward name. */
const contracts = {
  chat: ["--rust", join(root, "examples/chat/src/events.rs")],
  "acme-live": definitions.file,
  awkward: ["--schema", fileURLToPath(new URL("awkward.yaml", import.meta.url))],
};

describe("a package can be published as it is", { concurrency: true }, () => {
  for (const [name, definition] of Object.entries(contracts)) {
    const folder = join(temporaryFolder(), name);
    generate([...definition, "--out", folder]);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

    test(`publint has nothing to say about ${name}`, async () => {
      const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
      assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
    });

    test(`the types of ${name} are right, however they are found`, async () => {
      const options = ["--pack", folder, "--profile", "esm-only", "--format", "json", "--no-definitely-typed"];
      const child = spawn(process.execPath, [attw, ...options], { stdio: ["ignore", "pipe", "pipe"] });
      const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
      const { analysis } = JSON.parse(stdout);
      // Every entry has been looked at, and `import` finds each of them with types.
      assert.deepEqual(Object.keys(analysis.entrypoints).sort(), Object.keys(manifest.exports).sort(), stderr);
      assert.equal(status, 0, stdout);
    });

    test(`${name} depends on nothing`, () => {
      assert.deepEqual(manifest.dependencies ?? {}, {});
      assert.deepEqual(Object.values(manifest.peerDependenciesMeta ?? {}), Object.keys(manifest.peerDependencies ?? {}).map(() => ({ optional: true })));
      assert.equal(manifest.sideEffects, false);
    });
  }
});
