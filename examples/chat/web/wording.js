/** What the page says, in one place: times, the connection, and what became of messages. */

import { sentence } from "/reception/connection.js";

/** @typedef {import("./realtime/index.js").StatusSnapshot} StatusSnapshot */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

/** @param {number} time */
export const timeOfDay = (time) => clock.format(time);

/** @param {number} time */
export const fullTime = (time) => full.format(time);

/** @param {number} time */
export function dayOf(time) {
  const date = new Date(time);
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (sameDay(date, today)) return "Today";
  if (sameDay(date, yesterday)) return "Yesterday";
  return (date.getFullYear() === today.getFullYear() ? day : dayAndYear).format(date);
}

/**
 * @param {Date} one
 * @param {Date} other
 */
export const sameDay = (one, other) => one.toDateString() === other.toDateString();

/**
 * Why the connection is what it is, where there is more to say.
 *
 * @param {StatusSnapshot} snapshot
 */
export function statusDetail({ status, reason }) {
  return reason === undefined || status === "connected" ? "" : sentence(reason.message);
}

/**
 * What a gap means for somebody who reads the room.
 *
 * @param {{ reason: string, missed: number | undefined, kept: number }} gap
 */
export function gapText({ reason, missed, kept }) {
  const lost = missed === undefined ? "Some messages" : count(missed, "message");
  const here = `${kept === 1 ? "The one" : `The ${kept}`} above ${kept === 1 ? "is" : "are"} kept on this screen only.`;
  switch (reason) {
    case "epoch":
      return kept === 0 ? "The server restarted, and its history began anew." : `The server restarted. Messages from before are gone from its history. ${here}`;
    case "no_state":
      return kept === 0 ? "The server remembers nothing from before." : `The server remembers nothing from before. ${here}`;
    case "rollback":
      return "The server came back with an older state. Some messages above may be gone from its history.";
    case "expired":
    case "trimmed":
      return `You were away for longer than messages are kept. ${lost} ${missed === 1 ? "is" : "are"} gone.`;
    case "limit":
      return `A lot happened while you were away. ${lost} ${missed === 1 ? "was" : "were"} left out here.`;
    case "slow":
      return `This connection could not keep up. ${lost} ${missed === 1 ? "was" : "were"} left out here.`;
    case "hole":
    case "tail":
      return `${lost} ${missed === 1 ? "was" : "were"} lost on the server.`;
    default:
      return "Messages may be missing here.";
  }
}

/**
 * @param {string} room
 * @param {number} until
 */
export function removalText(room, until) {
  const when = until > Date.now() ? ` You may come back at ${timeOfDay(until)}.` : "";
  return `The host has shown you out of #${room}.${when} Other rooms go on.`;
}

/** @param {readonly string[]} authors */
export function typingText(authors) {
  const [first, second] = authors;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  return authors.length === 2 ? `${first} and ${second} are typing…` : "Several people are typing…";
}

/**
 * @param {number} number
 * @param {string} noun
 */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
