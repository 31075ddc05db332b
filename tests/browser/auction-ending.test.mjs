import assert from "node:assert/strict";
import { Bidder, FIRST, sale } from "./support/auction.mjs";
import { eventually, RECOVERY } from "./support/eventually.mjs";

/** How long a lot of twenty seconds may take to end on a busy machine, in milliseconds. */
const UNTIL_THE_END = 60_000;

sale("the hammer falls by the server's clock, for a page whose clock is wrong as well, and who comes later sees the result", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  const page = await saleroom.newPage();
  await page.addInitScript("{ const now = Date.now.bind(Date); Date.now = () => now() + 3_600_000; }");
  const wrong = new Bidder(page);
  await page.goto(`${saleroom.server.origin}/#${FIRST}-1`);
  await wrong.connected();
  await ann.bid();
  await wrong.sees("€480", "ann leads");
  assert.match((await wrong.text("countdown")) ?? "", /^(0:\d\d|\d\.\d)$/);
  await eventually(async () => assert.match((await wrong.text("ribbon")) ?? "", /^Going /), UNTIL_THE_END);
  await wrong.sees("€480", "Sold to ann", UNTIL_THE_END);
  await ann.sees("€480", "Sold to you", UNTIL_THE_END);
  for (const person of [ann, wrong]) {
    assert.equal(await person.find("bid").isVisible(), false);
    assert.equal(await person.text("ribbon"), "Sold to ann for €480");
    // After the end came, the house closed the channel.
    await person.find("closed").waitFor();
  }
  const late = await saleroom.enter();
  await late.sees("€480", "Sold to ann");
  await late.find("closed").waitFor();
}, { seconds: 20 });

sale("without a connection nobody bids blindly, and what happened meanwhile is there afterwards", async (saleroom) => {
  const proxy = await saleroom.proxy();
  const ann = await saleroom.enter({ name: "ann", origin: proxy.origin });
  const bob = await saleroom.enter({ name: "bob" });
  proxy.goDown();
  await eventually(async () => assert.equal(await ann.find("status").getAttribute("data-status"), "reconnecting"));
  assert.equal(await ann.find("bid").isEnabled(), false);
  await bob.bid();
  await bob.sees("€480", "You lead");
  proxy.comeBack();
  await ann.sees("€480", "bob leads", RECOVERY);
  await ann.bid();
  await bob.sees("€500", "ann leads");
}, { serverMayBeAway: true });

sale("after a restart of the house the page begins anew with it", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  await ann.bid();
  await ann.sees("€480", "You lead");
  await saleroom.server.kill();
  await saleroom.server.startAgain();
  await ann.sees("€480", "No bids yet", RECOVERY);
  await ann.connected();
  // The house does not know anybody any more. The page says so, and asks with the name that it remembers.
  await eventually(async () => assert.match((await ann.text("profile")) ?? "", /Not signed in/));
  await ann.bid();
  await eventually(async () => assert.equal(await ann.find("name-input").inputValue(), "ann"));
  await ann.find("name-save").click();
  await ann.find("name-input").waitFor({ state: "hidden" });
  await ann.sees("€480", "You lead");
}, { serverMayBeAway: true });
