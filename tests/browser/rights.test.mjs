import assert from "node:assert/strict";
import { HOST_KEY } from "./support/chat.mjs";
import { eventually } from "./support/eventually.mjs";
import { Person } from "./support/person.mjs";
import { scene, sceneOverBoth } from "./support/stage.mjs";

/**
 * The host comes by the address that the server printed.
 *
 * @param {import("./support/stage.mjs").Stage} stage
 * @param {string} room
 */
async function host(stage, room) {
  const page = await stage.newPage();
  const person = new Person(page, "Host");
  const transport = stage.transport === undefined ? "" : `&transport=${stage.transport}`;
  await page.goto(`${stage.chat.origin}/?host=${encodeURIComponent(HOST_KEY)}${transport}#${room}`);
  await person.connected();
  assert.ok(!page.url().includes("host="), "the key stays in the address");
  return person;
}

/**
 * Who is in the open room, as the page says it.
 *
 * @param {Person} person
 */
const people = (person) => person.page.getByTestId("person").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-name")).sort());

sceneOverBoth("who is in a room is seen there, until they go", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  for (const person of [ann, bob]) await eventually(async () => assert.deepEqual(await people(person), ["ann", "bob"]));
  await bob.goTo("random");
  await eventually(async () => assert.deepEqual(await people(ann), ["ann"]));
  await eventually(async () => assert.deepEqual(await people(bob), ["bob"]));
  await bob.goTo("general");
  await eventually(async () => assert.deepEqual(await people(ann), ["ann", "bob"]));
});

scene("two people of one name are told apart, and each sees their own messages as their own", async (stage) => {
  const ann = await stage.enter("ann", "general");
  const other = await stage.enter("ann", "general");
  await ann.say("I am ann");
  await other.say("so am I");
  for (const person of [ann, other]) await eventually(async () => assert.deepEqual((await person.messages()).map(({ author }) => author), ["ann", "ann 2"]));
  assert.deepEqual(await other.page.locator(".message.own [data-testid=message-text]").allTextContents(), ["so am I"]);
});

sceneOverBoth("whoever is shown out of a room hears and says nothing there, is told so, and goes on elsewhere", async (stage) => {
  const boss = await host(stage, "general");
  const ann = await stage.enter("ann", "general");
  const bob = await stage.enter("bob", "general");
  await ann.say("before");
  await bob.sees(["before"]);
  await boss.page.getByTestId("people").locator("summary").click();
  await boss.page.locator("[data-testid=person][data-name=bob]").getByTestId("show-out").click();
  await bob.page.getByTestId("removed").waitFor();
  assert.match(await bob.page.getByTestId("removed").innerText(), /shown you out of #general.*come back at/s);
  assert.equal(await bob.page.getByTestId("composer").isVisible(), false);
  await eventually(async () => assert.deepEqual(await people(ann), ["Host", "ann"]));
  await ann.say("after");
  await boss.sees(["before", "after"]);
  await bob.goTo("random");
  await stage.chat.say("random", "dan", "here you are");
  await bob.sees(["here you are"]);
  await bob.say("there is cake, too");
  await eventually(async () => assert.deepEqual(await stage.chat.stored("random"), ["here you are", "there is cake, too"]));
  await bob.goTo("general");
  assert.deepEqual(await bob.texts(), ["before"]);
  assert.equal(await ann.page.getByTestId("removed").isVisible(), false);
});

scene("only the host writes announcements, whatever a page sends", async (stage) => {
  const boss = await host(stage, "announcements");
  const ann = await stage.enter("ann", "announcements");
  assert.equal(await ann.page.getByTestId("read-only").isVisible(), true);
  assert.equal(await ann.page.getByTestId("composer").isVisible(), false);
  const refused = await ann.page.evaluate(async () => {
    const { createClient } = await import(/** @type {any} */ ("/assets/realtime/index.js"));
    const client = createClient({ url: "/realtime" });
    const outcome = await client.channel("announcements").publish("message.sent", { text: "free cake" }).then(() => "stored", (/** @type {any} */ error) => error.reason);
    client.close();
    return outcome;
  });
  assert.equal(refused, "denied");
  await boss.say("cake at four");
  await ann.sees(["cake at four"]);
});
