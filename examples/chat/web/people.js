/** Who is in the open room. The host may show somebody out. */

import { arrange, button, find, make } from "/reception/elements.js";
import { portray } from "/reception/people.js";
import { ask } from "/reception/requests.js";
import { count } from "./wording.js";

/** So many faces stand in the head; all names are in the list. */
const SHOWN = 5;

export class People {
  #self;
  #isHost;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #room = "";

  /** @param {{ self: () => string, isHost: () => boolean }} options */
  constructor({ self, isHost }) {
    this.#self = self;
    this.#isHost = isHost;
    const details = /** @type {HTMLDetailsElement} */ (find("#people"));
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !details.contains(target)) details.open = false;
    });
    details.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      details.open = false;
      find("summary", details).focus();
    });
  }

  /** @param {import("./room.js").Room} room */
  show(room) {
    if (room.name !== this.#room) this.#rows.clear();
    this.#room = room.name;
    const { members } = room;
    find("#people").hidden = members.length === 0;
    const text = count(members.length, "person").replace("persons", "people");
    if (find("#people-count").textContent !== text) find("#people-count").textContent = text;
    const faces = members.slice(0, SHOWN).map(({ id }) => face(id));
    find("#faces").replaceChildren(...faces);
    arrange(find("#people-list"), members.map(({ id }) => this.#row(id, room.typing.includes(id))));
    for (const id of this.#rows.keys()) if (!members.some((member) => member.id === id)) this.#rows.delete(id);
  }

  /**
   * @param {string} id
   * @param {boolean} isTyping
   */
  #row(id, isTyping) {
    const row = this.#rows.get(id) ?? this.#create(id);
    find(".doing", row).textContent = id === this.#self() ? "you" : isTyping ? "typing…" : "";
    return row;
  }

  /** @param {string} id */
  #create(id) {
    const row = make("li", { class: "person", "data-testid": "person", "data-name": id }, face(id), make("span", { class: "person-name", dir: "auto" }, id), make("span", { class: "doing" }));
    if (this.#isHost() && id !== this.#self()) row.append(button("Show out", { class: "out", "data-testid": "show-out", "aria-label": `Show ${id} out` }, () => void this.#showOut(id, row)));
    this.#rows.set(id, row);
    return row;
  }

  /**
   * @param {string} name
   * @param {HTMLElement} row
   */
  async #showOut(name, row) {
    try {
      await ask("POST", `/api/rooms/${encodeURIComponent(this.#room)}/removals`, { name });
    } catch (error) {
      find(".doing", row).textContent = error instanceof Error ? error.message : String(error);
    }
  }
}

/** @param {string} name */
function face(name) {
  const avatar = make("span", { class: "avatar", "aria-hidden": "true" });
  portray(avatar, name);
  return avatar;
}
