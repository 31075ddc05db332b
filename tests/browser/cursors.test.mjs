import assert from "node:assert/strict";
import { Drawer, session } from "./support/sheet.mjs";
import { eventually, RECOVERY } from "./support/eventually.mjs";

session("two people see each other's pointers, at the same place of the board, and who is there", async (studio) => {
  const ann = await studio.enter("ann");
  const bob = await studio.enter("bob");
  for (const person of [ann, bob]) await eventually(async () => assert.deepEqual(await person.faces(), ["ann", "bob"]));
  await ann.point(400, 300);
  await eventually(async () => assert.deepEqual(await bob.pointers(), ["ann"]));
  // Both screens are of one size, so the place is the same; the pointer glides there.
  await eventually(async () => {
    const { x, y } = await bob.pointerOf("ann");
    assert.ok(Math.abs(x - 400) < 8 && Math.abs(y - 300) < 8, `it is at ${x}, ${y}`);
  });
  assert.deepEqual(await ann.pointers(), [], "nobody sees their own pointer twice");
});

session("what one draws the other sees, and who comes later, until somebody wipes the board", async (studio) => {
  const ann = await studio.enter("ann");
  const bob = await studio.enter("bob");
  await ann.draw();
  await eventually(async () => assert.ok((await ann.pieces()) > 0));
  await eventually(async () => assert.equal(await bob.pieces(), await ann.pieces()));
  const late = await studio.enter("eve");
  await eventually(async () => assert.equal(await late.pieces(), await ann.pieces()));
  await bob.find("wipe").click();
  for (const person of [ann, bob, late]) await eventually(async () => assert.equal(await person.pieces(), 0));
  const later = await studio.enter("dan");
  assert.equal(await later.pieces(), 0);
});

session("who leaves is gone, and their pointer with them", async (studio) => {
  const ann = await studio.enter("ann");
  const bob = await studio.enter("bob");
  await bob.point(500, 500);
  await eventually(async () => assert.deepEqual(await ann.pointers(), ["bob"]));
  await bob.page.context().close();
  await eventually(async () => assert.deepEqual([await ann.faces(), await ann.pointers()], [["ann"], []]), RECOVERY);
});

session("a board can be drawn on with keys alone", async (studio) => {
  const ann = await studio.enter("ann");
  const bob = await studio.enter("bob");
  await ann.find("board").focus();
  for (const key of ["ArrowLeft", "Space", "ArrowDown", "ArrowDown", "Space"]) await ann.page.keyboard.press(key);
  await eventually(async () => assert.ok((await bob.pieces()) > 0));
  await eventually(async () => assert.deepEqual(await bob.pointers(), ["ann"]));
});

session("after a restart everybody is back under their name, and the board says what it has", async (studio) => {
  const ann = await studio.enter("ann");
  const bob = await studio.enter("bob");
  await ann.draw();
  await eventually(async () => assert.ok((await bob.pieces()) > 0));
  await studio.server.kill();
  await eventually(async () => assert.equal(await ann.find("status").getAttribute("data-status"), "reconnecting"));
  await studio.server.startAgain();
  for (const person of [ann, bob]) {
    await person.connected();
    await eventually(async () => assert.deepEqual(await person.faces(), ["ann", "bob"]), RECOVERY);
    await eventually(async () => assert.equal(await person.pieces(), 0), RECOVERY);
  }
}, { serverMayBeAway: true });

session("whoever comes for the first time has a name at once, and a phone shows all that one needs", async (studio) => {
  const viewport = { width: 390, height: 844 };
  const page = await studio.newPage({ viewport, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await page.goto(studio.server.origin);
  const guest = new Drawer(page, "");
  await guest.connected();
  await eventually(async () => assert.match((await guest.faces())[0] ?? "", /^[A-Z][a-z]+ [A-Z][a-z]+/));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  for (const id of ["status", "profile", "wipe"]) {
    const box = await guest.find(id).boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, `${id} is at ${JSON.stringify(box)}`);
  }
});
