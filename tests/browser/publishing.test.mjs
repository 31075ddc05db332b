import assert from "node:assert/strict";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { sceneOverBoth } from "./support/stage.mjs";

/**
 * What a page's own client has seen.
 *
 * @typedef {{ seen: string[], self: boolean[], room: any, client: any, dropped: string[] }} Own
 */

/**
 * A page with a client of the generated package and nothing else, that listens to one room.
 *
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string} origin
 * @param {boolean} listens
 */
async function own(stage, origin, listens = true) {
  const page = await stage.newPage();
  await stage.chat.signIn(page.context(), "ann");
  // The server's own page without what it does: one made up here would be from elsewhere, and Chromium lets such a page open no WebSocket to this machine.
  await page.route("**/assets/app.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  await page.goto(origin);
  await page.unrouteAll();
  await page.evaluate(
    async ({ transport, subscribes }) => {
      const window = /** @type {any} */ (globalThis);
      const { createClient } = await import(/** @type {any} */ ("/assets/realtime/index.js"));
      /** @type {Own} */
      const mine = { seen: [], self: [], dropped: [], client: undefined, room: undefined };
      mine.client = createClient({ url: "/realtime", transport, onPublishDropped: (/** @type {any} */ { error }) => mine.dropped.push(error.reason) });
      mine.room = mine.client.channel("chat/{room}", { room: "bar" });
      if (subscribes) mine.room.on("message.sent", (/** @type {any} */ { text }, /** @type {any} */ { self }) => (mine.seen.push(text), mine.self.push(self)));
      window.mine = mine;
    },
    { transport: stage.transport, subscribes: listens },
  );
  const get = (/** @type {"seen" | "self" | "dropped"} */ what) => page.evaluate((name) => /** @type {any} */ (globalThis).mine[name], what);
  const status = () => page.evaluate(() => /** @type {any} */ (globalThis).mine.client.status.get().status);
  /**
   * Publishes one event after the other in one moment, and waits for all.
   *
   * @param {readonly string[]} texts
   * @param {object} [options]
   */
  const say = (texts, options = {}) =>
    page.evaluate(
      async ({ all, how }) => {
        const { room } = /** @type {any} */ (globalThis).mine;
        const results = await Promise.allSettled(all.map((/** @type {string} */ text) => room.publish("message.sent", { text }, how)));
        return results.map((result) => (result.status === "fulfilled" ? result.value.stored : result.reason.reason));
      },
      { all: texts, how: options },
    );
  if (listens) await eventually(async () => assert.equal(await status(), "connected"));
  return { page, get, status, say };
}

/** @param {number} count */
const many = (count) => Array.from({ length: count }, (_, at) => `text ${at + 1}`);

sceneOverBoth("what a page publishes comes to others, and to itself unless it does not want that", async (stage) => {
  const ann = await own(stage, stage.chat.origin);
  const bob = await own(stage, stage.chat.origin);
  assert.deepEqual(await ann.say(["one"]), [true]);
  assert.deepEqual(await ann.say(["two"], { excludeSelf: true }), [true]);
  assert.deepEqual(await bob.say(["three"]), [true]);
  await eventually(async () => assert.deepEqual(await bob.get("seen"), ["one", "two", "three"]));
  await eventually(async () => assert.deepEqual(await ann.get("seen"), ["one", "three"]));
  assert.deepEqual(await ann.get("self"), [true, false]);
  assert.deepEqual(await bob.get("self"), [false, false, true]);
});

sceneOverBoth("a page that publishes more than it may at once stays within the limit, and in order", async (stage) => {
  const ann = await own(stage, stage.chat.origin, false);
  const bob = await own(stage, stage.chat.origin);
  assert.deepEqual(await ann.say(many(80)), many(80).map(() => true));
  await eventually(async () => assert.deepEqual(await bob.get("seen"), many(80)));
});

sceneOverBoth("what a page publishes without a connection leaves in order when it is there, and what is too much is told", async (stage) => {
  const proxy = await stage.proxy();
  const ann = await own(stage, proxy.origin);
  const bob = await own(stage, stage.chat.origin);
  proxy.goDown();
  await eventually(async () => assert.equal(await ann.status(), "reconnecting"));
  const published = ann.say(many(101));
  await eventually(async () => assert.equal(await ann.status(), "reconnecting"));
  proxy.comeBack();
  assert.deepEqual(await published, [...many(100).map(() => true), "buffer_full"]);
  await eventually(async () => assert.deepEqual(await bob.get("seen"), many(100)), RECOVERY);
  // Whoever waits for the outcome is not told by the hook as well.
  assert.deepEqual(await ann.get("dropped"), []);
}, { serverMayBeAway: true });

sceneOverBoth("what the server refuses is told", async (stage) => {
  const ann = await own(stage, stage.chat.origin);
  const outcome = await ann.page.evaluate(async () => {
    const { room } = /** @type {any} */ (globalThis).mine;
    try {
      room.publish("message.sent", { text: "" });
    } catch (error) {
      return /** @type {any} */ (error).name;
    }
    return "nothing was thrown";
  });
  assert.equal(outcome, "PayloadError");
  await ann.page.evaluate(() => {
    const { room, client } = /** @type {any} */ (globalThis).mine;
    client.close();
    void room.publish("message.sent", { text: "hi" });
  });
  await eventually(async () => assert.deepEqual(await ann.get("dropped"), ["client_closed"]));
});
