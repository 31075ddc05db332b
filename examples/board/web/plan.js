/** What a board shows: what the live query says, and on top of it what this page has just asked for. */

/** @typedef {import("./realtime/index.js").Card} Card */
/** @typedef {import("./realtime/index.js").Column} Column */
/** @typedef {{ to: Column, above: number | undefined }} Place - Above that card, or at the end of the column. */
/** @typedef {(cards: readonly Card[]) => readonly Card[]} Apply */
/** @typedef {{ apply: Apply, about: number, revision: number | undefined }} Wish - `revision`: the change that it became, once that is known. */

export class Plan {
  /** Whether the cards are known. */
  isKnown = false;
  /** How often the board was changed. */
  revision = 0;
  /** @type {readonly Card[]} */
  #stored = [];
  /** @type {readonly Wish[]} In the order in which they were made. */
  #wishes = [];

  /** The cards as this page shows them. */
  get cards() {
    return this.#wishes.reduce((cards, { apply }) => apply(cards), this.#stored);
  }

  /** The cards that are shown as nobody has confirmed yet. */
  get pending() {
    return new Set(this.#wishes.map(({ about }) => about));
  }

  /**
   * Takes what is stored. A wish that is among it is one no more.
   *
   * @param {import("./realtime/index.js").Contents} contents
   */
  take({ revision, cards }) {
    this.isKnown = true;
    this.revision = revision;
    this.#stored = cards;
    this.#wishes = this.#wishes.filter((wish) => wish.revision === undefined || wish.revision > revision);
  }

  /** What is stored was loaded after all that was answered so far, for example because the connection is new: revisions need not be compared, nor can they be, if the store is another one. */
  catchUp() {
    this.#wishes = this.#wishes.filter(({ revision }) => revision === undefined);
  }

  /**
   * Shows something that is not stored yet.
   *
   * @param {number} about - The card.
   * @param {Apply} apply
   * @returns {Wish}
   */
  wish(about, apply) {
    const wish = { apply, about, revision: undefined };
    this.#wishes = [...this.#wishes, wish];
    return wish;
  }

  /**
   * It was done, and is in the live query from this change on.
   *
   * @param {Wish} wish
   * @param {number} revision
   */
  granted(wish, revision) {
    wish.revision = revision;
    if (revision <= this.revision) this.undo(wish);
  }

  /**
   * It was not done, so it is shown no longer.
   *
   * @param {Wish} wish
   */
  undo(wish) {
    this.#wishes = this.#wishes.filter((other) => other !== wish);
  }
}

/**
 * @param {number} id
 * @param {Place} place
 * @returns {Apply}
 */
export const placed = (id, { to, above }) => (cards) => {
  const card = cards.find((one) => one.id === id);
  if (card === undefined) return cards;
  const rest = cards.filter((one) => one !== card);
  const at = rest.findIndex((one) => one.id === above && one.column === to);
  return rest.toSpliced(at < 0 ? rest.length : at, 0, { ...card, column: to });
};

/**
 * @param {number} id
 * @param {string} title
 * @returns {Apply}
 */
export const renamed = (id, title) => (cards) => cards.map((card) => (card.id === id ? { ...card, title } : card));

/**
 * @param {number} id
 * @returns {Apply}
 */
export const removed = (id) => (cards) => cards.filter((card) => card.id !== id);

/**
 * @param {Card} card
 * @returns {Apply}
 */
export const added = (card) => (cards) => [...cards, card];

/** @type {Apply} */
export const cleared = (cards) => cards.filter(({ column }) => column !== "done");

/**
 * Where a card lies.
 *
 * @param {readonly Card[]} cards
 * @param {number} id
 * @returns {Place | undefined}
 */
export function placeOf(cards, id) {
  const card = cards.find((one) => one.id === id);
  if (card === undefined) return undefined;
  const mates = cards.filter(({ column }) => column === card.column);
  return { to: card.column, above: mates[mates.indexOf(card) + 1]?.id };
}
