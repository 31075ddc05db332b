import assert from "node:assert/strict";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { sceneOverBoth } from "./support/stage.mjs";

sceneOverBoth("after kill -9 and a new start the pages come back and tell the truth about the history", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  await ann.say("before");
  await bob.sees(["before"]);
  await bob.say("also before");
  for (const person of [ann, bob]) await person.sees(["before", "also before"]);
  await stage.chat.kill();
  for (const person of [ann, bob]) await eventually(async () => assert.equal(await person.status(), "reconnecting"));
  await stage.chat.startAgain();
  for (const person of [ann, bob]) {
    await person.connected();
    await eventually(async () => assert.deepEqual(await person.notices(), ["epoch"]), RECOVERY);
    assert.deepEqual(await person.texts(), ["before", "also before"], "what was on the screen stays");
  }
  await ann.say("after");
  for (const person of [ann, bob]) await person.sees(["before", "also before", "after"]);
  await bob.say("also after");
  for (const person of [ann, bob]) await person.sees(["before", "also before", "after", "also after"]);
  // Who comes now finds what the server has, and no notice: nothing is missing for them.
  const eve = await stage.enter("eve", "general");
  await eve.sees(["after", "also after"]);
  assert.deepEqual(await eve.notices(), []);
}, { serverMayBeAway: true });

sceneOverBoth("a page without a connection does not claim to know who is typing", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  await ann.write("hm");
  await eventually(async () => assert.match((await bob.typing()) ?? "", /^ann\b/));
  await stage.chat.kill();
  await eventually(async () => assert.equal(await bob.status(), "reconnecting"));
  assert.equal(await bob.typing(), "");
}, { serverMayBeAway: true });

sceneOverBoth("what is said before a page has come back is there as well", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await ann.say("before");
  await ann.sees(["before"]);
  await stage.chat.kill();
  await stage.chat.startAgain();
  for (const text of ["one", "two", "three"]) await stage.chat.say("general", "bob", text);
  await ann.connected();
  await ann.sees(["before", "one", "two", "three"]);
  assert.deepEqual(await ann.notices(), ["epoch"]);
}, { serverMayBeAway: true });

sceneOverBoth("a message that cannot be sent waits for the server, and is sent when it is back", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await stage.chat.kill();
  await eventually(async () => assert.equal(await ann.status(), "reconnecting"));
  await ann.say("are you there?");
  await eventually(async () => assert.deepEqual(await ann.texts(), ["are you there?"]));
  assert.equal(await ann.page.locator("[data-testid=message][data-state=sending]").count(), 1);
  await stage.chat.startAgain();
  await ann.sees(["are you there?"]);
  assert.deepEqual(await stage.chat.stored("general"), ["are you there?"]);
}, { serverMayBeAway: true });
