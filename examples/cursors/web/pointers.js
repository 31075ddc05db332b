/** The pointers of the others, each moving as smoothly as its owner's hand, however its places arrive. */

import { find, make } from "/reception/elements.js";
import { HEIGHT, WIDTH } from "./ink.js";

/** After so long a pointer has come a good part closer to where it should be, in milliseconds. */
const EASE = 55;

/** A pointer that does not move for so long fades, in milliseconds. */
const REST = 12_000;

const SHAPE = "M1.5 1.5 18 8.2 10.600 10.600 8.200 18z";

/** @typedef {import("./ink.js").Place} Place */
/** @typedef {{ element: HTMLElement, x: number, y: number, goal: Place, moved: number, colour: number }} Pointer */

export class Pointers {
  #layer = find("#pointers");
  /** @type {Map<string, Pointer>} By whose it is. */
  #all = new Map();
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #frame = 0;
  #last = 0;

  /**
   * @param {string} name
   * @param {Place} at
   */
  move(name, at) {
    const pointer = this.#all.get(name) ?? this.#create(name, at);
    pointer.goal = at;
    pointer.moved = performance.now();
    pointer.element.classList.remove("resting");
    this.#run();
  }

  /**
   * What its owner shows.
   *
   * @param {string} name
   * @param {{ hue: number, drawing: boolean }} state
   */
  paint(name, { hue, drawing }) {
    const element = this.#all.get(name)?.element;
    element?.style.setProperty("--hue", String(hue));
    element?.classList.toggle("drawing", drawing);
  }

  /** @param {(name: string) => boolean} isHere */
  keep(isHere) {
    for (const [name, { element }] of this.#all) {
      if (isHere(name)) continue;
      element.remove();
      this.#all.delete(name);
    }
  }

  /**
   * @param {string} name
   * @param {Place} at
   */
  #create(name, at) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    shape.setAttribute("viewBox", "0 0 20 20");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPE);
    shape.append(path);
    const element = make("div", { class: "pointer", "data-testid": "pointer", "data-name": name }, shape, make("span", { class: "tag", dir: "auto" }, name));
    this.#layer.append(element);
    const pointer = { element, x: at[0], y: at[1], goal: at, moved: 0, colour: 0 };
    this.#all.set(name, pointer);
    return pointer;
  }

  #run() {
    if (this.#frame !== 0) return;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#step);
  }

  #step = (/** @type {number} */ now) => {
    const part = this.#still.matches ? 1 : 1 - Math.exp(-Math.max(0, now - this.#last) / EASE);
    this.#last = now;
    let isMoving = false;
    for (const pointer of this.#all.values()) {
      const [x, y] = pointer.goal;
      pointer.x += (x - pointer.x) * part;
      pointer.y += (y - pointer.y) * part;
      pointer.element.style.translate = `${(pointer.x / WIDTH) * this.#layer.clientWidth}px ${(pointer.y / HEIGHT) * this.#layer.clientHeight}px`;
      const isResting = now - pointer.moved > REST;
      pointer.element.classList.toggle("resting", isResting);
      isMoving ||= !isResting;
    }
    this.#frame = isMoving ? requestAnimationFrame(this.#step) : 0;
  };
}
