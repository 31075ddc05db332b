/** All lots: those under the hammer, to choose from, and those that are over. */

import { arrange, find, make } from "/reception/elements.js";
import { euros, outcome, rest, several } from "./wording.js";

/** @typedef {import("./saleroom.js").Lot} Lot */

export class Shelf {
  #self;
  /** @type {Map<string, HTMLElement>} */
  #cards = new Map();
  /** @type {readonly Lot[]} */
  #open = [];

  /** @param {{ self: () => string }} options */
  constructor({ self }) {
    this.#self = self;
  }

  /**
   * @param {readonly Lot[]} open
   * @param {readonly Lot[]} over
   * @param {string | undefined} current
   */
  show(open, over, current) {
    this.#open = open;
    arrange(find("#lots"), open.map((lot) => this.#card(lot, lot.id === current)));
    find("#results").hidden = over.length === 0;
    arrange(find("#over"), over.map((lot) => this.#result(lot, lot.id === current)));
    const known = new Set([...open, ...over].map(({ id }) => id));
    for (const key of this.#cards.keys()) if (!known.has(key.replace("result ", ""))) this.#cards.delete(key);
  }

  /** @param {number} now - By the server's clock. */
  tick(now) {
    for (const lot of this.#open) {
      const card = this.#cards.get(lot.id);
      if (card === undefined) continue;
      const left = lot.endsAt - now;
      const time = find(".card-time", card);
      const text = rest(left).replace(/\.\d$/u, "");
      if (time.textContent !== text) time.textContent = text;
      time.classList.toggle("short", left < 10_000);
    }
  }

  /**
   * @param {Lot} lot
   * @param {boolean} isCurrent
   */
  #card(lot, isCurrent) {
    const card = this.#cards.get(lot.id) ?? this.#create(lot);
    const link = find("a", card);
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    const leads = lot.bids.at(-1)?.bidder === this.#self() && lot.count > 0;
    find(".card-price", card).textContent = euros(lot.price);
    find(".card-bids", card).textContent = lot.count === 0 ? "no bids yet" : leads ? "you lead" : several(lot.count, "bid");
    card.dataset.leading = String(leads);
    return card;
  }

  /** @param {Lot} lot */
  #create(lot) {
    const link = make(
      "a",
      { href: `#${lot.id}`, "data-testid": `lot-${lot.slug}` },
      make("img", { src: `/assets/art/${lot.slug}.svg`, alt: "", width: "640", height: "480" }),
      make("span", { class: "card-title" }, lot.title),
      make("span", { class: "card-price" }),
      make("span", { class: "card-bids" }),
      make("span", { class: "card-time" }),
    );
    const card = make("li", { class: "card" }, link);
    this.#cards.set(lot.id, card);
    return card;
  }

  /**
   * @param {Lot} lot
   * @param {boolean} isCurrent
   */
  #result(lot, isCurrent) {
    const key = `result ${lot.id}`;
    const element =
      this.#cards.get(key) ??
      make("li", { class: "result", "data-testid": "result" }, make("a", { href: `#${lot.id}` }, make("img", { src: `/assets/art/${lot.slug}.svg`, alt: "", width: "64", height: "48" }), make("span", { class: "result-title" }, lot.title), make("span", { class: "result-outcome" })));
    this.#cards.set(key, element);
    const own = lot.winner !== undefined && lot.winner === this.#self();
    find(".result-outcome", element).textContent = own ? `Sold to you for ${euros(lot.price)}` : outcome(lot);
    element.dataset.own = String(own);
    element.dataset.sold = String(lot.winner !== undefined);
    const link = find("a", element);
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    return element;
  }
}
