/** A live query inside a router: React Router in data mode, in a page that Vite built. */

import assert from "node:assert/strict";
import { eventually } from "./support/eventually.mjs";
import { lookingOverBoth } from "./support/looking.mjs";

lookingOverBoth("inside a layout the value stays while pages take each other's place, and the server is asked once", async (gallery) => {
  await gallery.store("a", 1);
  const ann = await gallery.enter("/board/a");
  await ann.sees(["layout", "cards"], "a 1");
  await ann.rendered();
  await ann.goTo("/board/a/list");
  await ann.sees(["layout", "list"], "a 1");
  // Out of the layout, to a page of the same board: whoever looked before is gone when the next one comes.
  await ann.goTo("/summary/a");
  await ann.sees(["summary"], "a 1");
  await ann.goTo("/board/a");
  await ann.sees(["layout", "cards"], "a 1");
  for (const { at, value, status } of await ann.rendered()) assert.deepEqual([value, status], ["a 1", "open"], `${at} flickered`);
  await gallery.store("a", 2);
  await ann.sees(["layout", "cards"], "a 2");
  assert.deepEqual(ann.asked, ["board/a"]);
  await gallery.hasRun("a", { begun: 2, ended: 2, dropped: 0 });
});

lookingOverBoth("under the address of another board nothing of the one before is ever shown, however late either is", async (gallery) => {
  await gallery.store("a", 1);
  await gallery.store("b", 7);
  const ann = await gallery.enter("/board/a");
  await ann.sees(["layout", "cards"], "a 1");
  await gallery.hold("b");
  await ann.goTo("/board/b");
  await ann.sees(["layout", "cards"], "nothing", "connecting");
  await gallery.hasRun("b", { begun: 1, ended: 0, dropped: 0 });
  // The page still hears of the board that it left a moment ago.
  await gallery.store("a", 2);
  await gallery.hasRun("a", { begun: 2, ended: 2, dropped: 0 });
  await ann.sees(["layout", "cards"], "nothing", "connecting");
  await gallery.release("b");
  await ann.sees(["layout", "cards"], "b 7");
  // To and fro, faster than any answer.
  await gallery.hold("a");
  for (const to of ["/board/a", "/board/b/list", "/summary/a", "/board/b", "/board/a/list", "/summary/b"]) await ann.goTo(to);
  await gallery.store("a", 3);
  await gallery.store("b", 8);
  await ann.sees(["summary"], "b 8");
  await ann.goTo("/board/a");
  await gallery.release("a");
  await ann.sees(["layout", "cards"], "a 3");
  for (const { board, value } of await ann.rendered()) assert.ok(value === "nothing" || value.startsWith(`${board} `), `${value} under ${board}`);
});

lookingOverBoth("when the page goes elsewhere for good the query ends, and the run that was under way for it", async (gallery) => {
  await gallery.store("a", 1);
  const ann = await gallery.enter("/board/a");
  await ann.sees(["layout", "cards"], "a 1");
  await gallery.hold("a");
  await gallery.store("a", 2);
  await gallery.hasRun("a", { begun: 2, ended: 1, dropped: 0 });
  await ann.goTo("/");
  await ann.page.locator("#start").waitFor();
  await gallery.hasRun("a", { begun: 2, ended: 1, dropped: 1 });
  // Another board is looked at meanwhile, over the same connection or another one.
  await ann.goTo("/board/b");
  await ann.sees(["layout", "cards"], "b 0");
  await gallery.store("a", 3);
  await gallery.store("b", 1);
  await ann.sees(["layout", "cards"], "b 1");
  await gallery.hasRun("a", { begun: 2, ended: 1, dropped: 1 });
  await gallery.release("a");
  await gallery.hold("b");
  await gallery.store("b", 2);
  await gallery.hasRun("b", { begun: 3, ended: 2, dropped: 0 });
  await ann.rendered();
  await ann.goTo("/board/a/list");
  await ann.sees(["layout", "list"], "a 3");
  // Over a connection that stays.
  await gallery.hasRun("b", { begun: 3, ended: 2, dropped: 1 });
  assert.ok((await ann.rendered()).every(({ value }) => value === "nothing" || value === "a 3"), "what it left is forgotten");
  await eventually(() => assert.deepEqual(ann.asked, ["board/a", "board/b", "board/a"]));
});
