/** A number whose digits roll to the next one. */

import { make } from "/reception/elements.js";

/** How long a digit rolls, in milliseconds. */
const ROLL = 420;

/** Groups of three are set apart, so that one reads a long number at once. */
const written = new Intl.NumberFormat("en", { useGrouping: true });

export class Rolls {
  #element;
  /** @type {number | undefined} */
  #shown;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** @param {number} number */
  show(number) {
    const before = this.#shown;
    if (number === before) return;
    this.#shown = number;
    const text = written.format(number);
    const old = [...this.#element.children].map((place) => place.lastElementChild?.textContent ?? "");
    this.#element.dataset.length = String(Math.min(text.length, 9));
    const places = [...text].map((sign) => make("span", { class: /\d/u.test(sign) ? "digit" : "comma" }, make("span", {}, sign)));
    this.#element.replaceChildren(...places);
    if (before === undefined || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const up = number > before;
    // From the right, because that is where places keep their worth.
    places.forEach((place, at) => {
      const gone = old.at(at - places.length);
      const sign = place.lastElementChild;
      if (!(sign instanceof HTMLElement) || gone === sign.textContent) return;
      const options = { duration: ROLL, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
      sign.animate([{ transform: `translateY(${up ? "100%" : "-100%"})` }, { transform: "none" }], options);
      if (gone === undefined) return;
      const leaving = make("span", { class: "leaving" }, gone);
      place.prepend(leaving);
      leaving.animate([{ transform: "none" }, { transform: `translateY(${up ? "-100%" : "100%"})` }], options).finished.then(() => leaving.remove(), () => {});
    });
  }
}
