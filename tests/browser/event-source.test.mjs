import assert from "node:assert/strict";
import { numbered } from "./support/burst.mjs";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

/**
 * What the page's `EventSource` has received.
 *
 * @typedef {{ id: string, frame: Record<string, any> }} Received
 * @typedef {typeof globalThis & { received: Received[] }} Listening
 */

/**
 * Opens a plain `EventSource` in a page that has nothing else, and waits until it is subscribed.
 *
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string} origin
 * @param {string} query
 */
async function listen(stage, origin, query) {
  const page = await stage.newPage();
  await stage.chat.signIn(page.context(), "ann");
  const blank = `${origin}/blank`;
  await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body: `<link rel="icon" href="data:,">` }));
  await page.goto(blank);
  // From here on nothing stands between the page and the server.
  await page.unrouteAll();
  await page.evaluate((target) => {
    const window = /** @type {Listening} */ (globalThis);
    window.received = [];
    new EventSource(target).onmessage = ({ lastEventId, data }) => window.received.push({ id: lastEventId, frame: JSON.parse(data) });
  }, `/realtime/events?${query}`);
  const received = () => page.evaluate(() => /** @type {Listening} */ (globalThis).received);
  /**
   * The frames of one type, each as the value of one of its members.
   *
   * @param {string} type
   * @param {string} member
   */
  const all = async (type, member) => (await received()).filter(({ frame }) => frame.type === type).map(({ frame }) => frame[member]);
  const texts = async (channel = "") => (await received()).flatMap(({ frame }) => (frame.type === "event" && frame.channel.startsWith(channel) ? [frame.data.text] : []));
  const channels = new URLSearchParams(query).getAll("channel");
  await eventually(async () => assert.deepEqual(await all("subscribed", "outcome"), channels.map(() => "fresh")));
  return { page, received, all, texts };
}

scene("a plain EventSource whose connection is cut resumes by itself", async (stage) => {
  const proxy = await stage.proxy();
  const source = await listen(stage, proxy.origin, "channel=chat/bar");
  for (const text of numbered(1, 3)) await stage.chat.say("bar", "ann", text);
  await eventually(async () => assert.deepEqual(await source.texts(), numbered(1, 3)));
  proxy.cut();
  for (const text of numbered(4, 9)) await stage.chat.say("bar", "ann", text);
  await eventually(async () => assert.deepEqual(await source.texts(), numbered(1, 9)), RECOVERY);
  assert.deepEqual(await source.all("subscribed", "outcome"), ["fresh", "resumed"]);
  assert.deepEqual(await source.all("gap", "reason"), []);
  for (const { id, frame } of await source.received()) if (frame.type === "event") assert.equal(id, frame.id);
}, { serverMayBeAway: true });

scene("a plain EventSource on two channels resumes both", async (stage) => {
  const proxy = await stage.proxy();
  const source = await listen(stage, proxy.origin, "channel=chat/bar&channel=chat/foo");
  await stage.chat.say("foo", "ann", "foo 1");
  await stage.chat.say("bar", "ann", "bar 1");
  await eventually(async () => assert.equal((await source.texts()).length, 2));
  proxy.cut();
  await stage.chat.say("bar", "ann", "bar 2");
  await stage.chat.say("foo", "ann", "foo 2");
  await eventually(async () => {
    assert.deepEqual(await source.texts("chat/foo"), ["foo 1", "foo 2"]);
    assert.deepEqual(await source.texts("chat/bar"), ["bar 1", "bar 2"]);
  }, RECOVERY);
  assert.deepEqual(await source.all("subscribed", "outcome"), ["fresh", "fresh", "resumed", "resumed"]);
}, { serverMayBeAway: true });

scene("a plain EventSource is told when the server was restarted", async (stage) => {
  const proxy = await stage.proxy();
  const source = await listen(stage, proxy.origin, "channel=chat/bar");
  await stage.chat.say("bar", "ann", "before");
  await eventually(async () => assert.deepEqual(await source.texts(), ["before"]));
  proxy.goDown();
  await stage.chat.kill();
  await stage.chat.startAgain();
  // It knows nobody any more, and an EventSource that is refused does not ask again.
  await stage.chat.signIn(source.page.context(), "ann");
  proxy.comeBack();
  await stage.chat.say("bar", "ann", "after");
  await eventually(async () => assert.deepEqual(await source.texts(), ["before", "after"]), RECOVERY);
  assert.deepEqual(await source.all("gap", "reason"), ["epoch"]);
}, { serverMayBeAway: true });
