import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { definitions, generate, root, temporaryFolder } from "./support.mjs";

const folder = temporaryFolder();
const installed = join(folder, "node_modules/acme-live");

/**
 * A module of the package. Its types are another test's concern: what is asserted here is what it does.
 *
 * @param {string} path
 * @returns {Promise<Record<string, any>>}
 */
const load = (path) => import(pathToFileURL(join(installed, path)).href);

before(() => generate([...definitions.module, "--out", installed]));

test("its entries are found by the package's name, without a window", () => {
  for (const name of ["react", "solid-js", "svelte", "vue"]) symlinkSync(join(root, "codegen/client/node_modules", name), join(folder, "node_modules", name));
  writeFileSync(
    join(folder, "use.mjs"),
    `import { address, CardStatus, createClient } from "acme-live";
     import * as react from "acme-live/react";
     import * as solid from "acme-live/solid";
     import * as svelte from "acme-live/svelte";
     import * as vue from "acme-live/vue";
     import { createTestServer } from "acme-live/testing";
     import { contract as checked, validator } from "acme-live/validators";
     import { createRequire } from "node:module";
     const client = createClient({ url: "/realtime" });
     const names = [address("chat/{roomId}", { roomId: "42" }).name, client.channel("default").name, CardStatus.done];
     const contract = createRequire(import.meta.url)("acme-live/contract.json");
     const bindings = [react, solid, svelte, vue].map((entry) => Object.keys(entry).sort());
     const server = createTestServer();
     const tested = server.client();
     const texts = [];
     tested.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => texts.push(data.text));
     server.advance();
     server.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "ann", text: "hi" });
     tested.close();
     console.log(JSON.stringify([client.status.get().status, ...names, contract.name, texts, validator(checked, "default", "notification.alert").issues({}).length, bindings]));`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, "use.mjs")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const hooks = ["MissingProviderError", "RealtimeProvider", "useChannel", "useClient", "useEvent", "useMember", "usePresence", "useRealtime", "useStatus"];
  const composables = ["MissingProviderError", "provideRealtime", "realtimePlugin", "useChannel", "useClient", "useEvent", "useMember", "usePresence", "useRealtime", "useStatus"];
  const creators = ["MissingProviderError", "createChannel", "createMember", "createPresence", "createRealtime", "createStatus", "getRealtimeContext", "onEvent", "provideRealtime"];
  assert.deepEqual(JSON.parse(stdout), ["connecting", "chat/42", "default", "done", "acme-live", ["hi"], 1, [hooks, hooks, creators, composables]]);
});

test("its validators tell good payloads from bad ones", async () => {
  const { contract, validator } = await load("index.js");
  const id = "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10";
  for (const [pattern, event, good, bad] of /** @type {[string, string, unknown[], unknown[]][]} */ ([
    ["chat/{roomId}", "message.sent", [{ author: "ann", text: "hi" }, { author: "ann", text: "👋".repeat(2000) }], [{}, null, { author: "ann" }, { author: "", text: "hi" }, { author: "ann", text: "x".repeat(2001) }, { author: "ann", text: 7 }]],
    ["board/{boardId}", "card.focused", [{ id, title: "t" }, { id, title: "t", dueAt: null, status: "open", price: "-9223372036854775808", labels: { a: "b" } }], [{ id: "7", title: "t" }, { id, title: "t", status: "closed" }, { id, title: "t", price: 7 }, { id, title: "t", price: "9223372036854775808" }, { id, title: "t", dueAt: "tomorrow" }, { id, title: "t", labels: { a: 1 } }]],
    ["board/{boardId}", "card.changed", [{ op: "clear" }, { op: "move", cardId: id, index: 0 }], [{ op: "rename" }, { op: "move", cardId: id, index: -1 }, { op: "move", cardId: id, index: 1.5 }, { op: "add" }, {}]],
    ["default", "notification.alert", [{ text: "" }], [{ text: null }, "text", ["text"]]],
  ])) {
    const { issues } = validator(contract, pattern, event);
    for (const payload of good) assert.deepEqual(issues(payload), [], JSON.stringify(payload));
    for (const payload of bad) assert.notDeepEqual(issues(payload), [], JSON.stringify(payload));
  }
});

test("its addresses refuse what the contract refuses", async () => {
  const { address, AddressError } = await load("index.js");
  for (const params of [{ roomId: "UPPER" }, { roomId: "" }, { roomId: "a".repeat(41) }, {}, { roomId: "42", room: "42" }]) {
    assert.throws(() => address("chat/{roomId}", params), AddressError, JSON.stringify(params));
  }
  assert.throws(() => address("board/{boardId}", { boardId: "7" }), AddressError);
});

test("its client hands on what the contract allows, and drops what it forbids", async (context) => {
  const { contract, createClient } = await load("index.js");
  const warnings = context.mock.method(console, "warn", () => {});
  /** @type {unknown[]} */
  const requested = [];
  const event = (/** @type {number} */ number, /** @type {unknown} */ data) => ({ type: "event", channel: "chat/42", event: "message.sent", id: `e.${number}.0-${number}`, number, time: 0, sender: null, data });
  const frames = [
    { type: "welcome", protocol: 1, connection: "c-1", contract: contract.hash, heartbeat: 15_000 },
    { type: "subscribed", channel: "chat/42", outcome: "fresh", cursor: "e.0.0-0" },
    event(1, { author: "ann", text: "good" }),
    event(2, { author: "ann" }),
    event(3, { author: "ann", text: "good as well" }),
  ];
  const fetch = async (/** @type {string} */ url) => {
    requested.push(url);
    const body = new ReadableStream({
      start(controller) {
        for (const frame of frames) controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const client = createClient({ url: "http://service.test/realtime", fetch });
  /** @type {Promise<string[]>} */
  const texts = new Promise((resolve) => {
    /** @type {string[]} */
    const seen = [];
    client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (/** @type {{ text: string }} */ { text }, /** @type {{ number: number }} */ { number }) => {
      seen.push(text);
      if (number === 3) resolve(seen);
    });
  });
  assert.deepEqual(await texts, ["good", "good as well"]);
  assert.equal(client.status.get().status, "connected");
  assert.equal(client.counters.invalid, 1);
  assert.equal(warnings.mock.callCount(), 1);
  assert.deepEqual(requested.map((url) => new URL(String(url)).pathname), ["/realtime/events"]);
  client.close();
  assert.equal(client.status.get().status, "closed");
});

test("a package whose contract has awkward names loads, and checks what they name", async () => {
  const out = join(folder, "awkward");
  generate(["--schema", fileURLToPath(new URL("awkward.yaml", import.meta.url)), "--out", out]);
  const { address, Choice, contract } = await import(pathToFileURL(join(out, "index.js")).href);
  const { validator } = await import(pathToFileURL(join(out, "index.js")).href);
  assert.equal(address("a/{class}/{function}", { class: "two", function: 1 }).name, "a/two/1");
  assert.deepEqual([Choice.constructor, Choice['quote"s'], Choice["ünïcödé 👋"]], ["constructor", 'quote"s', "ünïcödé 👋"]);
  const good = { Array: [], "a-b": "", constructor: true, "with space": "", 'quote"s': "", 1: "", default: "", delete: "" };
  const { issues } = validator(contract, "default", "made.constructor");
  assert.deepEqual(issues(good), []);
  const { constructor: _, ...incomplete } = good;
  // Every object has a `constructor`, but not as a member of its own.
  assert.equal(issues(incomplete).length, 1);
});
