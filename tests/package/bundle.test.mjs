import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { live } from "./compilers.mjs";
import { definitions, generate, temporaryFolder } from "./support.mjs";

const folder = temporaryFolder();

before(() => {
  generate([...definitions.file, "--out", join(folder, "node_modules/acme-live")]);
  generate([...definitions.file, "--out", join(folder, "node_modules/acme-sources"), "--emit", "ts"]);
  generate([...live.definition, "--out", join(folder, "node_modules/live-board")]);
});

/**
 * Bundles a consumer as its page would. How many bytes come from which file of the package, and how many there are.
 *
 * @param {string} name
 * @param {string} text
 * @param {string[]} [external] - What the page has already.
 */
async function bundled(name, text, external = /** @type {string[]} */ ([])) {
  const entry = join(folder, name);
  writeFileSync(entry, text);
  const { metafile, outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", write: false, metafile: true, logLevel: "silent", external: external.flatMap((peer) => [peer, `${peer}/*`]) });
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).map(([path, { bytesInOutput }]) => [path.split(/(?:acme-live|live-board)\//).at(-1) ?? path, bytesInOutput]);
  return { parts: new Map(/** @type {[string, number][]} */ (inputs)), bytes: output?.bytes ?? 0, text: outputFiles[0]?.text ?? "" };
}

/** What makes a connection. */
const CLIENT = ["client", "connection", "roster", "subscriptions", "publisher", "intake", "catch-up", "http", "history", "sse", "sse-transport", "sse-sender", "websocket-transport", "auto-transport", "backoff", "status"].map((name) => `runtime/${name}.js`);

/** Each entry for a framework, the package that it needs, and something that it gives. */
const FRAMEWORKS = /** @type {const} */ ([["react", "react", "useChannel"], ["solid", "solid-js", "useChannel"], ["svelte", "svelte", "createChannel"], ["vue", "vue", "useChannel"]]);

describe("a bundle holds what is imported", () => {
  test("types alone are nothing at all", async () => {
    const { text } = await bundled("types.ts", `import type { Card, Client } from "acme-live"; export type Mine = [Card, Client];`);
    assert.equal(text, "");
  });

  test("a constant brings neither client nor contract", async () => {
    const { parts, bytes } = await bundled("constant.ts", `import { CardStatus, codes } from "acme-live"; console.log(CardStatus.done, codes.denied);`);
    for (const [path, size] of parts) assert.ok(["constant.ts", "enums.js", "runtime/codes.js"].some((known) => path.endsWith(known)) || size === 0, `${path}: ${size}`);
    assert.ok(bytes < 1500, `${bytes}`);
  });

  test("addresses bring no client", async () => {
    const { parts } = await bundled("address.ts", `import { address } from "acme-live"; console.log(address("chat/{roomId}", { roomId: "42" }).name);`);
    assert.ok((parts.get("runtime/address.js") ?? 0) > 0);
    for (const path of CLIENT) assert.equal(parts.get(path) ?? 0, 0, path);
  });

  test("validators bring no client", async () => {
    const { parts } = await bundled("validators.ts", `import { contract, validator } from "acme-live/validators"; console.log(validator(contract, "default", "notification.alert").issues({}));`);
    assert.ok((parts.get("contract.js") ?? 0) > 0);
    for (const path of CLIENT) assert.equal(parts.get(path) ?? 0, 0, path);
  });

  test("sources are bundled to as much as modules", async () => {
    const text = `import { createClient } from "acme-live"; createClient({ url: "/realtime" }).on("notification.alert", console.log);`;
    const [modules, sources] = [await bundled("modules.ts", text), await bundled("sources.ts", text.replace("acme-live", "acme-sources"))];
    assert.ok(modules.bytes > 10_000 && Math.abs(modules.bytes - sources.bytes) < modules.bytes / 100, `${modules.bytes} and ${sources.bytes}`);
  });

  test("a client brings neither what tabs share nor what tests use", async () => {
    const { parts } = await bundled("alone.ts", `import { createClient } from "acme-live"; createClient({ url: "/realtime" }).on("notification.alert", console.log);`);
    for (const [path, size] of parts) assert.ok(!/runtime\/(tabs|testing)/.test(path) || size === 0, `${path}: ${size}`);
    const { parts: shared, text } = await bundled("sharing.ts", `import { createClient, sharedTabs } from "acme-live"; createClient({ url: "/realtime", tabs: sharedTabs() }).on("notification.alert", console.log);`);
    assert.ok((shared.get("runtime/tabs/hub.js") ?? 0) > 0);
    assert.ok(gzipSync(text, { level: 9 }).length < 27_500, `a client that shares takes ${gzipSync(text, { level: 9 }).length} bytes, compressed`);
  });

  for (const [framework, peer, uses] of FRAMEWORKS) {
    test(`the entry ${framework} is small, and brings no other framework`, async () => {
      const { parts, text } = await bundled(`${framework}.ts`, `import { ${uses} } from "acme-live/${framework}"; console.log(${uses});`, [peer]);
      const own = [...parts].filter(([path]) => /runtime\/(react|solid|svelte|vue|bindings|follow)\.js$/.test(path) && !path.includes(`${framework}.js`));
      for (const [path, size] of own) assert.ok(size === 0 || /(bindings|follow)\.js$/.test(path), `${path}: ${size}`);
      const bytes = [...parts].filter(([path]) => new RegExp(`runtime/(${framework}|bindings|follow)\\.js$`).test(path)).reduce((sum, [, size]) => sum + size, 0);
      assert.ok(bytes > 500 && bytes < 6000, `${bytes}`);
      assert.ok(text.includes(`"${peer}"`));
    });
  }

  test("live queries come where the contract has some, and nowhere else", async () => {
    const { parts: plain } = await bundled("plain.tsx", `import { createClient } from "acme-live"; import * as all from "acme-live/react"; console.log(createClient({ url: "/realtime" }), all);`, ["react"]);
    for (const [path, size] of plain) assert.ok(!/runtime\/live/.test(path) || size === 0, `${path}: ${size}`);
    const { parts, text } = await bundled("live.tsx", `import { createClient } from "live-board"; import { useLive } from "live-board/react"; console.log(createClient({ url: "/realtime" }), useLive);`, ["react"]);
    const sizes = [...parts].filter(([path]) => /runtime\/live/.test(path));
    for (const [path, size] of sizes) assert.ok(!/live\/(follow|solid|svelte|vue)\.js$/.test(path) || size === 0, `${path}: ${size}`);
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    assert.ok(bytes > 2000 && bytes < 11_500, `${bytes}`);
    assert.ok(gzipSync(text, { level: 9 }).length < 25_500, `a client with live queries and React's hooks takes ${gzipSync(text, { level: 9 }).length} bytes, compressed`);
  });

  test("a client without a framework brings no React", async () => {
    const { parts, text } = await bundled("client.ts", `import { createClient } from "acme-live"; createClient({ url: "/realtime" }).on("notification.alert", console.log);`);
    for (const path of CLIENT) assert.ok((parts.get(path) ?? 0) > 0, path);
    for (const name of ["react", "solid", "svelte", "vue", "bindings", "follow"]) assert.equal(parts.get(`runtime/${name}.js`) ?? 0, 0, name);
    assert.ok(!text.includes("useSyncExternalStore"));
    assert.ok(gzipSync(text, { level: 9 }).length < 21_500, `a client takes ${gzipSync(text, { level: 9 }).length} bytes, compressed`);
  });
});
