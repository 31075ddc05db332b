/** What the page says, in one place. */

const money = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** @param {number} amount - In euros. */
export const euros = (amount) => money.format(amount);

/** @param {number} moment */
export const timeOfDay = (moment) => time.format(moment);

/** @param {number} moment */
export const minuteOfDay = (moment) => minute.format(moment);

/**
 * What is left, as a clock shows it; the last ten seconds with tenths.
 *
 * @param {number} milliseconds
 */
export function rest(milliseconds) {
  const left = Math.max(0, milliseconds);
  if (left < 10_000) return (Math.floor(left / 100) / 10).toFixed(1);
  const seconds = Math.floor(left / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export const several = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @param {import("./saleroom.js").Lot} lot */
export function outcome({ winner, price }) {
  return winner === undefined ? "Passed: nobody has bid" : `Sold to ${winner} for ${euros(price)}`;
}

/**
 * Why a bid was not taken.
 *
 * @param {{ reason: string, minimum?: number, most?: number }} refused
 */
export function refusal({ reason, minimum, most }) {
  switch (reason) {
    case "ended":
      return "Too late: the hammer has fallen.";
    case "own_bid":
      return "You lead already.";
    case "too_low":
      return `Somebody was faster. The next bid is ${euros(minimum ?? 0)} or more.`;
    case "too_high":
      return `Nobody may bid more than ${euros(most ?? 0)} here.`;
    default:
      return "The house did not take this bid.";
  }
}
