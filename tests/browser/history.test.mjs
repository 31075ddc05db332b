import assert from "node:assert/strict";
import { numbered } from "./support/burst.mjs";
import { eventually } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

scene("a page begins with the newest 50 messages and loads the earlier ones without overlap or hole", async (stage) => {
  for (const text of numbered(1, 120)) await stage.chat.say("general", "bob", text);
  const ann = await stage.enter("ann", "general");
  await ann.sees(numbered(71, 120));
  await stage.chat.say("general", "bob", "message 121");
  await ann.sees(numbered(71, 121));
  await ann.page.getByTestId("load-earlier").click();
  await ann.sees(numbered(21, 121));
  await ann.loadEverything();
  assert.deepEqual(await ann.texts(), numbered(1, 121));
  assert.deepEqual(await ann.notices(), []);
});

scene("a room without messages says so and has nothing to load", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await eventually(async () => assert.match(await ann.page.locator("main").innerText(), /quiet here/i));
  assert.equal(await ann.page.getByTestId("load-earlier").isVisible(), false);
});
