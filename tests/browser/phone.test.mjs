import assert from "node:assert/strict";
import { eventually } from "./support/eventually.mjs";
import { scene } from "./support/stage.mjs";

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

scene("on a phone one can give a name, switch rooms and send", async (stage) => {
  const page = await stage.newPage(phone);
  /**
   * Nothing is wider than the screen, and what one needs lies within it.
   *
   * @param {readonly string[]} ids
   */
  const fits = async (ids) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= phone.viewport.width, `the page is ${width} wide`);
    for (const id of ids) {
      const box = await page.getByTestId(id).boundingBox();
      assert.ok(box !== null, `${id} is not there`);
      const inside = box.x >= 0 && box.y >= 0 && box.x + box.width <= phone.viewport.width && box.y + box.height <= phone.viewport.height;
      assert.ok(inside, `${id} is not within the screen: ${JSON.stringify(box)}`);
    }
  };
  await page.goto(`${stage.chat.origin}/#general`);
  await page.getByTestId("name-input").fill("ann");
  await fits(["name-input", "name-save"]);
  await page.getByTestId("name-save").tap();
  await eventually(async () => assert.equal(await page.getByTestId("status").getAttribute("data-status"), "connected"));
  await page.getByTestId("room-link-random").tap();
  await eventually(async () => assert.equal(await page.getByTestId("room-title").textContent(), "random"));
  await fits(["room-title", "composer", "send"]);
  await page.getByTestId("composer").fill(`from my phone ${"x".repeat(120)}`);
  await page.getByTestId("send").tap();
  await eventually(async () => assert.equal(await page.getByTestId("message").count(), 1));
  await fits(["message-text", "composer", "send"]);
  assert.deepEqual(await stage.chat.stored("random"), [`from my phone ${"x".repeat(120)}`]);
});
