/** The page: joins the client, the saleroom and the views. */

import { showStatus } from "/reception/connection.js";
import { button, find, make } from "/reception/elements.js";
import { Identity } from "/reception/identity.js";
import { ask, RequestError } from "/reception/requests.js";
import { Clock } from "./clock.js";
import { createClient } from "./realtime/index.js";
import { Saleroom } from "./saleroom.js";
import { Shelf } from "./shelf.js";
import { Stage } from "./stage.js";
import { euros, outcome, refusal } from "./wording.js";

/** How often clocks are drawn, in milliseconds. */
const TICK = 100;

const clock = new Clock();
const client = createClient({ url: "/realtime" });
const identity = new Identity({
  app: "auction",
  heading: "Who is bidding?",
  why: "Everybody in the room sees this name beside your bids. Watching needs none.",
  save: "Take a seat",
  onChange: () => changed(),
});
const self = () => identity.name;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let scheduled;
let isBidding = false;
/** What became of a bid, and of which lot. */
let problem = { lot: "", text: "" };

const stage = new Stage({ self, onBid: (lot, amount) => void bid(lot, amount) });
const shelf = new Shelf({ self });
const saleroom = new Saleroom({ client, clock, changed, told });

client.status.subscribe(() => {
  changed();
  // It may be another process that answers now, and that one knows nobody.
  if (client.status.get().status === "connected") identity.recall().catch(() => {});
});
addEventListener("hashchange", show);
setInterval(tick, TICK);
show();

/** Something is not as it is shown. However much that is at once, the page is brought in line once. */
function changed() {
  scheduled ??= setTimeout(show);
}

function show() {
  clearTimeout(scheduled);
  scheduled = undefined;
  const status = client.status.get();
  showStatus(find("#status"), status);
  const lot = current();
  document.body.dataset.live = String(status.status === "connected");
  stage.show(lot, { isLive: status.status === "connected", isBidding, problem: problem.lot === lot?.id ? problem.text : "" });
  shelf.show(saleroom.open, saleroom.over, lot?.id);
  find("#between").hidden = saleroom.open.length > 0 || lot === undefined;
  const waiting = find("#waiting");
  waiting.hidden = lot !== undefined;
  waiting.textContent = saleroom.problem === "" ? "Opening the doors…" : "The saleroom cannot be reached. This page goes on trying.";
  document.title = lot === undefined ? "Tidewire auction" : `${euros(lot.price)} · ${lot.title}`;
  tick();
}

function tick() {
  const now = clock.now();
  stage.tick(now);
  shelf.tick(now);
}

/** The lot that the address names, or the one that ends first. */
function current() {
  const named = saleroom.lots.get(decodeURIComponent(location.hash.slice(1)));
  return named ?? saleroom.open.toSorted((one, other) => one.endsAt - other.endsAt)[0] ?? saleroom.over[0];
}

/**
 * @param {import("./saleroom.js").Lot} lot
 * @param {number} amount
 */
async function bid(lot, amount) {
  if (isBidding || (identity.name === "" && !(await identity.ask()))) return;
  // Who looks at this lot goes on looking at it, whichever ends first.
  history.replaceState(null, "", `#${lot.id}`);
  isBidding = true;
  problem = { lot: lot.id, text: "" };
  find("#notice").hidden = true;
  show();
  try {
    await ask("POST", "/bids", { lot: lot.id, amount });
  } catch (error) {
    problem.text = await explain(error);
  }
  isBidding = false;
  show();
}

/** @param {unknown} error */
async function explain(error) {
  if (!(error instanceof RequestError)) return String(error);
  if (error.body?.refused !== undefined) return refusal(error.body.refused);
  if (error.status !== 401) return `Nobody knows what became of your bid: ${error.message}.`;
  // The house does not know this browser any more.
  await identity.recall().catch(() => {});
  void identity.ask();
  return "You are not signed in any more. Nothing was bid.";
}

/** @param {import("./saleroom.js").News} news */
function told(news) {
  const { lot } = news;
  switch (news.kind) {
    case "bid": {
      const { bidder, amount } = news.bid;
      if (news.before === self() && bidder !== self() && self() !== "") outbid(lot, bidder);
      if (bidder === self()) find("#notice").hidden = true;
      if (lot.id === current()?.id) announce(`${bidder === self() ? "You lead" : `${bidder} leads`} with ${euros(amount)}`);
      return;
    }
    case "going":
      if (lot.id === current()?.id) announce(lot.call === 1 ? "Going once" : "Going twice");
      return;
    case "ended":
      find("#notice").hidden ||= find("#notice").dataset.lot === lot.id;
      announce(`${lot.title}. ${outcome(lot)}`);
      // Who watched the end sees how it ended, and not the next lot.
      if (location.hash === "" && lot.endsAt <= Math.min(...saleroom.open.map(({ endsAt }) => endsAt))) history.replaceState(null, "", `#${lot.id}`);
      return;
    case "opened":
      announce(`Now under the hammer: ${lot.title}`);
  }
}

/**
 * @param {import("./saleroom.js").Lot} lot
 * @param {string} bidder
 */
function outbid(lot, bidder) {
  const notice = find("#notice");
  notice.dataset.lot = lot.id;
  notice.replaceChildren(
    make("p", {}, make("strong", {}, `${bidder} bid ${euros(lot.price)}`), ` and leads on ${lot.title}.`),
    button(`Bid ${euros(lot.minimum)}`, { class: "primary", "data-testid": "bid-again" }, () => void bid(saleroom.lots.get(lot.id) ?? lot, lot.minimum)),
    button("×", { class: "dismiss", "aria-label": "Let it go" }, () => (notice.hidden = true)),
  );
  notice.hidden = false;
}

/**
 * Tells those who listen to the page instead of looking at it.
 *
 * @param {string} text
 */
function announce(text) {
  find("#announcer").textContent = text;
}
