/** Carrying a card with a pointer: with a mouse by any part of it, with a finger by its grip, because the rest scrolls the page. */

import { find } from "/reception/elements.js";

/** A mouse that moves less than this clicks, in pixels. */
const SLACK = 4;

/** How near to the edge of the screen a card has to be held for the page to scroll, and how fast that is, in pixels. */
const EDGE = 72;
const SPEED = 14;

/** @typedef {import("./plan.js").Place} Place */
/**
 * @typedef {{
 *   mayTake: (id: number) => boolean, took: (id: number) => void, over: (place: Place) => void,
 *   dropped: (from?: DOMRect) => void, cancelled: (from?: DOMRect) => void,
 * }} Carrier - What is to be done when somebody takes a card, holds it over a place, and lets it go.
 */

export class Hand {
  #board;
  #carrier;
  /** @type {{ id: number, pointer: number, card: HTMLElement, x: number, y: number, startX: number, startY: number, ghost: HTMLElement | undefined, left: number, top: number } | undefined} */
  #held;

  /**
   * @param {HTMLElement} board
   * @param {Carrier} carrier
   */
  constructor(board, carrier) {
    this.#board = board;
    this.#carrier = carrier;
    board.addEventListener("pointerdown", (event) => this.#down(event));
    board.addEventListener("pointermove", (event) => this.#move(event));
    board.addEventListener("pointerup", (event) => this.#isOurs(event) && this.#end("dropped"));
    board.addEventListener("pointercancel", (event) => this.#isOurs(event) && this.#end("cancelled"));
    board.addEventListener("lostpointercapture", (event) => this.#isOurs(event) && this.#end("cancelled"));
    addEventListener("keydown", (event) => event.key === "Escape" && this.letGo());
    addEventListener("blur", () => this.letGo());
  }

  /** Puts the card back where it was. */
  letGo() {
    this.#end("cancelled");
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const target = /** @type {Element} */ (event.target);
    const card = /** @type {HTMLElement | null} */ (target.closest(".card"));
    if (card === null || this.#held !== undefined || event.button !== 0 || target.closest(".tool, textarea") !== null) return;
    const isTouch = event.pointerType === "touch";
    const id = Number(card.dataset.id);
    if ((isTouch && target.closest(".grip") === null) || !this.#carrier.mayTake(id)) return;
    const { left, top } = card.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    this.#held = { id, pointer: event.pointerId, card, x, y, startX: x, startY: y, ghost: undefined, left, top };
    // The board stays where it is; the card itself is moved, and would lose the finger. A mouse may still want to click.
    if (isTouch) this.#board.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const held = this.#held;
    if (held === undefined || !this.#isOurs(event)) return;
    // The button was let go where nobody could see it.
    if (event.buttons === 0) return this.#end("cancelled");
    held.x = event.clientX;
    held.y = event.clientY;
    if (held.ghost === undefined) {
      if (Math.hypot(held.x - held.startX, held.y - held.startY) < SLACK) return;
      this.#begin(held);
    }
    this.#follow();
  }

  /** @param {NonNullable<Hand["#held"]>} held */
  #begin(held) {
    this.#board.setPointerCapture(held.pointer);
    const ghost = /** @type {HTMLElement} */ (held.card.cloneNode(true));
    ghost.classList.add("ghost");
    ghost.setAttribute("aria-hidden", "true");
    for (const element of [ghost, ...ghost.querySelectorAll("[data-testid]")]) element.removeAttribute("data-testid");
    ghost.style.width = `${held.card.offsetWidth}px`;
    document.body.append(ghost);
    document.body.classList.add("carrying");
    held.ghost = ghost;
    this.#carrier.took(held.id);
    requestAnimationFrame(() => this.#scroll());
  }

  #follow() {
    const held = this.#held;
    if (held?.ghost === undefined) return;
    held.ghost.style.translate = `${held.left + held.x - held.startX}px ${held.top + held.y - held.startY}px`;
    const column = /** @type {HTMLElement | null | undefined} */ (document.elementFromPoint(held.x, held.y)?.closest(".column"));
    if (column == null) return;
    const list = find("ol", column);
    const { top } = list.getBoundingClientRect();
    // By where cards lie, and not by where they glide at this moment.
    const lower = /** @type {HTMLElement[]} */ ([...list.children]).find((card) => Number(card.dataset.id) !== held.id && held.y - top < card.offsetTop + card.offsetHeight / 2);
    this.#carrier.over({ to: /** @type {import("./plan.js").Column} */ (column.dataset.column), above: lower === undefined ? undefined : Number(lower.dataset.id) });
  }

  /** A board is higher than a phone. */
  #scroll() {
    const held = this.#held;
    if (held?.ghost === undefined) return;
    const by = held.y < EDGE ? -SPEED : held.y > innerHeight - EDGE ? SPEED : 0;
    if (by !== 0) {
      const before = scrollY;
      scrollBy(0, by);
      if (scrollY !== before) this.#follow();
    }
    requestAnimationFrame(() => this.#scroll());
  }

  /** @param {"dropped" | "cancelled"} how */
  #end(how) {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (this.#board.hasPointerCapture(held.pointer)) this.#board.releasePointerCapture(held.pointer);
    if (held.ghost === undefined) return;
    const from = held.ghost.getBoundingClientRect();
    held.ghost.remove();
    document.body.classList.remove("carrying");
    this.#carrier[how](from);
  }

  /** @param {PointerEvent} event */
  #isOurs(event) {
    return this.#held?.pointer === event.pointerId;
  }
}
