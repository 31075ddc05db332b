/** The page: joins the live queries, the events of the table, and what shows them. */

import { sentence, showStatus } from "/reception/connection.js";
import { find } from "/reception/elements.js";
import { Board } from "./board.js";
import { Commands } from "./commands.js";
import { News } from "./news.js";
import { createClient } from "./realtime/index.js";
import { clock, counted } from "./wording.js";

/** So many of the last changes are told to whoever comes. */
const TOLD = 30;

const client = createClient({ url: "/realtime" });
const timetable = client.live("timetable");
const health = client.live("health");
const channel = client.channel("departures");
const board = new Board(find("#rows"));
const news = new News(find("#news"), find("#quiet"));
const commands = new Commands();

/** When this page last knew that the service is there: by its own clock, in milliseconds. @type {number | undefined} */
let heard;
/** Whether the database was there when that was told last. @type {boolean | undefined} */
let wasReachable;

client.status.subscribe(show);
timetable.subscribe(show);
health.subscribe(asked);
channel.on("departures.insert", (row, meta) => news.tell("insert", row, meta.time), { last: TOLD });
channel.on("departures.update", (row, meta) => changed(row, meta.time), { last: TOLD });
channel.on("departures.delete", (row, meta) => news.tell("delete", row, meta.time), { last: TOLD });
channel.on("departures.truncate", (_, meta) => news.tell("truncate", undefined, meta.time), { last: TOLD });
channel.onGap((gap) => news.missed(gap.missed));
show();

/** The database went or came back, or nobody knows any more. */
function asked() {
  const reachable = health.current.data?.reachable;
  // What could not be read while it was away is read now, whether or not anything changed.
  if (reachable === true && wasReachable === false) timetable.reload().catch(() => {});
  wasReachable = reachable;
  show();
}

/**
 * @param {import("./board.js").Departure} row
 * @param {number} time
 */
function changed(row, time) {
  news.tell("update", row, time);
  board.mark(row.id);
}

function show() {
  const connection = client.status.get();
  const { data, status, error } = timetable.current;
  const database = health.current;
  const connected = connection.status === "connected" || connection.status === "degraded";
  if (connected) heard = Date.now();
  const reachable = connected && database.status === "open" ? database.data?.reachable : undefined;
  const isLive = status === "open" && reachable === true;
  showStatus(find("#status"), connection);
  showDatabase(reachable);
  document.body.dataset.live = String(isLive);
  showStale(isLive ? undefined : stale(connected, reachable, database.data?.seen, error), data !== undefined);
  if (data === undefined) return;
  board.show(data.next);
  commands.about(data.next);
  find("#total").textContent = data.total > data.next.length ? `the next ${data.next.length} of ${counted(data.total)}` : counted(data.total);
  document.title = `${data.next[0] === undefined ? "" : `${data.next[0].departs.slice(0, 5)} ${data.next[0].destination} · `}Tidewire harbour`;
}

/**
 * Why what the page shows may not be what is stored, and from when it is.
 *
 * @param {boolean} connected
 * @param {boolean | undefined} reachable
 * @param {number | undefined} seen
 * @param {{ message: string } | undefined} error
 */
function stale(connected, reachable, seen, error) {
  if (!connected) return heard === undefined ? undefined : { why: "The service cannot be reached.", from: heard };
  if (reachable === false) return { why: "The database cannot be reached.", from: seen };
  if (error !== undefined) return { why: `The departures cannot be read. ${sentence(error.message)}`, from: undefined };
  return undefined;
}

/**
 * @param {{ why: string, from: number | undefined } | undefined} reason
 * @param {boolean} isShown - Whether there is anything on the board that may be old.
 */
function showStale(reason, isShown) {
  const element = find("#stale");
  const from = reason?.from === undefined ? "" : ` What you see is from ${clock(reason.from)}.`;
  const text = reason === undefined ? "" : `${reason.why}${isShown ? from : ""}`;
  element.hidden = text === "";
  if (element.textContent !== text) element.textContent = text;
}

/** @param {boolean | undefined} reachable */
function showDatabase(reachable) {
  const element = find("#database");
  const state = reachable === undefined ? "unknown" : reachable ? "reachable" : "away";
  const text = { unknown: "Database unknown", reachable: "Database", away: "Database away" }[state];
  element.dataset.state = state;
  if (element.textContent !== text) element.textContent = text;
}
