import assert from "node:assert/strict";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { Burst } from "./support/burst.mjs";
import { scene } from "./support/stage.mjs";
import { Tab } from "./support/tab.mjs";

const ROOM = "general";

/**
 * Some tabs of one browser, and the one of them that has the connection.
 *
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {number} count
 * @param {Partial<Parameters<typeof Tab.open>[2]>} [options]
 */
async function open(stage, count, options = {}) {
  const context = (await stage.newPage()).context();
  const tabs = [];
  for (let at = 0; at < count; at += 1) tabs.push(await Tab.open(stage, context, { room: ROOM, ...options }));
  return { context, tabs };
}

/** @param {readonly Tab[]} tabs */
async function leaderOf(tabs) {
  const leading = await Promise.all(tabs.map((tab) => tab.leads()));
  assert.equal(leading.filter(Boolean).length, 1, "exactly one tab leads");
  return /** @type {Tab} */ (tabs[leading.indexOf(true)]);
}

/**
 * @param {readonly Tab[]} tabs
 * @param {readonly string[]} texts
 */
async function allSee(tabs, texts) {
  for (const tab of tabs) {
    await eventually(async () => {
      const { seen, gaps } = await tab.inside();
      assert.deepEqual([seen, gaps], [texts, []]);
    }, RECOVERY);
  }
}

for (const transport of ["websocket", "sse"]) {
  scene(`three tabs share one connection, and each gets everything (${transport})`, async (stage) => {
    const { tabs } = await open(stage, 3, { transport });
    await stage.chat.say(ROOM, "bob", "hi");
    await allSee(tabs, ["hi"]);
    assert.equal(stage.travelled[transport === "sse" ? "sse" : "websocket"], 1);
    await tabs[2]?.say(ROOM, "hello");
    await allSee(tabs.slice(0, 2), ["hi", "hello"]);
    await allSee(tabs.slice(2), ["hi", "hello, and is me"]);
  });
}

scene("when the tab that has the connection is closed in the middle of a burst, another takes over: nothing is lost, nothing comes twice", async (stage) => {
  const { context, tabs } = await open(stage, 3);
  const burst = new Burst(stage.chat, ROOM, 120);
  await eventually(async () => assert.ok(((await tabs[0]?.inside())?.seen.length ?? 0) > 20));
  const leader = await leaderOf(tabs);
  await leader.page.close();
  const rest = tabs.filter((tab) => tab !== leader);
  const late = await Tab.open(stage, context, { room: ROOM });
  const sent = await burst.stop();
  await allSee(rest, sent);
  await leaderOf([...rest, late]);
  await stage.chat.say(ROOM, "bob", "after");
  await eventually(async () => assert.equal((await late.inside()).seen.at(-1), "after"));
  await allSee(rest, [...sent, "after"]);
  assert.ok(stage.travelled.websocket <= 3, `${stage.travelled.websocket} connections`);
}, { serverMayBeAway: true });

scene("when the tab that has the connection is frozen, another takes over, and the frozen one has everything when it wakes up", async (stage) => {
  const { tabs } = await open(stage, 3);
  const leader = await leaderOf(tabs);
  const rest = tabs.filter((tab) => tab !== leader);
  const thaw = await leader.freeze();
  for (const text of ["1", "2", "3"]) await stage.chat.say(ROOM, "bob", text);
  await allSee(rest, ["1", "2", "3"]);
  await leaderOf(rest);
  await thaw();
  await stage.chat.say(ROOM, "bob", "4");
  await allSee(tabs, ["1", "2", "3", "4"]);
}, { serverMayBeAway: true });

scene("tabs that share come back together when the server was away", async (stage) => {
  const proxy = await stage.proxy();
  const { context, tabs } = await open(stage, 3, { origin: proxy.origin });
  await stage.chat.say(ROOM, "bob", "before");
  await allSee(tabs, ["before"]);
  proxy.goDown();
  await stage.chat.kill();
  await eventually(async () => {
    for (const tab of tabs) assert.notEqual((await tab.inside()).status, "connected");
  });
  await stage.chat.startAgain();
  // It knows nobody any more, and these tabs have nothing that would sign in again.
  await stage.chat.signIn(context, "tab");
  proxy.comeBack();
  for (const tab of tabs) await tab.connected();
  const { travelled } = stage;
  const before = travelled.websocket;
  await stage.chat.say(ROOM, "bob", "after");
  for (const tab of tabs) await eventually(async () => assert.equal((await tab.inside()).seen.at(-1), "after"));
  await leaderOf(tabs);
  assert.equal(travelled.websocket, before);
}, { serverMayBeAway: true });

scene("in a browser that cannot share, each tab has a connection of its own", async (stage) => {
  const { tabs } = await open(stage, 2, { transport: "websocket", before: "Object.defineProperty(navigator, 'locks', { value: undefined })" });
  await stage.chat.say(ROOM, "bob", "hi");
  await allSee(tabs, ["hi"]);
  assert.equal(stage.travelled.websocket, 2);
});
