/** A line of split flaps: each turns through a few letters before it rests on its own. */

import { make } from "/reception/elements.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** How long a letter shows while flaps turn, in milliseconds. */
const STEP = 45;
/** So many letters a flap shows at least, and each one further right a little longer. */
const TURNS = 4;

/** Those that turn. One clock is for all of them. @type {Set<Flaps>} */
const turning = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

function tick() {
  for (const flaps of turning) if (flaps.turn()) turning.delete(flaps);
  if (turning.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}

export class Flaps {
  /** What is seen. */
  element = make("span", { class: "flaps", "aria-hidden": "true" });
  /** What is read aloud. */
  spoken = make("span", { class: "hidden" });
  #places;
  /** @type {string[]} */
  #shown;
  /** @type {string[]} */
  #wanted;
  #step = 0;

  /** @param {number} places - How many letters there is room for. */
  constructor(places) {
    this.#places = places;
    this.#shown = this.#wanted = this.#fitted("");
    this.element.textContent = this.#shown.join("");
  }

  /** @param {string} text */
  show(text) {
    if (this.spoken.textContent === text) return;
    this.spoken.textContent = text;
    this.element.title = [...text].length > this.#places ? text : "";
    this.#wanted = this.#fitted(text);
    this.#step = 0;
    if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#rest();
      return;
    }
    turning.add(this);
    ticking ??= setInterval(tick, STEP);
  }

  /** Shows the next letters. Whether all of them are at rest. */
  turn() {
    this.#step += 1;
    const last = Math.max(...this.#wanted.map((letter, at) => (letter === this.#shown[at] ? 0 : TURNS + at / 2)));
    if (this.#step >= last) {
      this.#rest();
      return true;
    }
    const letters = this.#wanted.map((letter, at) => (letter === this.#shown[at] || this.#step >= TURNS + at / 2 ? letter : (LETTERS[(at * 7 + this.#step * 5) % LETTERS.length] ?? " ")));
    this.element.textContent = letters.join("");
    return false;
  }

  #rest() {
    this.#shown = this.#wanted;
    this.element.textContent = this.#shown.join("");
  }

  /** @param {string} text */
  #fitted(text) {
    const letters = [...text.toLocaleUpperCase("en")];
    const cut = letters.length > this.#places ? [...letters.slice(0, this.#places - 1), "…"] : letters;
    return [...cut, ...Array.from({ length: this.#places - cut.length }, () => " ")];
  }
}
