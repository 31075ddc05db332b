/** The page: joins the client, the rooms and the views. */

import { createClient } from "./realtime/index.js";
import { Composer } from "./composer.js";
import { button, find, make } from "./elements.js";
import { Identity } from "./identity.js";
import { Rooms } from "./rooms.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { statusDetail, statusText, typingText } from "./wording.js";

/** @type {ReturnType<typeof setTimeout> | undefined} */
let scheduled;

// `?transport=sse` and `?transport=websocket` hold the page to one of them; by itself it takes what works.
const transport = { sse: /** @type {const} */ ("sse"), websocket: /** @type {const} */ ("websocket") }[new URLSearchParams(location.search).get("transport") ?? ""] ?? "auto";
const client = createClient({ url: "/realtime", transport });
const identity = new Identity({ onChange: changed });
const self = () => identity.name;
const rooms = new Rooms({ client, self, changed, arrived: announce });
const sidebar = new Sidebar(rooms);
const timeline = new Timeline({ self, onSeen: changed });
const composer = new Composer({ onSend: send, onTyping: () => rooms.open?.tellTyping() });

client.status.subscribe(changed);
document.addEventListener("visibilitychange", changed);
if (self() === "") identity.ask();
show();

/** Something is not as it is shown. However much that is at once, the page is brought in line once. */
function changed() {
  scheduled ??= setTimeout(show);
}

function show() {
  clearTimeout(scheduled);
  scheduled = undefined;
  showStatus();
  const room = rooms.open;
  if (room === undefined) return;
  timeline.show(room);
  sidebar.show();
  composer.show(room.name);
  write(find("#typing"), typingText([...room.typing.keys()]));
  write(find("#room-title"), room.name);
  const waiting = document.visibilityState === "hidden" ? rooms.unread : 0;
  document.title = `${waiting > 0 ? `(${waiting}) ` : ""}#${room.name} · Tidewire chat`;
}

function showStatus() {
  const snapshot = statusOfRoom();
  const element = find("#status");
  element.dataset.status = snapshot.status;
  element.title = statusDetail(snapshot);
  write(element, statusText(snapshot));
  // Everything else mends itself; this does not, so it says why.
  const banner = find("#banner");
  if (banner.hidden === (snapshot.status !== "closed")) return;
  banner.hidden = snapshot.status !== "closed";
  banner.replaceChildren(make("p", {}, `The connection has ended. ${statusDetail(snapshot)}`), button("Reload", {}, () => location.reload()));
}

/**
 * The status for somebody who looks at the open room. While its history is read it is not subscribed to, and what passes then and is not
 * stored, such as who types, does not come; the client speaks of subscriptions alone, so other rooms may already be connected.
 */
function statusOfRoom() {
  const snapshot = client.status.get();
  const room = rooms.open;
  if (snapshot.status !== "connected" || room === undefined || room.live) return snapshot;
  return { status: /** @type {const} */ ("connecting"), since: snapshot.since };
}

/** @param {string} text */
function send(text) {
  if (self() === "") {
    identity.ask();
    return false;
  }
  rooms.open?.outbox.send(text);
  timeline.toEnd();
  return true;
}

/**
 * Tells those who listen to the page instead of looking at it.
 *
 * @param {import("./room.js").Room} room
 * @param {import("./room.js").Message} message
 */
function announce(room, { author, text }) {
  if (room === rooms.open && author !== self()) find("#announcer").textContent = `${author}: ${text}`;
}

/**
 * Writes a text that is read aloud when it changes, and only then.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
