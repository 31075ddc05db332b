import assert from "node:assert/strict";
import { Burst } from "./support/burst.mjs";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

scene("a page takes a WebSocket where nothing stands in its way", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await ann.say("hi");
  await ann.sees(["hi"]);
  assert.deepEqual(stage.travelled, { sse: 0, websocket: 1 });
});

for (const how of /** @type {const} */ (["refuse", "swallow"])) {
  scene(`a page behind a proxy that does not let WebSockets through takes a stream (upgrades: ${how})`, async (stage) => {
    const proxy = await stage.proxy();
    proxy.blockUpgrades(how);
    const ann = await stage.enter("ann", "general", { origin: proxy.origin });
    const bob = await stage.enter("bob", "general");
    assert.ok(proxy.blocked >= 1, "no WebSocket was tried");
    assert.ok(stage.travelled.sse >= 1);
    await ann.say("from behind");
    await bob.sees(["from behind"]);
    await bob.say("to behind");
    for (const person of [ann, bob]) await person.sees(["from behind", "to behind"]);
    // Typing is published by the page itself, so it goes up beside the stream.
    await ann.write("hm");
    await eventually(async () => assert.match((await bob.typing()) ?? "", /^ann\b/));
    const { blocked } = proxy;
    proxy.cut();
    await stage.chat.say("general", "bob", "meanwhile");
    await ann.sees(["from behind", "to behind", "meanwhile"]);
    assert.equal(proxy.blocked, blocked, "what did not work is tried again before what did");
  }, { serverMayBeAway: true });
}

scene("a page whose network stops letting WebSockets through falls back in the middle, and misses nothing and repeats nothing", async (stage) => {
  const proxy = await stage.proxy();
  const ann = await stage.enter("ann", "general", { origin: proxy.origin });
  assert.equal(stage.travelled.sse, 0);
  const burst = new Burst(stage.chat, "general", 120);
  await eventually(async () => assert.ok((await ann.texts()).length > 20));
  proxy.blockUpgrades("refuse");
  proxy.cut();
  await eventually(() => assert.ok(stage.travelled.sse > 0, "the page did not fall back"), RECOVERY);
  await ann.connected();
  await ann.sees(await burst.stop());
  assert.deepEqual(await ann.notices(), []);
}, { serverMayBeAway: true });
