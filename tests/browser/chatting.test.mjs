import assert from "node:assert/strict";
import { eventually } from "./support/eventually.mjs";
import { Person } from "./support/person.mjs";
import { sceneOverBoth } from "./support/stage.mjs";

sceneOverBoth("two people chat in one room, and another room hears nothing of it", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  const eve = await stage.enter("eve", "random");
  await ann.say("hello, is anybody here?");
  const first = { author: "ann", text: "hello, is anybody here?" };
  for (const person of [ann, bob]) await eventually(async () => assert.deepEqual(await person.messages(), [first]));
  await bob.say("yes: ünïcödé 👋🏽");
  const both = [first, { author: "bob", text: "yes: ünïcödé 👋🏽" }];
  for (const person of [ann, bob]) await eventually(async () => assert.deepEqual(await person.messages(), both));
  // What follows in the other room proves that nothing came before it.
  await stage.chat.say("random", "dan", "only here");
  await eve.sees(["only here"]);
  await ann.goTo("random");
  await ann.sees(["only here"]);
  await ann.goTo("general");
  await eventually(async () => assert.deepEqual(await ann.messages(), both));
  assert.deepEqual(await stage.chat.stored("general"), both.map(({ text }) => text));
});

sceneOverBoth("a room that nobody founded is there as soon as somebody opens it", async (stage) => {
  const ann = await stage.enter("ann", "tea-time");
  await ann.inRoom("tea-time");
  const bob = await stage.enter("bob", "tea-time");
  await ann.say("milk?");
  await bob.sees(["milk?"]);
});

sceneOverBoth("a name is kept over a reload", async (stage) => {
  const ann = await stage.enter("ann", "general");
  await ann.say("before");
  await ann.sees(["before"]);
  await ann.page.reload();
  await ann.connected();
  await ann.say("after");
  await eventually(async () => assert.deepEqual(await ann.messages(), [{ author: "ann", text: "before" }, { author: "ann", text: "after" }]));
});

sceneOverBoth("markup in names and messages is text", async (stage) => {
  const hostile = `<img src=x onerror="document.title='owned'">`;
  const ann = await stage.enter(`<b>ann</b>`, "general");
  const bob = await stage.enter("bob", "general");
  await ann.say(hostile);
  await eventually(async () => assert.deepEqual(await bob.messages(), [{ author: "<b>ann</b>", text: hostile }]));
  await ann.say("<script>document.title='owned'</script>");
  for (const person of [ann, bob]) {
    await person.sees([hostile, "<script>document.title='owned'</script>"]);
    assert.equal(await person.page.locator("[data-testid=message] :is(img[src=x], script, b)").count(), 0);
    assert.notEqual(await person.page.title(), "owned");
  }
});

sceneOverBoth("whoever types is named on the other page, until they stop", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  await ann.write("hm");
  await eventually(async () => assert.match((await bob.typing()) ?? "", /^ann\b/));
  assert.equal(await ann.typing(), "", "nobody is told of their own typing");
  await eventually(async () => assert.equal(await bob.typing(), ""));
  assert.deepEqual(await bob.texts(), []);
});

sceneOverBoth("typing ends with the message that was typed, and leaves nothing in the history", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  await ann.write("done");
  await eventually(async () => assert.match((await bob.typing()) ?? "", /^ann\b/));
  await ann.say("done");
  await bob.sees(["done"]);
  await eventually(async () => assert.equal(await bob.typing(), ""), 2000);
  assert.deepEqual(await stage.chat.stored("general"), ["done"]);
});

sceneOverBoth("a page is not connected before its open room is, however fast the other rooms are", async (stage) => {
  const page = await stage.newPage();
  /** @type {() => void} */
  let letThrough = () => {};
  const held = new Promise((resolve) => (letThrough = () => resolve(undefined)));
  await page.route("**/realtime/history?channel=chat/general&*", async (route) => {
    await held;
    await route.continue();
  });
  const bob = new Person(page, "bob");
  const isOpen = stage.transport === "sse" ? page.waitForResponse((response) => response.url().includes("/realtime/events?")) : page.waitForEvent("websocket");
  await page.goto(`${stage.chat.origin}/?transport=${stage.transport}#general`);
  await bob.introduce();
  await isOpen;
  // Long enough that the rooms whose history came are live.
  const early = eventually(async () => assert.equal(await bob.status(), "connected"), 1500).then(() => true, () => false);
  assert.equal(await early, false, "the page says `connected`, and nothing of its room would reach it");
  letThrough();
  await bob.connected();
  const ann = await stage.enter("ann", "general");
  await ann.write("hm");
  await eventually(async () => assert.match((await bob.typing()) ?? "", /^ann\b/));
});
