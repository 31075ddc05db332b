/** Carrying a card with the keyboard: the grip takes it and puts it down, arrow keys carry it. */

import { placeOf } from "./plan.js";
import { COLUMNS } from "./wording.js";

/** @typedef {import("./plan.js").Card} Card */
/** @typedef {import("./plan.js").Place} Place */

export class Keys {
  #carrier;
  #cards;
  /** @type {{ id: number, grip: HTMLElement } | undefined} */
  #held;

  /**
   * @param {HTMLElement} board
   * @param {import("./hand.js").Carrier} carrier
   * @param {() => readonly Card[]} cards - As they are shown.
   */
  constructor(board, carrier, cards) {
    this.#carrier = carrier;
    this.#cards = cards;
    board.addEventListener("click", (event) => {
      const grip = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".grip"));
      // A click with a count was made by a pointer, which drags.
      if (grip !== null && event.detail === 0) this.#press(grip);
    });
    board.addEventListener("keydown", (event) => this.#key(event));
    board.addEventListener("focusout", () => setTimeout(() => this.#held !== undefined && document.activeElement !== this.#held.grip && this.letGo()));
  }

  /** Puts the card back where it was. */
  letGo() {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#carrier.cancelled();
  }

  /** @param {HTMLElement} grip */
  #press(grip) {
    if (this.#held !== undefined) {
      this.#held = undefined;
      this.#carrier.dropped();
      return;
    }
    const id = Number(/** @type {HTMLElement} */ (grip.closest(".card")).dataset.id);
    if (!this.#carrier.mayTake(id)) return;
    this.#held = { id, grip };
    this.#carrier.took(id);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.#held === undefined) return;
    if (event.key === "Escape") return this.letGo();
    const place = this.#beside(this.#held.id, event.key);
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (place !== undefined) this.#carrier.over(place);
  }

  /**
   * The place that an arrow key leads to, if there is one.
   *
   * @param {number} id
   * @param {string} key
   * @returns {Place | undefined}
   */
  #beside(id, key) {
    const cards = this.#cards();
    const from = placeOf(cards, id);
    if (from === undefined) return undefined;
    const inColumn = (/** @type {string | undefined} */ column) => cards.filter((card) => card.column === column);
    const mates = inColumn(from.to);
    const at = mates.findIndex((card) => card.id === id);
    if (key === "ArrowUp") return at === 0 ? undefined : { to: from.to, above: mates[at - 1]?.id };
    if (key === "ArrowDown") return at === mates.length - 1 ? undefined : { to: from.to, above: mates[at + 2]?.id };
    const step = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
    const column = COLUMNS[COLUMNS.findIndex((one) => one.id === from.to) + step]?.id;
    return step === 0 || column === undefined ? undefined : { to: column, above: inColumn(column)[at]?.id };
  }
}
