import assert from "node:assert/strict";
import { counting, shows } from "./support/counter.mjs";
import { eventually } from "./support/eventually.mjs";

counting("everybody sees the number that everybody raises, and who comes later sees the same", async (counter) => {
  const ann = await counter.look();
  const bob = await counter.look();
  for (const page of [ann, bob]) await shows(page, 0);
  await ann.getByTestId("press").click();
  for (const page of [ann, bob]) await shows(page, 1);
  await Promise.all([ann, bob, ann, bob].map((page) => page.getByTestId("press").click()));
  for (const page of [ann, bob, await counter.look()]) await shows(page, 5);
  // What rolls is the same as what is read aloud.
  await eventually(async () => assert.equal(await ann.locator("#count").innerText(), "5"));
});

counting("a hundred presses at once end with the stored number on every page", async (counter) => {
  const pages = [await counter.look(), await counter.look()];
  for (const page of pages) await shows(page, 0);
  await Promise.all(Array.from({ length: 100 }, () => counter.server.post("/press", {})));
  for (const page of pages) await shows(page, 100);
});

counting("without a connection nobody presses blindly, and what was pressed meanwhile is there afterwards", async (counter) => {
  const proxy = await counter.proxy();
  const ann = await counter.look({ origin: proxy.origin });
  const bob = await counter.look();
  await shows(ann, 0);
  proxy.goDown();
  await eventually(async () => assert.equal(await ann.getByTestId("press").isEnabled(), false));
  assert.equal(await ann.getByTestId("count").textContent(), "0", "the last number stays");
  await shows(bob, 0);
  await bob.getByTestId("press").click();
  await shows(bob, 1);
  proxy.comeBack();
  await shows(ann, 1);
}, { serverMayBeAway: true });

counting("after a restart the page shows what the new process has", async (counter) => {
  const ann = await counter.look();
  await shows(ann, 0);
  await ann.getByTestId("press").click();
  await shows(ann, 1);
  await counter.server.kill();
  await eventually(async () => assert.equal(await ann.getByTestId("status").getAttribute("data-status"), "reconnecting"));
  assert.equal(await ann.getByTestId("press").isEnabled(), false);
  await counter.server.startAgain();
  await shows(ann, 0);
  await ann.getByTestId("press").click();
  await shows(ann, 1);
}, { serverMayBeAway: true });

counting("on a phone the number and the button are within the screen, however large the number is", async (counter) => {
  const viewport = { width: 390, height: 844 };
  await Promise.all(Array.from({ length: 12 }, async () => {
    for (let at = 0; at < 90; at += 1) await counter.server.post("/press", {});
  }));
  const page = await counter.look({ device: { viewport, deviceScaleFactor: 2, isMobile: true, hasTouch: true } });
  await shows(page, 1080);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  for (const place of [page.locator("#count"), page.getByTestId("press"), page.getByTestId("status"), page.getByTestId("note")]) {
    const box = await place.boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, JSON.stringify(box));
  }
  await page.getByTestId("press").tap();
  await shows(page, 1081);
});
