/** The hand that points and draws: a mouse, a finger or the arrow keys. Two fingers move the board under the screen. */

import { HEIGHT, WIDTH } from "./ink.js";

/** Places this close to the last one add nothing to a line, in the measure of the board. */
const STEP = 2;

/** How far an arrow key moves the pointer; with Shift it is a quarter of that. */
const STRIDE = 20;

/** A piece of a line leaves after so long, in milliseconds, or with so many places: others see a line while it is drawn. */
const PIECE_TIME = 80;
const PIECE_SIZE = 60;

/** @typedef {import("./ink.js").Place} Place */

export class Pen {
  #board;
  #told;
  /** @type {Place[]} */
  #places = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isDown = false;
  /** @type {Map<number, { x: number, y: number }>} What touches the board, and where. */
  #fingers = new Map();
  /** @type {Place} Where the arrow keys have brought it. */
  #at = [WIDTH / 2, HEIGHT / 2];

  /**
   * @param {HTMLElement} board
   * @param {{ moved: (at: Place) => void, drawn: (places: readonly Place[]) => void, down: (isDown: boolean) => void }} told - `drawn`: a piece of a line.
   */
  constructor(board, told) {
    this.#board = board;
    this.#told = told;
    board.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      board.setPointerCapture(event.pointerId);
      this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (this.#fingers.size > 1) this.#up();
      else this.#down(this.#place(event));
    });
    board.addEventListener("pointermove", (event) => {
      if (this.#fingers.size > 1) return this.#shift(event);
      // What a fast hand did between two frames is there, too, so that its curves stay curves.
      const all = event.getCoalescedEvents?.() ?? [];
      for (const part of this.#isDown && all.length > 0 ? all : [event]) this.#move(this.#place(part));
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      board.addEventListener(end, (event) => {
        this.#fingers.delete(event.pointerId);
        this.#up();
      });
    }
    board.addEventListener("keydown", (event) => this.#key(event));
    board.addEventListener("blur", () => this.#up());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[event.key];
    if (way !== undefined) {
      const stride = event.shiftKey ? STRIDE / 4 : STRIDE;
      this.#move(within(this.#at[0] + way[0] * stride, this.#at[1] + way[1] * stride));
    } else if (event.key === " " && !event.repeat) {
      if (this.#isDown) this.#up();
      else this.#down(this.#at);
    } else return;
    event.preventDefault();
  }

  /** @param {Place} at */
  #down(at) {
    this.#isDown = true;
    this.#places = [at];
    this.#told.down(true);
    this.#move(at);
  }

  /** @param {Place} at */
  #move(at) {
    this.#at = at;
    this.#told.moved(at);
    const last = this.#places.at(-1);
    if (!this.#isDown || last === undefined || Math.hypot(at[0] - last[0], at[1] - last[1]) < STEP) return;
    this.#places.push(at);
    if (this.#places.length >= PIECE_SIZE) this.#hand();
    else this.#timer ??= setTimeout(() => this.#hand(), PIECE_TIME);
  }

  #up() {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#hand(true);
    this.#told.down(false);
  }

  /** @param {PointerEvent} event - Of one of several fingers. */
  #shift({ pointerId, clientX, clientY }) {
    const before = this.#fingers.get(pointerId);
    if (before === undefined) return;
    this.#board.parentElement?.scrollBy((before.x - clientX) / this.#fingers.size, (before.y - clientY) / this.#fingers.size);
    this.#fingers.set(pointerId, { x: clientX, y: clientY });
  }

  /** Hands out what was drawn since the last time; the next piece begins where this one ends. */
  #hand(isLast = false) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const end = this.#places.at(-1);
    if (end === undefined) return;
    this.#told.drawn(this.#places);
    this.#places = isLast ? [] : [end];
  }

  /**
   * @param {{ clientX: number, clientY: number }} event
   * @returns {Place}
   */
  #place({ clientX, clientY }) {
    const box = this.#board.getBoundingClientRect();
    return within(((clientX - box.left) / box.width) * WIDTH, ((clientY - box.top) / box.height) * HEIGHT);
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
function within(x, y) {
  const tidy = (/** @type {number} */ value, /** @type {number} */ most) => Math.round(Math.min(most, Math.max(0, value)) * 10) / 10;
  return [tidy(x, WIDTH), tidy(y, HEIGHT)];
}
