/** What the page says, in one place. */

/** @typedef {import("./realtime/index.js").Column} Column */
/** @typedef {import("./realtime/index.js").CardChanged} CardChanged */

/** The columns, from left to right. @type {readonly { id: Column, title: string, hint: string }[]} */
export const COLUMNS = [
  { id: "ideas", title: "Ideas", hint: "Nothing is too early" },
  { id: "next", title: "Next", hint: "Agreed on, comes soon" },
  { id: "doing", title: "Doing", hint: "At most three at a time" },
  { id: "done", title: "Done", hint: "There it is" },
];

/** How many cards may be in work at a time; the service decides that, the page only says it. */
export const MOST_DOING = 3;

/** @param {Column} column */
export const titleOf = (column) => COLUMNS.find(({ id }) => id === column)?.title ?? column;

/**
 * @param {number} count
 * @param {string} noun
 */
export const several = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * What somebody did.
 *
 * @param {CardChanged} change
 * @param {string} self
 */
export function news(change, self) {
  const by = change.by === self ? "You" : change.by;
  switch (change.change) {
    case "added":
      return `${by} added “${change.title}” to ${titleOf(change.to)}`;
    case "moved":
      return change.from === change.to ? `${by} moved “${change.title}” within ${titleOf(change.to)}` : `${by} moved “${change.title}” from ${titleOf(change.from)} to ${titleOf(change.to)}`;
    case "renamed":
      return `${by} changed “${change.before}” to “${change.title}”`;
    case "removed":
      return `${by} took “${change.title}” off the board`;
  }
}

/**
 * Why the last that was told is not the last that was done.
 *
 * @param {import("./realtime/index.js").Gap["reason"]} reason
 */
export function missedText(reason) {
  if (reason === "epoch") return "The server restarted. This is the board that it has now";
  return "Some of what the others did was not told. The board shows what came of it";
}

/**
 * Why something was not done.
 *
 * @param {{ reason: string, column?: Column, most?: number }} refused
 */
export function refusal({ reason, column, most }) {
  switch (reason) {
    case "gone":
      return "Somebody has taken this card off the board meanwhile.";
    case "column_full":
      return `${titleOf(column ?? "doing")} takes no more than ${most} cards: finish one first.`;
    case "board_full":
      return `A board takes no more than ${most} cards.`;
    default:
      return "The service did not do this.";
  }
}

/**
 * How much was read for how many.
 *
 * @param {{ people: number, changes: number, reads: number }} figures
 */
export function figures({ people, changes, reads }) {
  const times = reads === 1 ? "once" : `${reads} times`;
  const who = people === 1 ? "You look" : `${people} people look`;
  return `${who} at this board. Changed ${changes === 1 ? "once" : `${changes} times`}, it was read from the store ${times}${people === 1 ? "" : ", for all together"}.`;
}
