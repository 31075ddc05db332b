/** One card on the screen. */

import { button, find, make } from "/reception/elements.js";
import { portray } from "/reception/people.js";
import { titleOf } from "./wording.js";

/** The longest title that the service takes, in characters. */
export const LONGEST_TITLE = 120;

/** @typedef {import("./realtime/index.js").Card} Card */
/** @typedef {{ renamed: (id: number, title: string) => void, removed: (id: number) => void }} CardActions */
/** @typedef {{ position: number, of: number, isPending: boolean, isCarried: boolean, holder: string | undefined, isLive: boolean }} CardState */

export class CardElement {
  element;
  #actions;
  /** @type {Card} */
  #card;
  #title = make("p", { class: "title", "data-testid": "card-title", dir: "auto" });
  #grip = make("button", { type: "button", class: "grip", "data-testid": "grip", "aria-describedby": "keys" });
  #holder = make("span", { class: "holder", "aria-hidden": "true" }, make("span", { class: "avatar" }));
  #isEditing = false;

  /**
   * @param {Card} card
   * @param {CardActions} actions
   */
  constructor(card, actions) {
    this.#card = card;
    this.#actions = actions;
    const avatar = make("span", { class: "avatar", "aria-hidden": "true" });
    portray(avatar, card.author);
    this.element = make(
      "li",
      { class: "card", "data-testid": "card", "data-id": String(card.id) },
      this.#grip,
      this.#title,
      make(
        "div",
        { class: "about" },
        avatar,
        make("span", { class: "author", dir: "auto" }, card.author),
        button("", { class: "tool edit", "data-testid": "edit" }, () => this.edit()),
        button("", { class: "tool remove", "data-testid": "remove" }, () => actions.removed(card.id)),
      ),
      this.#holder,
    );
    this.#title.addEventListener("dblclick", () => this.edit());
  }

  /**
   * @param {Card} card
   * @param {CardState} state
   */
  show(card, { position, of, isPending, isCarried, holder, isLive }) {
    this.#card = card;
    const { element } = this;
    if (!this.#isEditing && this.#title.textContent !== card.title) this.#title.textContent = card.title;
    element.dataset.title = card.title;
    element.classList.toggle("pending", isPending);
    element.classList.toggle("carried", isCarried);
    element.classList.toggle("held", holder !== undefined);
    this.#holder.hidden = holder === undefined;
    if (holder !== undefined) {
      element.dataset.holder = holder;
      this.#holder.title = `${holder} holds this card`;
      const avatar = find(".avatar", this.#holder);
      portray(avatar, holder);
      element.style.setProperty("--hue", avatar.style.getPropertyValue("--hue"));
    } else delete element.dataset.holder;
    const where = `${titleOf(card.column)}, ${position} of ${of}`;
    label(this.#grip, `Move “${card.title}”. ${where}${holder === undefined ? "" : `, held by ${holder}`}`);
    this.#grip.setAttribute("aria-pressed", String(isCarried));
    for (const [selector, what] of /** @type {const} */ ([[".edit", "Change"], [".remove", "Take off"]])) {
      const tool = /** @type {HTMLButtonElement} */ (find(selector, element));
      label(tool, `${what} “${card.title}”`);
      // A card that the service has not numbered yet cannot be talked about.
      tool.disabled = !isLive || card.id < 0;
    }
    this.#grip.disabled = !isLive || card.id < 0;
  }

  /** Turns the title into a field. */
  edit() {
    if (this.#isEditing || /** @type {HTMLButtonElement} */ (find(".edit", this.element)).disabled) return;
    this.#isEditing = true;
    const input = make("textarea", { class: "title-input", "data-testid": "title-input", rows: "3", maxlength: String(LONGEST_TITLE), "aria-label": "What is to be done", enterkeyhint: "done" });
    input.value = this.#card.title;
    const end = (/** @type {boolean} */ isSaved) => {
      if (!this.#isEditing) return;
      this.#isEditing = false;
      const hadFocus = document.activeElement === input;
      const title = input.value.trim().replace(/\s+/gu, " ");
      input.replaceWith(this.#title);
      this.#title.textContent = this.#card.title;
      if (hadFocus) find(".edit", this.element).focus({ preventScroll: true });
      if (isSaved && title !== "" && title !== this.#card.title) this.#actions.renamed(this.#card.id, title);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      end(event.key === "Enter");
    });
    // A card that moves under somebody's hands loses the focus, and gets it back in the same moment.
    input.addEventListener("blur", () => setTimeout(() => document.activeElement !== input && end(true)));
    this.#title.replaceWith(input);
    input.select();
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function label(element, text) {
  if (element.getAttribute("aria-label") === text) return;
  element.setAttribute("aria-label", text);
}
