import assert from "node:assert/strict";
import { FIRST, sale } from "./support/auction.mjs";
import { eventually } from "./support/eventually.mjs";

sale("two people bid against each other, everybody sees it, and who was outbid is told", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  const bob = await saleroom.enter({ name: "bob" });
  const eve = await saleroom.enter();
  await ann.sees("€480", "No bids yet");
  await ann.bid();
  await ann.sees("€480", "You lead");
  for (const person of [bob, eve]) await person.sees("€480", "ann leads");
  assert.equal(await ann.find("bid").isEnabled(), false, "nobody bids against themselves");
  await bob.page.getByRole("button", { name: "Bid €600" }).click();
  for (const person of [ann, eve]) await person.sees("€600", "bob leads");
  await eventually(async () => assert.match((await ann.text("outbid")) ?? "", /^bob bid €600/));
  assert.equal(await bob.find("outbid").isVisible(), false);
  assert.equal(await eve.find("outbid").isVisible(), false);
  await ann.find("bid-again").click();
  for (const person of [bob, eve]) await person.sees("€620", "ann leads");
  assert.equal(await ann.find("outbid").isVisible(), false);
  await eventually(async () => assert.deepEqual(await eve.find("bid-entry").locator(".bidder").allTextContents(), ["ann", "bob", "ann"]));
});

sale("who has no name is asked for one before the first bid, and a name that is taken is told apart", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  const other = await saleroom.enter();
  await other.bid();
  await other.answer("ann");
  await other.sees("€480", "You lead");
  await ann.sees("€480", "ann 2 leads");
  await other.page.reload();
  await other.connected();
  await other.sees("€480", "You lead");
});

sale("who comes later sees the same as who was there", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  const bob = await saleroom.enter({ name: "bob" });
  for (const [at, person] of [ann, bob, ann].entries()) {
    await person.bid();
    await person.sees(`€${480 + 20 * at}`, "You lead");
  }
  const late = await saleroom.enter();
  await late.sees("€520", "ann leads");
  assert.equal(await late.find("bid-entry").count(), 3);
  await bob.bid();
  await late.sees("€540", "bob leads");
});

sale("a page publishes nothing by frames made by hand, and bids for nobody else", async (saleroom) => {
  const ann = await saleroom.enter({ name: "ann" });
  const eve = await saleroom.enter({ name: "eve" });
  const outcome = await eve.page.evaluate(async (lot) => {
    const bid = { number: 1, bidder: "ann", amount: 999, at: 0, minimum: 1000, endsAt: 0 };
    const socket = new WebSocket(`ws://${location.host}/realtime/socket?channel=lots/${lot}`, ["tidewire.v1"]);
    const replies = new Promise((resolve) => {
      /** @type {string[]} */
      const names = [];
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: "publish", ref: 1, channel: `lots/${lot}`, event: "bid.placed", data: bid }));
        socket.send(JSON.stringify({ type: "publish", ref: 2, channel: "house", event: "lot.closed", data: { lot, winner: "eve", price: 1 } }));
      };
      socket.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.ref !== undefined) names.push(frame.error?.name ?? frame.type);
        if (names.length === 2) resolve(names);
      };
    });
    const names = await replies;
    socket.close();
    const answer = await fetch("/bids", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ lot, amount: 500 }) });
    const taken = await answer.json();
    return { names, status: answer.status, bidder: taken.bidder, cookie: document.cookie };
  }, `${FIRST}-1`);
  assert.deepEqual(outcome, { names: ["denied", "denied"], status: 201, bidder: "eve", cookie: "" });
  await ann.sees("€500", "eve leads");
  assert.equal(await ann.find("bid-entry").count(), 1);
});

sale("on a phone everything that one needs lies within the screen", async (saleroom) => {
  const viewport = { width: 390, height: 844 };
  const ann = await saleroom.enter({ name: "ann", device: { viewport, deviceScaleFactor: 2, isMobile: true, hasTouch: true } });
  await ann.find("bid").tap();
  await ann.sees("€480", "You lead");
  assert.equal(await ann.page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
  for (const id of ["price", "countdown", "bid", "status", "profile"]) {
    const box = await ann.find(id).boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height, `${id} is at ${JSON.stringify(box)}`);
  }
});
