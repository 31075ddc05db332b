/** What happened to the table, newest first. Many rows at once are one line. */

import { arrange, make } from "/reception/elements.js";
import { clock, many, one } from "./wording.js";

/** @typedef {import("./wording.js").Operation} Operation */
/** @typedef {import("./board.js").Departure} Departure */
/** @typedef {{ number: number, operation: Operation | "missed", time: number, count: number, text: string }} Entry */

/** So many lines are kept. */
const LINES = 40;
/** What comes so soon after another belongs to it, in milliseconds. */
const TOGETHER = 1000;
/** More than so many of a kind at once are counted instead of told. */
const EACH = 4;
/** So many rows are remembered, for telling what changed in them. */
const REMEMBERED = 1000;

const SIGNS = { insert: "+", update: "~", delete: "−", truncate: "−", missed: "…" };

export class News {
  #list;
  #quiet;
  /** The newest last. @type {Entry[]} */
  #entries = [];
  #number = 0;
  /** @type {Map<number, Departure>} */
  #rows = new Map();
  #isDue = false;

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} quiet - Shown while there is nothing to tell.
   */
  constructor(list, quiet) {
    this.#list = list;
    this.#quiet = quiet;
  }

  /**
   * @param {Operation} operation
   * @param {Departure | undefined} row
   * @param {number} time
   */
  tell(operation, row, time) {
    const text = one(operation, row, row === undefined ? undefined : this.#rows.get(row.id));
    this.#remember(operation, row);
    const last = this.#entries.at(-1);
    const run = this.#entries.slice(-EACH);
    const goesOn = (/** @type {Entry} */ entry) => entry.operation === operation && time - entry.time < TOGETHER;
    if (last !== undefined && goesOn(last) && last.count > 1) {
      last.count += 1;
      last.time = time;
      last.text = many(operation, last.count);
    } else if (run.length === EACH && run.every(goesOn)) {
      this.#entries.splice(-EACH);
      this.#add(operation, time, EACH + 1, many(operation, EACH + 1));
    } else {
      this.#add(operation, time, 1, text);
    }
    this.#schedule();
  }

  /**
   * Something happened that nobody can tell any more. The board has it all the same.
   *
   * @param {number | undefined} changes
   */
  missed(changes) {
    this.#rows.clear();
    this.#add("missed", Date.now(), changes ?? 1, changes === undefined ? "Some changes were not told" : `${changes === 1 ? "One change was" : `${changes} changes were`} not told`);
    this.#schedule();
  }

  /**
   * @param {Entry["operation"]} operation
   * @param {number} time
   * @param {number} count
   * @param {string} text
   */
  #add(operation, time, count, text) {
    this.#number += 1;
    this.#entries.push({ number: this.#number, operation, time, count, text });
    if (this.#entries.length > LINES) this.#entries.shift();
  }

  /**
   * @param {Operation} operation
   * @param {Departure | undefined} row
   */
  #remember(operation, row) {
    if (row === undefined) return this.#rows.clear();
    this.#rows.delete(row.id);
    if (operation === "delete") return;
    this.#rows.set(row.id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > REMEMBERED && oldest !== undefined) this.#rows.delete(oldest);
  }

  /** Rows may come by the thousand: the list is made once for a frame of the screen. */
  #schedule() {
    if (this.#isDue) return;
    this.#isDue = true;
    // Not a frame itself: a page in the background has none.
    setTimeout(() => {
      this.#isDue = false;
      this.#show();
    }, 30);
  }

  #show() {
    this.#quiet.hidden = this.#entries.length > 0;
    const shown = new Map([.../** @type {HTMLCollectionOf<HTMLElement>} */ (this.#list.children)].map((line) => [line.dataset.number, line]));
    const lines = this.#entries.map((entry) => {
      const known = shown.get(String(entry.number));
      if (known?.dataset.count === String(entry.count)) return known;
      const line = make("li", { class: `line ${entry.operation}`, "data-testid": "line", "data-number": String(entry.number), "data-count": String(entry.count) });
      line.append(make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[entry.operation]), make("span", { class: "text" }, entry.text), make("time", {}, clock(entry.time)));
      return line;
    });
    arrange(this.#list, lines.reverse());
  }
}
