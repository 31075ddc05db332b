/** A page that nobody sees for a while: the browser stops it, or its connection ends meanwhile. */

import assert from "node:assert/strict";
import { eventually, RECOVERY } from "./support/eventually.mjs";
import { lookingOverBoth } from "./support/looking.mjs";

lookingOverBoth("a page that the browser froze shows the stored value when it is let go on, and says that it is current", async (gallery) => {
  await gallery.store("a", 1);
  const ann = await gallery.enter("/board/a");
  await ann.sees(["layout", "cards"], "a 1");
  await ann.rendered();
  const ice = await ann.freeze();
  for (let number = 2; number <= 40; number += 1) await gallery.store("a", number);
  await gallery.hasRun("a", { begun: 40, ended: 40, dropped: 0 });
  assert.equal(await ice.shows(), "a 1", "nothing runs in it");
  await ice.thaw();
  await ann.sees(["layout", "cards"], "a 40");
  const numbers = (await ann.rendered()).map(({ value }) => Number(value.slice(2)));
  assert.deepEqual(numbers, numbers.toSorted((one, other) => one - other), "it never went back");
  await gallery.store("a", 41);
  await ann.sees(["layout", "cards"], "a 41");
  assert.deepEqual(ann.asked, ["board/a"], "over the same connection");
});

lookingOverBoth("a page whose connection ended while it was frozen says that its value may be old, until it has the stored one", async (gallery) => {
  const proxy = await gallery.proxy();
  await gallery.store("a", 1);
  const ann = await gallery.enter("/board/a", { origin: proxy.origin });
  await ann.sees(["layout", "cards"], "a 1");
  const ice = await ann.freeze();
  proxy.goDown();
  await gallery.store("a", 2);
  await ice.thaw();
  await ann.sees(["layout", "cards"], "a 1", "reconnecting");
  await ann.rendered();
  const again = await ann.freeze();
  await gallery.store("a", 3);
  proxy.comeBack();
  await again.thaw();
  await ann.sees(["layout", "cards"], "a 3");
  for (const { value, status } of await ann.rendered()) assert.ok(value === "a 3" || status !== "open", `${value} is ${status}`);
}, { serverMayBeAway: true });

lookingOverBoth("a page that is hidden follows, and when it is shown after an outage it is current at once", async (gallery) => {
  const proxy = await gallery.proxy();
  await gallery.store("a", 1);
  const ann = await gallery.enter("/board/a", { origin: proxy.origin });
  await ann.sees(["layout", "cards"], "a 1");
  await ann.show(false);
  await gallery.store("a", 2);
  await ann.sees(["layout", "cards"], "a 2");
  proxy.goDown();
  await gallery.store("a", 3);
  await ann.sees(["layout", "cards"], "a 2", "reconnecting");
  proxy.comeBack();
  await ann.show(true);
  await ann.sees(["layout", "cards"], "a 3");
  await eventually(() => assert.deepEqual(ann.asked, ["board/a", "board/a"]), RECOVERY);
}, { serverMayBeAway: true });
