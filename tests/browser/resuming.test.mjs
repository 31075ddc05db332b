import assert from "node:assert/strict";
import { Burst, numbered } from "./support/burst.mjs";
import { eventually, RECOVERY, SOON } from "./support/eventually.mjs";
import { sceneOverBoth } from "./support/stage.mjs";

/**
 * Waits until a page shows more than `count` messages.
 *
 * @param {import("./support/person.mjs").Person} person
 * @param {number} count
 */
async function showsMoreThan(person, count) {
  await eventually(async () => assert.ok((await person.texts()).length > count, `the page still shows no more than ${count} messages`));
}

/**
 * Waits until so many more messages were sent.
 *
 * @param {Burst} burst
 * @param {number} more
 */
async function goesOnFor(burst, more) {
  const goal = burst.sent + more;
  await eventually(() => assert.ok(burst.sent >= goal, `${burst.sent} of ${goal} messages were sent`), SOON);
}

sceneOverBoth("a page that is reloaded in the middle of a conversation misses nothing", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  const burst = new Burst(stage.chat, "general", 200);
  await showsMoreThan(ann, 30);
  await ann.page.reload();
  await ann.connected();
  await goesOnFor(burst, 20);
  const all = await burst.stop();
  await bob.sees(all);
  // The history that the page began with, and what came live since: one run without a hole, up to the last message.
  await eventually(async () => {
    const shown = await ann.texts();
    assert.ok(shown.length >= 50);
    assert.deepEqual(shown, all.slice(-shown.length));
  });
  await ann.loadEverything();
  assert.deepEqual(await ann.texts(), all);
  assert.deepEqual([...(await ann.notices()), ...(await bob.notices())], []);
});

sceneOverBoth("a page whose connection is cut again and again misses nothing and repeats nothing", async (stage) => {
  const proxy = await stage.proxy();
  const ann = await stage.enter("ann", "general", { origin: proxy.origin });
  const burst = new Burst(stage.chat, "general", 200);
  for (let cut = 1; cut <= 3; cut += 1) {
    await showsMoreThan(ann, cut * 20);
    const before = proxy.accepted;
    proxy.cut();
    await eventually(() => assert.ok(proxy.accepted > before, "the page did not connect again"), RECOVERY);
    await ann.connected();
  }
  const all = await burst.stop();
  await ann.sees(all);
  assert.deepEqual(await ann.notices(), []);
}, { serverMayBeAway: true });

sceneOverBoth("a page that cannot reach the server for a while says so, and catches up", async (stage) => {
  const proxy = await stage.proxy();
  const ann = await stage.enter("ann", "general", { origin: proxy.origin });
  await stage.chat.say("general", "bob", "message 1");
  await ann.sees(numbered(1, 1));
  proxy.goDown();
  await eventually(async () => assert.equal(await ann.status(), "reconnecting"));
  for (const text of numbered(2, 120)) await stage.chat.say("general", "bob", text);
  assert.deepEqual(await ann.texts(), numbered(1, 1));
  proxy.comeBack();
  await ann.connected();
  await ann.sees(numbered(1, 120));
  assert.deepEqual(await ann.notices(), []);
}, { serverMayBeAway: true });

sceneOverBoth("a page without a network says so, and catches up when the network is back", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await stage.chat.say("general", "bob", "message 1");
  await ann.sees(numbered(1, 1));
  await ann.page.context().setOffline(true);
  await eventually(async () => assert.equal(await ann.status(), "offline"));
  for (const text of numbered(2, 20)) await stage.chat.say("general", "bob", text);
  await ann.page.context().setOffline(false);
  await ann.connected();
  await ann.sees(numbered(1, 20));
  assert.deepEqual(await ann.notices(), []);
}, { serverMayBeAway: true });
