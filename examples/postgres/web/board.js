/** The board: a fixed place for each departure, whose flaps turn to whatever leaves there now. */

import { make } from "/reception/elements.js";
import { Flaps } from "./flaps.js";

/** @typedef {import("./realtime/index.js").Departure} Departure */

/** A board has so many places, also when there is less to show. */
const PLACES = 10;

/** How many letters each column has room for. */
const COLUMNS = /** @type {const} */ ({ departs: 5, destination: 16, vessel: 13, berth: 4, state: 9 });

/** @typedef {keyof typeof COLUMNS} Column */

class Place {
  element = make("li", { class: "row" });
  /** @type {Record<Column, Flaps>} */
  #cells;

  constructor() {
    const cell = (/** @type {Column} */ column) => {
      const flaps = new Flaps(COLUMNS[column]);
      this.element.append(make("span", { class: `cell ${column}` }, flaps.spoken, flaps.element));
      return flaps;
    };
    this.#cells = { departs: cell("departs"), destination: cell("destination"), vessel: cell("vessel"), berth: cell("berth"), state: cell("state") };
  }

  /** @param {Departure | undefined} departure */
  show(departure) {
    const { dataset } = this.element;
    if (departure === undefined) delete dataset.id;
    else Object.assign(dataset, { testid: "departure", id: String(departure.id), destination: departure.destination, state: departure.state });
    if (departure === undefined) for (const name of ["testid", "destination", "state"]) delete dataset[name];
    this.element.setAttribute("aria-hidden", String(departure === undefined));
    for (const [column, flaps] of /** @type {[Column, Flaps][]} */ (Object.entries(this.#cells))) {
      flaps.show(column === "departs" ? (departure?.departs.slice(0, 5) ?? "") : (departure?.[column] ?? ""));
    }
  }
}

export class Board {
  #list;
  /** @type {Place[]} */
  #places = [];
  /** @type {Map<number, string> | undefined} */
  #known;
  /** The departure that changed last. @type {number | undefined} */
  #newest;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
    this.#fit(PLACES);
  }

  /** @param {readonly Departure[]} departures */
  show(departures) {
    this.#list.ariaBusy = "false";
    const now = new Map(departures.map((departure) => [departure.id, JSON.stringify(departure)]));
    const known = this.#known;
    this.#known = now;
    if (known !== undefined) for (const [id, text] of now) if (known.get(id) !== text) this.#newest = id;
    this.#fit(Math.max(PLACES, departures.length));
    this.#places.forEach((place, at) => place.show(departures[at]));
    this.#light();
  }

  /**
   * This departure changed last.
   *
   * @param {number} id
   */
  mark(id) {
    if (this.#known?.has(id) !== true) return;
    this.#newest = id;
    this.#light();
  }

  /** The lamp beside the newest change. */
  #light() {
    for (const { element } of this.#places) element.classList.toggle("newest", this.#newest !== undefined && element.dataset.id === String(this.#newest));
  }

  /** @param {number} size */
  #fit(size) {
    for (const place of this.#places.splice(size)) place.element.remove();
    while (this.#places.length < size) {
      const place = new Place();
      place.show(undefined);
      this.#places.push(place);
      this.#list.append(place.element);
    }
  }
}
