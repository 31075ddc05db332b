/** What the page says. */

/** @typedef {import("./board.js").Departure} Departure */
/** @typedef {"insert" | "update" | "delete" | "truncate"} Operation */

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const number = new Intl.NumberFormat("en");

/** @param {number} moment - In milliseconds since 1970. */
export const clock = (moment) => time.format(moment);

/** @param {number} rows */
export const counted = (rows) => `${number.format(rows)} ${rows === 1 ? "departure" : "departures"}`;

const VERBS = { insert: "new", update: "changed", delete: "taken off", truncate: "taken off" };

/**
 * Many changes at once.
 *
 * @param {Operation} operation
 * @param {number} rows
 */
export const many = (operation, rows) => `${counted(rows)} ${VERBS[operation]}`;

/** @param {Departure} departure */
const name = ({ departs, destination }) => `${departs.slice(0, 5)} ${destination}`;

/**
 * One change.
 *
 * @param {Operation} operation
 * @param {Departure | undefined} row
 * @param {Departure | undefined} before - What the row was, where this page knows it.
 */
export function one(operation, row, before) {
  if (row === undefined) return "The board was cleared";
  if (operation === "insert") return `${name(row)} is new: ${row.vessel} at ${row.berth}`;
  if (operation === "delete") return `${name(row)} was taken off`;
  const changes = before === undefined ? [] : differences(before, row);
  return changes.length === 0 ? `${name(row)} is ${row.state}` : `${name(before ?? row)}: ${changes.join(", ")}`;
}

/**
 * @param {Departure} before
 * @param {Departure} row
 */
function differences(before, row) {
  /** @type {[string, string, string][]} */
  const fields = [["", before.departs.slice(0, 5), row.departs.slice(0, 5)], ["to ", before.destination, row.destination], ["", before.vessel, row.vessel], ["berth ", before.berth, row.berth], ["", before.state, row.state]];
  return fields.filter(([, was, is]) => was !== is).map(([label, was, is]) => `${label}${was} → ${is}`);
}
