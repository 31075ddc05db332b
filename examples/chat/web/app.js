/** The page: signs in, then joins the client, the rooms and the views. */

import { showStatus } from "/reception/connection.js";
import { button, find, make } from "/reception/elements.js";
import { Identity } from "/reception/identity.js";
import { createClient } from "./realtime/index.js";
import { Composer } from "./composer.js";
import { People } from "./people.js";
import { Rooms } from "./rooms.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { removalText, statusDetail, typingText } from "./wording.js";

const query = new URLSearchParams(location.search);
const identity = new Identity({
  app: "chat",
  heading: "What shall we call you?",
  why: "Everybody in a room sees this name beside your messages. If somebody here has it already, yours gets a number.",
  save: "Start chatting",
  onChange: renamed,
});
const self = () => identity.name;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let scheduled;
/** Who this page began as. */
let began = "";

await signIn();
began = self();

// `?transport=sse` and `?transport=websocket` hold the page to one of them; by itself it takes what works.
const transport = { sse: /** @type {const} */ ("sse"), websocket: /** @type {const} */ ("websocket") }[query.get("transport") ?? ""] ?? "auto";
const client = createClient({ url: "/realtime", transport, token: stillSignedIn });
const rooms = new Rooms({ client, self, isHost: () => identity.isHost, changed, arrived: announce });
const sidebar = new Sidebar(rooms);
const timeline = new Timeline({ self, onSeen: changed });
const people = new People({ self, isHost: () => identity.isHost });
const composer = new Composer({ onSend: send, onTyping: () => rooms.open?.tellTyping() });

client.status.subscribe(changed);
document.addEventListener("visibilitychange", changed);
find("#come-back").addEventListener("click", () => rooms.open?.comeBack());
show();

/** Nothing here is for nobody: whoever has no name is asked for one. The address of the host carries a key, which is taken out of it. */
async function signIn() {
  const key = query.get("host");
  if (key !== null) {
    query.delete("host");
    history.replaceState(null, "", `${location.pathname}${query.size > 0 ? `?${query}` : ""}${location.hash}`);
    await identity.signIn(identity.remembered || "Host", key).catch(() => {});
  }
  for (;;) {
    const isKnown = await identity.recall().catch(() => undefined);
    if (isKnown === true || (isKnown === false && (await identity.ask({ isRequired: true })))) return;
    if (isKnown === undefined) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/**
 * Asked before each connection: who was signed in at a server that was restarted signs in again under the same name. There is no token; the cookie says
 * who this is.
 */
async function stillSignedIn() {
  if (!(await identity.recall())) await identity.signIn(began);
  return undefined;
}

/** A connection belongs to one user for as long as it lasts, so that another name begins with another page. */
function renamed() {
  if (began !== "" && identity.name !== "" && identity.name !== began) location.reload();
}

/** Something is not as it is shown. However much that is at once, the page is brought in line once. */
function changed() {
  scheduled ??= setTimeout(show);
}

function show() {
  clearTimeout(scheduled);
  scheduled = undefined;
  showConnection();
  const room = rooms.open;
  if (room === undefined) return;
  timeline.show(room);
  sidebar.show();
  composer.show(room.name);
  people.show(room);
  showEntrance(room);
  write(find("#typing"), typingText(room.typing));
  write(find("#room-title"), room.name);
  const waiting = document.visibilityState === "hidden" ? rooms.unread : 0;
  document.title = `${waiting > 0 ? `(${waiting}) ` : ""}#${room.name} · Tidewire chat`;
}

/** @param {import("./room.js").Room} room */
function showEntrance(room) {
  const isOut = room.removedUntil !== undefined;
  find("#composer-form").hidden = !room.isOpen || isOut;
  find("#read-only").hidden = room.isOpen || isOut;
  find("#removed").hidden = !isOut;
  find("#come-back").hidden = room.removedUntil !== undefined && room.removedUntil > Date.now();
  if (room.removedUntil !== undefined) write(find("#removed-text"), removalText(room.name, room.removedUntil));
}

function showConnection() {
  const snapshot = statusOfRoom();
  showStatus(find("#status"), snapshot, { connected: "Connected" });
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
  rooms.open?.outbox.send(text);
  timeline.toEnd();
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
