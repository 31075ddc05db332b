/** How the entries of a room look. */

import { button, find, make } from "/reception/elements.js";
import { hue, portray } from "/reception/people.js";
import { dayOf, fullTime, gapText, timeOfDay } from "./wording.js";

/**
 * @typedef {import("./room.js").Message | import("./outbox.js").Outgoing} Written
 * @typedef {{ own: boolean, first: boolean, last: boolean }} Place - Whose it is, and where it stands among those that its author wrote in a row.
 */

/** @param {Written} entry */
export function messageElement(entry) {
  const { author, text, time } = entry;
  const avatar = make("span", { class: "avatar", "aria-hidden": "true" });
  portray(avatar, author);
  const moment = make("time", { datetime: new Date(time).toISOString(), title: fullTime(time) }, timeOfDay(time));
  const byline = make("p", { class: "byline" }, make("span", { class: "author", dir: "auto" }, author), moment);
  const bubble = make("p", { class: "bubble", "data-testid": "message-text", dir: "auto", title: fullTime(time) }, ...linked(text));
  const element = make("li", { class: "message", "data-testid": "message" }, avatar, byline, bubble);
  element.style.setProperty("--hue", String(hue(author)));
  return element;
}

/**
 * Brings a message's element up to date with its state and its neighbours.
 *
 * @param {HTMLElement} element
 * @param {Written} entry
 * @param {Place} place
 * @param {{ retry: () => void, discard: () => void }} actions
 */
export function updateMessage(element, entry, { own, first, last }, actions) {
  if (element.dataset.author !== entry.author || element.classList.contains("own") !== own) {
    element.dataset.author = entry.author;
    element.classList.toggle("own", own);
    find(".author", element).textContent = own ? "You" : entry.author;
  }
  element.classList.toggle("first", first);
  element.classList.toggle("last", last);
  const state = entry.kind === "outgoing" ? entry.state : "stored";
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.querySelector(".delivery")?.remove();
  if (state === "sending") element.append(make("p", { class: "delivery" }, "Sending…"));
  if (state === "failed") {
    const problem = entry.kind === "outgoing" && entry.problem !== undefined ? `Not sent: ${entry.problem}.` : "Not sent.";
    const retry = button("Retry", { class: "link", "data-testid": "retry" }, actions.retry);
    const discard = button("Discard", { class: "link quiet-link", "data-testid": "discard" }, actions.discard);
    element.append(make("p", { class: "delivery", role: "alert" }, make("span", {}, problem), make("span", { class: "choices" }, retry, discard)));
  }
}

/** @param {import("./room.js").Notice} notice */
export function noticeElement(notice) {
  return make("li", { class: "notice", "data-testid": "notice", "data-reason": notice.reason, role: "note" }, make("p", {}, gapText(notice)));
}

/** @param {number} time */
export function dayElement(time) {
  return make("li", { class: "day" }, make("span", {}, dayOf(time)));
}

export function newMarker() {
  return make("li", { class: "marker" }, make("span", {}, "New"));
}

/**
 * The text with its web addresses as links. Only `http` and `https`: no other scheme is harmless in a message of somebody else.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function linked(text) {
  return text.split(/(\bhttps?:\/\/[^\s<>"]*[^\s<>".,:;!?'()[\]])/u).map((part, at) => {
    if (at % 2 === 0) return part;
    return make("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part);
  });
}
