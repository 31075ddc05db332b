/** What the page says of its connection. */

/** @typedef {{ status: string, reason?: { name: string, message: string } }} Snapshot */

const TEXTS = /** @type {Record<string, string>} */ ({
  connecting: "Connecting…",
  connected: "Live",
  degraded: "Slow connection",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  closed: "Disconnected",
});

/**
 * Writes the state of a connection where a reader looks for it.
 *
 * @param {HTMLElement} element
 * @param {Snapshot} snapshot
 * @param {Record<string, string>} [texts] - Other words for some of the states.
 */
export function showStatus(element, { status, reason }, texts = {}) {
  const text = texts[status] ?? TEXTS[status] ?? status;
  element.dataset.status = status;
  element.title = reason === undefined || status === "connected" ? "" : sentence(reason.message);
  // It is read aloud when it changes, and only then.
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Texts of the wire begin small and end without a stop.
 *
 * @param {string} text
 */
export const sentence = (text) => (text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/u.test(text) ? "" : "."}`);
