/** The rooms: which there are, which is open, where something waits. */

import { arrange, button, find, make } from "/reception/elements.js";

export class Sidebar {
  #rooms;
  #list = find("#room-list");
  /** @type {Map<string, HTMLElement>} */
  #items = new Map();
  #open = "";

  /** @param {import("./rooms.js").Rooms} rooms */
  constructor(rooms) {
    this.#rooms = rooms;
    const problem = find("#join-problem");
    /** @type {HTMLInputElement} */
    const input = find("#join-name");
    input.addEventListener("input", () => (problem.textContent = ""));
    find("#join").addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim() === "") return input.focus();
      problem.textContent = rooms.join(input.value) ?? "";
      if (problem.textContent === "") input.value = "";
      // On a phone the form is at the end of a strip.
      else problem.scrollIntoView({ block: "nearest", inline: "end" });
    });
  }

  show() {
    const { joined, others, open } = this.#rooms;
    const items = [...joined.values()].map(({ name, unread }) => this.#item(name, { joined: true, current: name === open?.name, unread }));
    items.push(...others.map((name) => this.#item(name, { joined: false, current: false, unread: 0 })));
    arrange(this.#list, items);
    if (open === undefined || open.name === this.#open) return;
    this.#open = open.name;
    this.#items.get(open.name)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /**
   * @param {string} name
   * @param {{ joined: boolean, current: boolean, unread: number }} state
   */
  #item(name, { joined, current, unread }) {
    const item = this.#items.get(name) ?? this.#create(name);
    const link = find("a", item);
    const badge = find(".badge", item);
    item.classList.toggle("current", current);
    item.classList.toggle("unread", unread > 0);
    item.classList.toggle("suggested", !joined);
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.setAttribute("aria-label", joined ? (unread > 0 ? `${name}, ${unread} unread` : name) : `${name}, not joined`);
    badge.textContent = unread === 0 ? "" : unread > 99 ? "99+" : String(unread);
    find(".leave", item).hidden = !joined || this.#rooms.joined.size < 2;
    return item;
  }

  /** @param {string} name */
  #create(name) {
    const link = make("a", { href: `#${name}`, "data-testid": `room-link-${name}` }, make("span", { class: "room-name" }, name), make("span", { class: "badge", "aria-hidden": "true" }));
    const leave = button("×", { class: "leave", "aria-label": `Leave ${name}`, title: `Leave #${name}` }, () => this.#rooms.leave(name));
    const item = make("li", { class: "room" }, link, leave);
    this.#items.set(name, item);
    return item;
  }
}
