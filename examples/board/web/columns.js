/** The board on the screen: its columns, and cards that glide to where they belong. */

import { arrange, button, find, make } from "/reception/elements.js";
import { CardElement, LONGEST_TITLE } from "./card.js";
import { COLUMNS, MOST_DOING } from "./wording.js";

/** How long a card glides, in milliseconds. */
const GLIDE = 260;

/** @typedef {import("./realtime/index.js").Card} Card */
/** @typedef {import("./realtime/index.js").Column} Column */
/** @typedef {import("./card.js").CardActions & { added: (column: Column, title: string) => void, cleared: () => void }} BoardActions */
/** @typedef {{ pending: ReadonlySet<number>, carried: number | undefined, holders: ReadonlyMap<number, string>, isLive: boolean, isKnown: boolean }} BoardState */

export class Columns {
  #board = find("#columns");
  #actions;
  /** @type {Map<number, CardElement>} */
  #cards = new Map();

  /** @param {BoardActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#board.append(...COLUMNS.map((column) => this.#column(column)));
  }

  /**
   * @param {readonly Card[]} cards
   * @param {BoardState} state
   */
  show(cards, state) {
    const { pending, carried, holders, isLive, isKnown } = state;
    const focused = document.activeElement;
    const before = this.#positions();
    const isFirst = this.#board.getAttribute("aria-busy") === "true" && isKnown;
    for (const { id } of COLUMNS) {
      const own = cards.filter(({ column }) => column === id);
      const elements = own.map((card, at) => {
        const element = this.#cards.get(card.id) ?? new CardElement(card, this.#actions);
        this.#cards.set(card.id, element);
        element.show(card, { position: at + 1, of: own.length, isPending: pending.has(card.id), isCarried: card.id === carried, holder: holders.get(card.id), isLive });
        return element.element;
      });
      arrange(find(`#cards-${id}`), elements);
      this.#showHead(id, own.length, state);
    }
    for (const id of this.#cards.keys()) if (!cards.some((card) => card.id === id)) this.#cards.delete(id);
    this.#board.setAttribute("aria-busy", String(!isKnown));
    // A card that changes its column must not take the keyboard away.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.#board.contains(focused)) focused.focus({ preventScroll: true });
    if (!isFirst) this.#glide(before);
  }

  /**
   * Lets a card come from elsewhere on the screen to its place: from the hand that let it go.
   *
   * @param {number} id
   * @param {DOMRect} from
   */
  land(id, from) {
    const element = this.#cards.get(id)?.element;
    if (element !== undefined) glide(element, from);
  }

  /** @param {number} id */
  elementOf(id) {
    return this.#cards.get(id)?.element;
  }

  #positions() {
    return new Map([...this.#cards].map(([id, { element }]) => [id, element.getBoundingClientRect()]));
  }

  /** @param {ReadonlyMap<number, DOMRect>} before */
  #glide(before) {
    for (const [id, { element }] of this.#cards) {
      const from = before.get(id);
      if (from !== undefined) glide(element, from);
      else element.animate([{ opacity: 0, scale: 0.94 }, {}], { duration: still() ? 0 : GLIDE, easing: "ease-out" });
    }
  }

  /**
   * @param {Column} id
   * @param {number} count
   * @param {BoardState} state
   */
  #showHead(id, count, { isLive, isKnown }) {
    const column = find(`#column-${id}`);
    find(".number", column).textContent = !isKnown ? "" : id === "doing" ? `${count} of ${MOST_DOING}` : String(count);
    column.classList.toggle("full", id === "doing" && count >= MOST_DOING);
    find(".empty", column).hidden = count > 0 || !isKnown;
    /** @type {HTMLInputElement} */ (find(".add input", column)).disabled = !isLive;
    if (id !== "done") return;
    const clear = /** @type {HTMLButtonElement} */ (find(".clear", column));
    clear.hidden = count === 0;
    clear.disabled = !isLive;
  }

  /** @param {(typeof COLUMNS)[number]} column */
  #column({ id, title, hint }) {
    const input = make("input", { placeholder: "+ Add a card", "aria-label": `Add a card to ${title}`, maxlength: String(LONGEST_TITLE), "data-testid": `add-${id}`, enterkeyhint: "done" });
    const form = make("form", { class: "add", autocomplete: "off" }, input);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim().replace(/\s+/gu, " ");
      if (text === "") return;
      input.value = "";
      this.#actions.added(id, text);
    });
    const head = make("header", {}, make("h2", { id: `title-${id}` }, title), make("span", { class: "number", "data-testid": `number-${id}` }), make("span", { class: "hint" }, hint));
    if (id === "done") head.append(button("Clear", { class: "clear", "data-testid": "clear", "aria-label": "Take everything that is done off the board", hidden: "" }, () => this.#actions.cleared()));
    return make(
      "section",
      { class: "column", id: `column-${id}`, "data-column": id, "aria-labelledby": `title-${id}` },
      head,
      make("ol", { class: "cards", id: `cards-${id}`, "data-testid": `column-${id}`, "aria-labelledby": `title-${id}` }),
      make("p", { class: "empty", hidden: "" }, "Nothing here"),
      form,
    );
  }
}

/**
 * @param {HTMLElement} element
 * @param {DOMRect} from
 */
function glide(element, from) {
  for (const animation of element.getAnimations()) if (animation.id === "glide") animation.cancel();
  const to = element.getBoundingClientRect();
  const [x, y] = [from.x - to.x, from.y - to.y];
  if ((Math.abs(x) < 1 && Math.abs(y) < 1) || still()) return;
  element.animate([{ transform: `translate(${x}px, ${y}px)`, zIndex: 1 }, { transform: "none", zIndex: 1 }], { id: "glide", duration: GLIDE, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" });
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
