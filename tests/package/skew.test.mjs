import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { generate, root, temporaryFolder } from "./support.mjs";

/** The service of `tests/skew`, which knows an older and a newer contract. */
const SERVER = process.env.SKEW_BIN ?? join(root, "target/debug/examples/skew");

const folder = temporaryFolder();

before(() => {
  for (const version of ["older", "newer"]) generate(["--rust", join(root, `tests/skew/${version}.rs`), "--out", join(folder, version)]);
});

/**
 * Waits until something holds.
 *
 * @param {() => boolean} condition
 * @param {string} what
 */
async function until(condition, what) {
  for (const deadline = Date.now() + 10_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    assert.ok(Date.now() < deadline, `it did not come to pass: ${what}`);
  }
}

/** A server with one of the contracts, for the tests around it. */
function server(/** @type {"older" | "newer"} */ version) {
  const state = { origin: "", log: "" };
  /** @type {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, import("node:stream").Readable>} */
  let child;
  before(async () => {
    child = spawn(SERVER, [version], { stdio: ["ignore", "pipe", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (text) => (state.log += text));
    const [line] = await once(createInterface(child.stdout), "line");
    state.origin = line.replace("listening on ", "");
  });
  after(() => child.kill("SIGKILL"));
  return {
    state,
    /** @param {string} path */
    async post(path) {
      const answer = await fetch(state.origin + path, { method: "POST", signal: AbortSignal.timeout(10_000) });
      assert.equal(answer.status, 200, path);
      return answer.text();
    },
  };
}

/**
 * A client of one contract, and all that it says and hands on.
 *
 * @param {string} version
 * @param {string} origin
 * @param {Record<string, unknown>} [options]
 */
async function connect(version, origin, options) {
  const { createClient } = await import(pathToFileURL(join(folder, version, "index.js")).href);
  /** @type {string[]} */
  const requests = [];
  /** @type {(() => void)[]} */
  const cuts = [];
  // The connection can be cut here, as a network does it: in the middle, without a word.
  const cuttable = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    requests.push(String(url));
    const answer = await fetch(url, init);
    if (answer.body === null) return answer;
    const reader = answer.body.getReader();
    const body = new ReadableStream({
      start: (controller) => void cuts.push(() => controller.error(new TypeError("cut"))),
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, answer);
  };
  const client = createClient({ url: `${origin}/realtime`, fetch: cuttable, ...options });
  after(() => client.close());
  return { client, requests, cut: () => cuts.at(-1)?.() };
}

/** Subscribes to the room, and collects what is handed on. */
function listen(/** @type {any} */ client) {
  /** @type {unknown[]} */
  const seen = [];
  let cursors = 0;
  const room = client.channel("room/{id}", { id: "1" });
  room.onSubscribed(() => (cursors += 1));
  room.onAny((/** @type {{ event: string, data?: unknown }} */ { event, data }) => seen.push([event, data]));
  return { seen, live: (/** @type {number} */ times) => until(() => cursors >= times, `subscription ${times}`) };
}

describe("a client of the older contract and a newer server", () => {
  const { state, post } = server("newer");

  test("what it knows arrives, what it does not know is counted, and neither stops it", async (context) => {
    const warnings = context.mock.method(console, "warn", () => {});
    const { client, requests, cut } = await connect("older", state.origin);
    const { seen, live } = listen(client);
    await live(1);
    await post("/say/first");
    await post("/move");
    await post("/say/longer%20than%20ten");
    await post("/say/second");
    await until(() => seen.length === 2, "two events that it knows");
    // The field that came with the newer contract is left alone or left out, but never in the way.
    assert.deepEqual(seen.map((/** @type {any} */ [event, data]) => [event, data.text]), [["said", "first"], ["said", "second"]]);
    assert.deepEqual([client.counters.unknown, client.counters.invalid], [1, 1]);
    const texts = warnings.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.equal(texts.filter((text) => text.includes("generated from another contract")).length, 1, texts.join("\n"));

    // The cursor stands behind an unknown event, too: after a cut nothing comes twice.
    const cursor = await post("/move");
    await until(() => client.counters.unknown === 2, "the unknown event");
    cut();
    await live(2);
    assert.ok(requests.at(-1)?.includes(cursor), `${requests.at(-1)} does not resume behind ${cursor}`);
    await post("/say/third");
    await until(() => seen.length === 3, "the event after the cut");
    assert.deepEqual([client.counters.unknown, client.counters.duplicate, client.status.get().status], [2, 0, "connected"]);
    assert.match(state.log, /a client was generated from another contract/);
  });

  test("history leaves out what it does not know, and moves on as well", async () => {
    const { client } = await connect("older", state.origin, { onSkew: () => {} });
    const { events, cursor } = await client.channel("room/{id}", { id: "1" }).history();
    assert.deepEqual(events.map((/** @type {any} */ { data }) => data.text), ["first", "second", "third"]);
    assert.equal(typeof cursor, "string");
  });

  test("it can refuse to go on", async () => {
    /** @type {unknown[]} */
    const skews = [];
    /** @type {any} */
    const { client } = await connect("older", state.origin, {
      onSkew: (/** @type {unknown} */ skew) => {
        skews.push(skew);
        client.close();
      },
    });
    const { seen } = listen(client);
    await until(() => client.status.get().status === "closed", "the end of the connection");
    await post("/say/fourth");
    assert.equal(skews.length, 1);
    assert.match(JSON.stringify(skews[0]), /^\{"client":"[0-9a-f]{32}","server":"[0-9a-f]{32}"\}$/);
    assert.deepEqual(seen, []);
  });
});

describe("a client of the newer contract and an older server", () => {
  const { state, post } = server("older");

  test("it goes without what is not there yet", async () => {
    /** @type {unknown[]} */
    const skews = [];
    const { client } = await connect("newer", state.origin, { onSkew: (/** @type {unknown} */ skew) => skews.push(skew) });
    const { seen, live } = listen(client);
    await live(1);
    await post("/say/first");
    await post("/clear");
    await post("/say/second");
    await until(() => seen.length === 2, "two events that it knows");
    assert.deepEqual(seen, [["said", { text: "first" }], ["said", { text: "second" }]]);
    assert.deepEqual([client.counters.unknown, client.counters.invalid, skews.length], [1, 0, 1]);
    assert.match(state.log, /a client was generated from another contract/);
  });

  test("a channel that the server does not know is denied with a reason, and the others go on", async () => {
    const { client } = await connect("newer", state.origin, { onSkew: () => {} });
    /** @type {string[]} */
    const denied = [];
    client.onDenied((/** @type {{ channel: string, error: { reason: string } }} */ { channel, error }) => denied.push(`${channel}: ${error.reason}`));
    client.channel("hall/{id}", { id: "1" }).onAny(() => assert.fail("nobody publishes there"));
    const { seen, live } = listen(client);
    await live(1);
    await until(() => denied.length > 0, `a refusal: ${JSON.stringify(client.status.get())}`);
    assert.deepEqual(denied, ["hall/1: unknown_channel"]);
    await post("/say/there");
    await until(() => seen.length === 1, "an event of the other channel");
    assert.equal(client.status.get().status, "connected");
  });
});
