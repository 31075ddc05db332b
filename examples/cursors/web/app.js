/** The page: signs in, then joins the client, the board and the hand. */

import { showStatus } from "/reception/connection.js";
import { find, make } from "/reception/elements.js";
import { Faces } from "/reception/faces.js";
import { arrive, stillHere } from "/reception/guest.js";
import { Identity } from "/reception/identity.js";
import { hue } from "/reception/people.js";
import { lasting } from "/reception/storage.js";
import { Board } from "./board.js";
import { Ink } from "./ink.js";
import { Pen } from "./pen.js";
import { Pointers } from "./pointers.js";
import { createClient } from "./realtime/index.js";

const HUES = [25, 60, 110, 155, 200, 250, 290, 340];

/** How long a problem stays on the screen, in milliseconds. */
const PROBLEM_LASTS = 8000;

const memory = lasting("cursors");
const identity = new Identity({ app: "cursors", heading: "Who is drawing?", why: "Everybody on the board sees this name beside your pointer.", save: "Go on", onChange: renamed });
/** Who this page began as. */
let began = "";

await arrive(identity);
began = identity.name;

const remembered = memory.read("hue");
const state = { hue: typeof remembered === "number" && HUES.includes(remembered) ? remembered : nearest(hue(began)), drawing: false };
const name = /^#[a-z0-9-]{1,40}$/u.test(location.hash) ? location.hash.slice(1) : "lobby";
const ink = new Ink(/** @type {HTMLCanvasElement} */ (find("#ink")));
const pointers = new Pointers();
const faces = new Faces();
const client = createClient({ url: "/realtime", token: stillHere(identity, () => began) });
const board = new Board(client, name, {
  pointed(who, at) {
    if (who === began) return;
    pointers.move(who, at);
    const member = board.presence.member(who);
    if (member !== undefined) pointers.paint(who, member.state);
  },
  drawn(piece) {
    ink.add(piece);
    showInk();
  },
  replaced(pieces) {
    ink.replace(pieces);
    showInk();
  },
  wiped(who) {
    ink.replace([]);
    showInk();
    announce(`${who === began ? "You" : who} wiped the board`);
  },
  peopled,
  failed,
});
new Pen(find("#board"), {
  moved: (at) => board.point(at),
  drawn(places) {
    const piece = { places, hue: state.hue };
    ink.add(piece);
    board.draw(piece);
    showInk();
  },
  down(drawing) {
    state.drawing = drawing;
    board.show({ ...state });
  },
});

find("#board-name").textContent = name;
document.title = `${name} · Tidewire board`;
addEventListener("hashchange", () => location.reload());
client.status.subscribe(showConnection);
find("#wipe").addEventListener("click", () => board.wipe());
showHues();
showConnection();
board.show({ ...state });

/** A connection belongs to one user for as long as it lasts, so that another name begins with another page. */
function renamed() {
  if (began !== "" && identity.name !== "" && identity.name !== began) location.reload();
}

function showConnection() {
  const status = client.status.get();
  showStatus(find("#status"), status);
  document.body.dataset.live = String(status.status === "connected");
}

function peopled() {
  const { members } = board.presence;
  faces.show(members.map(({ id, state: { hue, drawing } }) => ({ name: id, hue, doing: drawing ? "drawing" : undefined })), began);
  pointers.keep((who) => board.presence.member(who) !== undefined);
  for (const member of members) pointers.paint(member.id, member.state);
}

function showInk() {
  find("#invitation").hidden = !ink.isEmpty;
  find("#board").dataset.pieces = String(ink.count);
  /** @type {HTMLButtonElement} */ (find("#wipe")).disabled = ink.isEmpty;
}

function showHues() {
  const choices = HUES.map((choice, at) => {
    const input = make("input", { type: "radio", name: "hue", value: String(choice), "aria-label": `Colour ${at + 1}` });
    input.checked = choice === state.hue;
    input.addEventListener("change", () => {
      state.hue = choice;
      memory.write("hue", choice);
      board.show({ ...state });
    });
    const label = make("label", { class: "hue" }, input);
    label.style.setProperty("--hue", String(choice));
    return label;
  });
  find("#hues").replaceChildren(...choices);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let forgotten;

/** @param {string} text */
function failed(text) {
  const problem = find("#problem");
  problem.textContent = text;
  problem.hidden = false;
  clearTimeout(forgotten);
  forgotten = setTimeout(() => (problem.hidden = true), PROBLEM_LASTS);
}

/**
 * Tells those who listen to the page instead of looking at it.
 *
 * @param {string} text
 */
function announce(text) {
  find("#announcer").textContent = text;
}

/** @param {number} wanted */
function nearest(wanted) {
  const distance = (/** @type {number} */ one) => Math.min(Math.abs(one - wanted), 360 - Math.abs(one - wanted));
  return HUES.toSorted((one, other) => distance(one) - distance(other))[0] ?? 0;
}
