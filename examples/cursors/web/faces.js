/** Who is here, in the head of the page. */

import { arrange, find, make } from "/reception/elements.js";
import { portray } from "/reception/people.js";

/** So many faces have room; the rest is a number. */
const SHOWN = 9;

/** @typedef {import("./realtime/index.js").Member} State */
/** @typedef {{ readonly id: string, readonly connections: number, readonly state: State }} Somebody */

export class Faces {
  #list = find("#faces");
  /** @type {Map<string, HTMLElement>} */
  #faces = new Map();

  /**
   * @param {readonly Somebody[]} members
   * @param {string} self
   */
  show(members, self) {
    const others = members.filter(({ id }) => id !== self);
    const own = members.filter(({ id }) => id === self);
    const all = [...own, ...others];
    const narrow = matchMedia("(max-width: 760px)").matches;
    const room = narrow ? 4 : SHOWN;
    const faces = all.slice(0, room).map((member) => this.#face(member, self));
    if (all.length > room) faces.push(this.#rest(all.length - room));
    arrange(this.#list, faces);
    for (const name of this.#faces.keys()) if (name !== "" && !members.some(({ id }) => id === name)) this.#faces.delete(name);
    find("#count").textContent = all.length === 0 ? "" : others.length === 0 ? "Only you" : `${all.length} here`;
  }

  /**
   * @param {Somebody} member
   * @param {string} self
   */
  #face({ id, state }, self) {
    let face = this.#faces.get(id);
    if (face === undefined) {
      face = make("li", { class: "face", "data-testid": "face", "data-name": id, title: id }, make("span", { class: "avatar", "aria-hidden": "true" }), make("span", { class: "hidden" }));
      this.#faces.set(id, face);
    }
    const avatar = find(".avatar", face);
    portray(avatar, id);
    avatar.style.setProperty("--hue", String(state.hue));
    face.classList.toggle("drawing", state.drawing);
    find(".hidden", face).textContent = `${id}${id === self ? " (you)" : ""}${state.drawing ? ", drawing" : ""}`;
    return face;
  }

  /** @param {number} count */
  #rest(count) {
    const face = this.#faces.get("") ?? make("li", { class: "face rest" });
    face.textContent = `+${count}`;
    this.#faces.set("", face);
    return face;
  }
}
