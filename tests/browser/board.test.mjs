import assert from "node:assert/strict";
import { CHARTS, DECK, LANTERN, LINE, WINCH, Worker, work } from "./support/board.mjs";
import { eventually, RECOVERY } from "./support/eventually.mjs";

work("a card that one drags moves at once, for the others as well, and they see who holds it", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  await ann.carry(LINE, "done");
  await ann.sees("done", [LINE, LANTERN]);
  await bob.sees("next", [LINE, CHARTS]);
  await eventually(async () => assert.equal(await bob.card(LINE).getAttribute("data-holder"), "ann"));
  await ann.page.mouse.up();
  for (const person of [ann, bob]) {
    await person.sees("done", [LINE, LANTERN]);
    await person.sees("next", [CHARTS]);
  }
  await eventually(async () => assert.equal(await bob.card(LINE).getAttribute("data-holder"), null));
  await eventually(async () => assert.equal(await bob.find("news").innerText(), `ann moved “${LINE}” from Next to Done`));
  assert.equal(await ann.page.locator(".card.pending").count(), 0, "it is stored");
  const late = await office.enter("eve");
  await late.sees("done", [LINE, LANTERN]);
});

work("a move is shown before the service has answered, and nothing flickers when it has", async (office) => {
  const ann = await office.enter("ann");
  /** @type {() => void} */
  let answer = () => {};
  const asked = new Promise((resolve) => (answer = () => resolve(undefined)));
  await ann.page.route("**/place", async (route) => {
    await asked;
    await route.continue();
  });
  await ann.drag(LINE, "done");
  await ann.sees("done", [LINE, LANTERN]);
  assert.equal(await ann.page.locator(".card.pending").count(), 1);
  await ann.page.evaluate(() => {
    const seen = /** @type {any} */ (globalThis).seen = new Set();
    new MutationObserver(() => seen.add([...document.querySelectorAll("#cards-done .card")].map((card) => /** @type {HTMLElement} */ (card).dataset.id).join())).observe(document.body, { childList: true, subtree: true });
  });
  answer();
  await eventually(async () => assert.equal(await ann.page.locator(".card.pending").count(), 0));
  await ann.sees("done", [LINE, LANTERN]);
  const seen = await ann.page.evaluate(() => [.../** @type {any} */ (globalThis).seen]);
  assert.ok(seen.every((/** @type {string} */ order) => order === "4,8"), JSON.stringify(seen));
});

work("a move that is refused snaps back, with a sentence", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  await ann.drag(LINE, "doing");
  for (const person of [ann, bob]) await person.sees("doing", [LINE, WINCH, DECK]);
  await bob.drag(CHARTS, "doing");
  assert.match(await bob.problem(), /stays where it was\. Doing takes no more than 3 cards/);
  for (const person of [ann, bob]) {
    await person.sees("doing", [LINE, WINCH, DECK]);
    await person.sees("next", [CHARTS]);
  }
  assert.equal(await ann.find("problem").isVisible(), false);
}, { mayBeRefused: true });

work("a card can be carried with keys alone, put back, and put down", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  const { keyboard } = ann.page;
  await ann.card(LINE).getByTestId("grip").focus();
  for (const key of ["Space", "ArrowRight", "ArrowRight", "ArrowDown"]) await keyboard.press(key);
  await ann.sees("done", [LANTERN, LINE]);
  await bob.sees("next", [LINE, CHARTS]);
  await keyboard.press("Escape");
  await ann.sees("next", [LINE, CHARTS]);
  for (const key of ["Enter", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp", "Space"]) await keyboard.press(key);
  await bob.sees("next", [CHARTS]);
  await eventually(async () => assert.equal((await bob.cards("ideas"))[0], LINE));
  assert.equal(await ann.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement?.closest(".card")).dataset.title), LINE, "the keyboard is where it was");
  await eventually(async () => assert.match((await ann.page.locator("#announcer").textContent()) ?? "", /^Put down\. Ideas, 1 of 4/));
});

work("cards are added, renamed and taken off, and what is done is cleared", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  await ann.find("add-done").fill(`<b>Tea</b>  for  everybody`);
  await ann.find("add-done").press("Enter");
  for (const person of [ann, bob]) await person.sees("done", [LANTERN, "<b>Tea</b> for everybody"]);
  await bob.card(LINE).hover();
  await bob.card(LINE).getByTestId("edit").click();
  await bob.find("title-input").fill("Splice both mooring lines");
  // The board goes on under somebody who writes.
  await ann.drag(WINCH, "next");
  await bob.sees("next", [WINCH, LINE, CHARTS]);
  await bob.find("title-input").press("Enter");
  for (const person of [ann, bob]) await person.sees("next", [WINCH, "Splice both mooring lines", CHARTS]);
  await ann.card(CHARTS).hover();
  await ann.card(CHARTS).getByTestId("remove").click();
  for (const person of [ann, bob]) await person.sees("next", [WINCH, "Splice both mooring lines"]);
  await ann.find("clear").click();
  for (const person of [ann, bob]) await person.sees("done", []);
  await eventually(async () => assert.equal(await bob.find("news").innerText(), "ann took 2 cards off the board that were done"));
});

work("a card that somebody takes off the board is gone from the hand that holds it", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  await ann.carry(LINE, "done");
  await bob.card(LINE).hover();
  await bob.card(LINE).getByTestId("remove").click();
  assert.match(await ann.problem(), /taken this card off/);
  await ann.sees("done", [LANTERN]);
  assert.equal(await ann.page.locator(".ghost").count(), 0);
  await ann.page.mouse.up();
  await ann.sees("next", [CHARTS]);
});

work("one read of the store is enough for all who look", async (office) => {
  const people = [await office.enter("ann"), await office.enter("bob"), await office.enter("eve")];
  const [ann] = people;
  assert.ok(ann !== undefined);
  for (const [at, column] of /** @type {const} */ (["done", "next", "done"]).entries()) {
    await ann.drag(LINE, column);
    for (const person of people) await eventually(async () => assert.equal((await person.cards(column))[0], LINE));
    await eventually(async () => assert.match(await ann.find("figures").innerText(), new RegExp(`^3 people look at this board\\. Changed ${at === 0 ? "once" : `${at + 1} times`}, `)));
  }
  const figures = async () => /read from the store (\d+) times, for all together/.exec(await ann.find("figures").innerText())?.[1];
  // When the first one came, and after each of three changes.
  await eventually(async () => assert.equal(await figures(), "4"));
});

work("without a connection nothing is dragged, and what happened meanwhile is there afterwards", async (office) => {
  const proxy = await office.proxy();
  const ann = await office.enter("ann", { origin: proxy.origin });
  const bob = await office.enter("bob");
  await ann.carry(LINE, "done");
  proxy.goDown();
  await eventually(async () => assert.equal(await ann.find("status").getAttribute("data-status"), "reconnecting"));
  await ann.sees("next", [LINE, CHARTS]);
  assert.equal(await ann.page.locator(".ghost").count(), 0, "nobody carries a card that cannot be put down");
  await ann.page.mouse.up();
  assert.equal(await ann.card(LINE).getByTestId("grip").isEnabled(), false);
  await bob.drag(WINCH, "next");
  await bob.sees("next", [WINCH, LINE, CHARTS]);
  proxy.comeBack();
  await ann.connected();
  await ann.sees("next", [WINCH, LINE, CHARTS], RECOVERY);
}, { serverMayBeAway: true });

work("after a restart everybody is back under their name, and the board is what the service has", async (office) => {
  const ann = await office.enter("ann");
  const bob = await office.enter("bob");
  await ann.drag(LINE, "done");
  for (const person of [ann, bob]) await person.sees("done", [LINE, LANTERN]);
  await office.server.kill();
  await eventually(async () => assert.equal(await ann.find("status").getAttribute("data-status"), "reconnecting"));
  await ann.sees("done", [LINE, LANTERN]);
  await office.server.startAgain();
  for (const person of [ann, bob]) {
    await person.connected();
    await person.sees("done", [LANTERN], RECOVERY);
    await eventually(async () => assert.match(await person.find("news").innerText(), /^The server restarted/));
  }
  await bob.drag(CHARTS, "done");
  for (const person of [ann, bob]) await person.sees("done", [CHARTS, LANTERN]);
  await eventually(async () => assert.deepEqual(await ann.find("face").evaluateAll((all) => all.map((one) => one.getAttribute("data-name")).sort()), ["ann", "bob"]), RECOVERY);
}, { serverMayBeAway: true });

work("on a phone the board fits, and a card is dragged by its grip", async (office) => {
  const viewport = { width: 390, height: 844 };
  const page = await office.newPage({ viewport, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await page.goto(office.server.origin);
  const guest = new Worker(page, "");
  await guest.connected();
  const bob = await office.enter("bob");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  for (const id of ["status", "profile", "figures"]) {
    const box = await guest.find(id).boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, `${id} is at ${JSON.stringify(box)}`);
  }
  const touch = await page.context().newCDPSession(page);
  const first = (await guest.cards("ideas"))[0] ?? "";
  const grip = await guest.card(first).getByTestId("grip").boundingBox();
  const target = await guest.find("column-next").boundingBox();
  assert.ok(grip !== null && target !== null);
  const [x, y] = [grip.x + 20, grip.y + 20];
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  for (let step = 1; step <= 8; step += 1) {
    const point = { x, y: y + ((target.y + 4 - y) * step) / 8 };
    await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [point] });
  }
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  for (const person of [guest, bob]) await person.sees("next", [first, LINE, CHARTS]);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
});
