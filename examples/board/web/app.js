/** The page: signs in, then joins the live query, what this page asks for, and the hands that move cards. */

import { sentence, showStatus } from "/reception/connection.js";
import { find } from "/reception/elements.js";
import { Faces } from "/reception/faces.js";
import { arrive, stillHere } from "/reception/guest.js";
import { Identity } from "/reception/identity.js";
import { ask, RequestError } from "/reception/requests.js";
import { Columns } from "./columns.js";
import { Hand } from "./hand.js";
import { Keys } from "./keys.js";
import { added, cleared, Plan, placed, placeOf, removed, renamed } from "./plan.js";
import { createClient } from "./realtime/index.js";
import { figures, missedText, news, refusal, several, titleOf } from "./wording.js";

/** @typedef {import("./plan.js").Place} Place */

/** How long a problem stays on the screen, in milliseconds. */
const PROBLEM_LASTS = 8000;

/** How long it waits for more changes before it asks how much was read, in milliseconds. */
const FIGURES_WAIT = 250;

const identity = new Identity({ app: "board", heading: "Who is at the board?", why: "Everybody at the board sees this name beside what you do.", save: "Go on", onChange: renamedPerson });
/** Who this page began as. */
let began = "";

await arrive(identity);
began = identity.name;

const boardId = /^#[a-z0-9-]{1,40}$/u.test(location.hash) ? location.hash.slice(1) : "harbour";
const path = `/boards/${boardId}`;
const client = createClient({ url: "/realtime", token: stillHere(identity, () => began) });
const stored = client.live("boardCards", { boardId });
const channel = client.channel("board/{boardId}", { boardId });
const presence = channel.presence();
const plan = new Plan();
const faces = new Faces();
const columns = new Columns({ added: add, renamed: rename, removed: remove, cleared: clear });
/** The card in this person's hand, and where it would lie. @type {{ id: number, place: Place } | undefined} */
let carried;
/** Whether what is shown is what is stored. */
let isLive = false;
let numbers = 0;
let reads = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let forgotten;

const carrier = { mayTake: (/** @type {number} */ id) => isLive && id > 0 && carried === undefined, took, over, dropped, cancelled };
const hand = new Hand(find("#columns"), carrier);
const keys = new Keys(find("#columns"), carrier, shown);

stored.subscribe(loaded);
client.status.subscribe(showConnection);
presence.subscribe(peopled);
channel.on("card.changed", (change) => tell(news(change, began), change.by));
channel.on("board.cleared", ({ by, cards }) => tell(`${by === began ? "You" : by} took ${several(cards, "card")} off the board that ${cards === 1 ? "was" : "were"} done`, by));
channel.onGap(missed);
addEventListener("hashchange", () => location.reload());
find("#board-name").textContent = boardId;
document.title = `${boardId} · Tidewire board`;
hold(undefined);
loaded();
showConnection();

/** The live query has something to say: what is stored, or that it is not known whether this still is. */
function loaded() {
  const { data, status, error } = stored.current;
  if (data !== undefined) plan.take(data);
  if (status === "open" && !isLive) plan.catchUp();
  isLive = status === "open";
  document.body.dataset.live = String(isLive);
  if (status === "error" || status === "closed") fail(`What is on the board cannot be loaded, so this may be old. ${sentence(error?.message ?? "")}`);
  if (!isLive) letGo();
  show();
  askFigures();
}

/** The cards as somebody sees them at this page. */
function shown() {
  return carried === undefined ? plan.cards : placed(carried.id, carried.place)(plan.cards);
}

function show() {
  if (carried !== undefined && !plan.cards.some(({ id }) => id === carried?.id)) {
    letGo();
    fail(refusal({ reason: "gone" }));
  }
  const holders = new Map(presence.members.flatMap(({ id, state }) => (id === began || state.holding === undefined ? [] : [[state.holding, id]])));
  columns.show(shown(), { pending: plan.pending, carried: carried?.id, holders, isLive, isKnown: plan.isKnown });
}

/** @param {number} id */
function took(id) {
  const place = placeOf(plan.cards, id);
  if (place === undefined) return;
  carried = { id, place };
  hold(id);
  show();
  announce(`Taken. ${whereabouts(id)}`);
}

/** @param {Place} place */
function over(place) {
  if (carried === undefined || (carried.place.to === place.to && carried.place.above === place.above)) return;
  carried.place = place;
  show();
  announce(whereabouts(carried.id));
}

/** @param {DOMRect} [from] */
function dropped(from) {
  if (carried === undefined) return;
  const { id, place } = carried;
  const before = placeOf(plan.cards, id);
  carried = undefined;
  hold(undefined);
  if (before?.to !== place.to || before.above !== place.above) void change("This card stays where it was", id, placed(id, place), () => ask("POST", `${path}/cards/${id}/place`, place));
  else show();
  if (from !== undefined) columns.land(id, from);
  announce(`Put down. ${whereabouts(id)}`);
}

/** @param {DOMRect} [from] */
function cancelled(from) {
  if (carried === undefined) return;
  const { id } = carried;
  carried = undefined;
  hold(undefined);
  show();
  if (from !== undefined) columns.land(id, from);
  announce(`Put back. ${whereabouts(id)}`);
}

function letGo() {
  hand.letGo();
  keys.letGo();
}

/**
 * @param {import("./plan.js").Column} column
 * @param {string} title
 */
function add(column, title) {
  // Until the service has given it a number it has one that no card of the service's has.
  const id = -(numbers += 1);
  void change("The card was not added", id, added({ id, title, column, author: began }), () => ask("POST", `${path}/cards`, { title, column }));
}

/**
 * @param {number} id
 * @param {string} title
 */
function rename(id, title) {
  void change("The card says what it said", id, renamed(id, title), () => ask("POST", `${path}/cards/${id}`, { title }));
}

/** @param {number} id */
function remove(id) {
  void change("The card stays", id, removed(id), () => ask("DELETE", `${path}/cards/${id}`));
}

function clear() {
  void change("Nothing was taken off", 0, cleared, () => ask("POST", `${path}/clear`));
}

/**
 * Shows a change at once and asks for it. What comes of it is what the live query says.
 *
 * @param {string} otherwise - What to say if it is not done.
 * @param {number} about - The card.
 * @param {import("./plan.js").Apply} apply
 * @param {() => Promise<{ revision: number }>} request
 */
async function change(otherwise, about, apply, request) {
  const wish = plan.wish(about, apply);
  find("#problem").hidden = true;
  show();
  try {
    plan.granted(wish, (await request()).revision);
  } catch (error) {
    plan.undo(wish);
    fail(`${otherwise}. ${explain(error)}`);
  }
  show();
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof RequestError)) return String(error);
  if (error.body?.refused !== undefined) return refusal(error.body.refused);
  if (error.status === undefined) return "The service did not answer; if it did it all the same, the board will show it.";
  return sentence(error.message);
}

/** A connection belongs to one user for as long as it lasts, so that another name begins with another page. */
function renamedPerson() {
  if (began !== "" && identity.name !== "" && identity.name !== began) location.reload();
}

/**
 * Shows the others what is in this person's hand.
 *
 * @param {number | undefined} holding
 */
function hold(holding) {
  // Worth nothing later: while there is no connection, nobody sees anybody's hand.
  presence.set(holding === undefined ? {} : { holding }).catch(() => {});
}

function peopled() {
  faces.show(presence.members.map(({ id, state }) => ({ name: id, doing: state.holding === undefined ? undefined : "carrying a card" })), began);
  show();
  showFigures();
}

function showConnection() {
  showStatus(find("#status"), client.status.get());
}

/** What the live query costs the service. */
function askFigures() {
  asking ??= setTimeout(async () => {
    asking = undefined;
    if (!isLive) return;
    ({ reads } = await ask("GET", `${path}/reads`).catch(() => ({ reads })));
    showFigures();
  }, FIGURES_WAIT);
}

function showFigures() {
  const people = presence.members.length;
  find("#figures").textContent = reads === 0 || people === 0 ? "" : figures({ people, changes: plan.revision, reads });
}

/**
 * @param {string} text
 * @param {string} by
 */
function tell(text, by) {
  find("#news").textContent = text;
  if (by !== began) announce(text);
}

/**
 * What happened meanwhile was not all told. The cards are right in any case: the live query says what is stored.
 *
 * @param {import("./realtime/index.js").Gap} gap
 */
function missed({ reason }) {
  tell(missedText(reason), "");
}

/** @param {number} id */
function whereabouts(id) {
  const cards = shown();
  const card = cards.find((one) => one.id === id);
  if (card === undefined) return "";
  const mates = cards.filter(({ column }) => column === card.column);
  return `${titleOf(card.column)}, ${mates.indexOf(card) + 1} of ${mates.length}`;
}

/**
 * Tells those who listen to the page instead of looking at it.
 *
 * @param {string} text
 */
function announce(text) {
  find("#announcer").textContent = text;
}

/** @param {string} text */
function fail(text) {
  const problem = find("#problem");
  problem.textContent = text;
  problem.hidden = false;
  clearTimeout(forgotten);
  forgotten = setTimeout(() => (problem.hidden = true), PROBLEM_LASTS);
}
