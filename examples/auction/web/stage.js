/** The lot in the middle: its picture, its price, and how to bid for it. */

import { arrange, button, find, make } from "/reception/elements.js";
import { hue } from "/reception/people.js";
import { euros, minuteOfDay, outcome, rest, several, timeOfDay } from "./wording.js";

/** @typedef {import("./saleroom.js").Lot} Lot */

/** How many bids stand in the list. */
const SHOWN = 12;

/** What can be bid beside the least: so many steps more. */
const RAISES = [2, 5, 10];

export class Stage {
  #self;
  #onBid;
  /** @type {Map<string, HTMLElement>} */
  #bids = new Map();
  /** @type {Lot | undefined} */
  #lot;
  #shown = "";
  #price = 0;
  #raises = "";

  /**
   * @param {{ self: () => string, onBid: (lot: Lot, amount: number) => void }} options
   */
  constructor({ self, onBid }) {
    this.#self = self;
    this.#onBid = onBid;
    find("#bid").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#lot !== undefined) onBid(this.#lot, this.#lot.minimum);
    });
  }

  /**
   * @param {Lot | undefined} lot
   * @param {{ isLive: boolean, isBidding: boolean, problem: string }} state
   */
  show(lot, state) {
    this.#lot = lot;
    find("#lot").hidden = lot === undefined;
    if (lot === undefined) return;
    if (lot.id !== this.#shown) this.#begin(lot);
    const bid = lot.bids.at(-1);
    const leads = bid !== undefined && bid.bidder === this.#self();
    find("#lot").dataset.state = lot.ended ? "ended" : leads ? "leading" : "open";
    this.#showPrice(lot, leads);
    this.#showControls(lot, leads, state);
    this.#showBids(lot);
    this.#showRibbon(lot);
    find("#closed").hidden = !lot.revoked;
  }

  /**
   * What changes by itself.
   *
   * @param {number} now - By the server's clock.
   */
  tick(now) {
    const lot = this.#lot;
    if (lot === undefined) return;
    const left = lot.endsAt - now;
    write(find("#countdown"), lot.ended ? minuteOfDay(lot.endsAt) : rest(left));
    write(find("#time-label"), lot.ended ? "The hammer fell at" : left <= 0 ? "The hammer falls" : "The hammer falls in");
    find(".time").classList.toggle("short", !lot.ended && left < 10_000);
    find(".rest").hidden = lot.ended;
    find("#rest").style.scale = `${lot.ended ? 0 : Math.min(1, Math.max(0, left / (lot.endsAt - lot.openedAt)))} 1`;
  }

  /** @param {Lot} lot */
  #begin(lot) {
    this.#shown = lot.id;
    this.#bids.clear();
    this.#price = lot.price;
    this.#raises = "";
    find("#bids").replaceChildren();
    const picture = /** @type {HTMLImageElement} */ (find("#lot-picture"));
    picture.src = `/assets/art/${lot.slug}.svg`;
    picture.alt = "";
    write(find("#lot-title"), lot.title);
    write(find("#lot-origin"), lot.origin);
    write(find("#lot-story"), lot.story);
  }

  /**
   * @param {Lot} lot
   * @param {boolean} leads
   */
  #showPrice(lot, leads) {
    const price = find("#price");
    write(price, euros(lot.price));
    if (lot.price !== this.#price) flash(price);
    this.#price = lot.price;
    write(find("#price-label"), lot.ended ? (lot.winner === undefined ? "Starting price" : "Hammer price") : lot.count === 0 ? "Starting price" : "Current bid");
    const bid = lot.bids.at(-1);
    const who = find("#leader");
    if (lot.ended) write(who, lot.winner === undefined ? "Passed: nobody has bid" : lot.winner === this.#self() ? "Sold to you" : `Sold to ${lot.winner}`);
    else write(who, bid === undefined ? "No bids yet" : leads ? "You lead" : `${bid.bidder} leads`);
    who.dataset.own = String(leads || (lot.ended && lot.winner === this.#self() && lot.winner !== ""));
  }

  /**
   * @param {Lot} lot
   * @param {boolean} leads
   * @param {{ isLive: boolean, isBidding: boolean, problem: string }} state
   */
  #showControls(lot, leads, { isLive, isBidding, problem }) {
    find("#bid").hidden = lot.ended;
    const can = isLive && !isBidding && !leads && !lot.ended;
    const now = /** @type {HTMLButtonElement} */ (find("#bid-now"));
    write(now, !isLive ? "Waiting for the connection…" : leads ? "You lead" : isBidding ? "Bidding…" : `Bid ${euros(lot.minimum)}`);
    now.disabled = !can;
    const raises = RAISES.map((steps) => lot.minimum + steps * lot.step);
    const key = `${lot.id} ${raises.join()} ${can}`;
    if (key !== this.#raises) {
      this.#raises = key;
      const had = find("#raises").contains(document.activeElement) ? [...find("#raises").children].indexOf(/** @type {Element} */ (document.activeElement)) : -1;
      find("#raises").replaceChildren(...raises.map((amount) => {
        const element = button(euros(amount), { class: "raise", "aria-label": `Bid ${euros(amount)}` }, () => this.#onBid(lot, amount));
        element.disabled = !can;
        return element;
      }));
      // A price that changes under somebody's hand must not take the keyboard away.
      const again = find("#raises").children[had];
      if (again instanceof HTMLElement) again.focus();
    }
    write(find("#rule"), `Each bid adds ${euros(lot.step)} at least. One in the last 15 seconds gives everybody 15 more.`);
    write(find("#problem"), problem);
  }

  /** @param {Lot} lot */
  #showBids(lot) {
    const bids = lot.bids.slice(-SHOWN).reverse();
    const elements = bids.map((bid) => {
      const key = String(bid.number);
      const element = this.#bids.get(key) ?? bidElement(bid);
      find(".bidder", element).textContent = bid.bidder === this.#self() ? "You" : bid.bidder;
      this.#bids.set(key, element);
      return element;
    });
    arrange(find("#bids"), elements);
    find("#no-bids").hidden = bids.length > 0;
    write(find("#no-bids"), lot.ended ? "Nobody bid for it." : "Nobody has bid yet. The first bid sets the price.");
    write(find("#history-title"), lot.count === 0 ? "Bids" : several(lot.count, "bid"));
  }

  /** @param {Lot} lot */
  #showRibbon(lot) {
    const ribbon = find("#ribbon");
    ribbon.hidden = !lot.ended && lot.call === 0;
    ribbon.dataset.kind = lot.ended ? "ended" : `call-${lot.call}`;
    write(ribbon, lot.ended ? outcome(lot) : lot.call === 1 ? "Going once…" : "Going twice…");
  }
}

/** @param {import("./saleroom.js").Bid} bid */
function bidElement(bid) {
  const dot = make("span", { class: "dot", "aria-hidden": "true" });
  dot.style.setProperty("--hue", String(hue(bid.bidder)));
  const time = make("time", { datetime: new Date(bid.at).toISOString() }, timeOfDay(bid.at));
  return make("li", { "data-testid": "bid-entry" }, dot, make("span", { class: "bidder", dir: "auto" }), time, make("span", { class: "sum" }, euros(bid.amount)));
}

/** @param {HTMLElement} element */
function flash(element) {
  element.classList.remove("new");
  void element.offsetWidth;
  element.classList.add("new");
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
