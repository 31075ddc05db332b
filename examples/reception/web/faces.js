/** Who is here, in the head of the page. */

import { arrange, find, make } from "./elements.js";
import { portray } from "./people.js";

/** So many faces have room; the rest is a number. */
const SHOWN = 9;
const SHOWN_NARROW = 4;

/**
 * @typedef {{ readonly name: string, readonly hue?: number | undefined, readonly doing?: string | undefined }} Face
 *   `hue`: where it is not the one of the name. `doing`: what they do at this moment, in a word.
 */

export class Faces {
  #list = find("#faces");
  /** @type {Map<string, HTMLElement>} */
  #faces = new Map();

  /**
   * @param {readonly Face[]} people
   * @param {string} self
   */
  show(people, self) {
    const all = people.toSorted((one, other) => Number(other.name === self) - Number(one.name === self));
    const room = matchMedia("(max-width: 760px)").matches ? SHOWN_NARROW : SHOWN;
    const faces = all.slice(0, room).map((face) => this.#face(face, self));
    if (all.length > room) faces.push(this.#rest(all.length - room));
    arrange(this.#list, faces);
    for (const known of this.#faces.keys()) if (known !== "" && !people.some(({ name }) => name === known)) this.#faces.delete(known);
    const isAlone = all.length === 1 && all[0]?.name === self;
    find("#count").textContent = all.length === 0 ? "" : isAlone ? "Only you" : `${all.length} here`;
  }

  /**
   * @param {Face} face
   * @param {string} self
   */
  #face({ name, hue, doing }, self) {
    let element = this.#faces.get(name);
    if (element === undefined) {
      element = make("li", { class: "face", "data-testid": "face", "data-name": name, title: name }, make("span", { class: "avatar", "aria-hidden": "true" }), make("span", { class: "hidden" }));
      this.#faces.set(name, element);
    }
    const avatar = find(".avatar", element);
    portray(avatar, name);
    if (hue !== undefined) avatar.style.setProperty("--hue", String(hue));
    element.classList.toggle("busy", doing !== undefined);
    find(".hidden", element).textContent = [`${name}${name === self ? " (you)" : ""}`, ...(doing === undefined ? [] : [doing])].join(", ");
    return element;
  }

  /** @param {number} count */
  #rest(count) {
    const face = this.#faces.get("") ?? make("li", { class: "face rest" });
    face.textContent = `+${count}`;
    this.#faces.set("", face);
    return face;
  }
}
