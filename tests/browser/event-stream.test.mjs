import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Chat } from "./support/chat.mjs";
import { EventStream } from "./support/event-stream.mjs";
import { eventually } from "./support/eventually.mjs";

/** @type {Chat} */
let chat;
/** @type {EventStream[]} */
let streams = [];

beforeEach(async () => {
  chat = await Chat.start();
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  streams = [];
  await chat.kill();
});

/**
 * @param {string} query
 * @param {Record<string, string>} [headers]
 */
async function open(query, headers) {
  const stream = await EventStream.open(`${chat.origin}/realtime/events?${query}`, { ...(await chat.headers()), ...headers });
  streams.push(stream);
  return stream;
}

test("a stream greets, says how the channel begins, and delivers what is posted", async () => {
  const stream = await open("channel=chat/bar");
  assert.equal(stream.status, 200);
  assert.match(stream.headers["content-type"] ?? "", /^text\/event-stream\b/);
  assert.equal(stream.headers["cache-control"], "no-store, no-transform");
  assert.equal(stream.headers["x-accel-buffering"], "no");

  const welcome = await stream.next();
  assert.equal(welcome.frame.type, "welcome");
  assert.equal(welcome.frame.protocol, 1);
  assert.ok(Number(welcome.retry) > 0, "the first block says when to come back");
  const { body: contract } = await chat.get("/realtime/contract.json");
  assert.equal(welcome.frame.contract, contract.hash);

  const { frame: subscribed } = await stream.next();
  assert.deepEqual([subscribed.type, subscribed.channel, subscribed.outcome], ["subscribed", "chat/bar", "fresh"]);

  const stored = await chat.say("bar", "ann", "hi");
  const block = await stream.next();
  assert.deepEqual(block.frame, {
    type: "event", channel: "chat/bar", event: "message.sent", id: stored.id, number: 1, time: stored.time, sender: "ann", data: { text: "hi" },
  });
  assert.equal(block.id, stored.id, "the event carries `id:`");
});

test("who comes back with Last-Event-ID gets what was missed, once, and then goes on", async () => {
  const first = await open("channel=chat/bar");
  await chat.say("bar", "ann", "one");
  let id;
  for (let block = await first.next(); (id = block.id), block.frame.type !== "event"; ) block = await first.next();
  first.close();
  for (const text of ["two", "three", "four"]) await chat.say("bar", "ann", text);
  const second = await open("channel=chat/bar", { "last-event-id": id ?? "" });
  assert.equal((await second.next()).frame.type, "welcome");
  const { frame: subscribed } = await second.next();
  assert.deepEqual([subscribed.type, subscribed.outcome], ["subscribed", "resumed"]);
  for (const text of ["two", "three", "four"]) assert.equal((await second.next()).frame.data.text, text);
  await chat.say("bar", "ann", "five");
  assert.equal((await second.next()).frame.data.text, "five");
});

test("the same works with the query parameter lastEventId", async () => {
  const { id } = await chat.say("bar", "ann", "one");
  await chat.say("bar", "ann", "two");
  const stream = await open(`channel=chat/bar&lastEventId=${encodeURIComponent(id)}`);
  await stream.next();
  assert.equal((await stream.next()).frame.outcome, "resumed");
  assert.equal((await stream.next()).frame.data.text, "two");
});

test("history and stream join without overlap and without a hole", async () => {
  for (const text of ["one", "two"]) await chat.say("bar", "ann", text);
  const { body: page } = await chat.get("/realtime/history?channel=chat/bar&limit=50");
  assert.deepEqual(page.events.map((/** @type {{ data: { text: string } }} */ { data }) => data.text), ["one", "two"]);
  await chat.say("bar", "ann", "three");
  const stream = await open("channel=chat/bar", { "last-event-id": page.cursor });
  await stream.next();
  assert.equal((await stream.next()).frame.outcome, "resumed");
  assert.equal((await stream.next()).frame.data.text, "three");
});

test("after kill -9 and a new start a cursor from before gets the gap `epoch`", async () => {
  const { id } = await chat.say("bar", "ann", "before");
  await chat.kill();
  await chat.startAgain();
  await chat.say("bar", "ann", "after");
  const stream = await open("channel=chat/bar", { "last-event-id": id });
  assert.equal((await stream.next()).frame.type, "welcome");
  const { frame: gap } = await stream.next();
  assert.deepEqual([gap.type, gap.channel, gap.reason, gap.from], ["gap", "chat/bar", "epoch", id]);
  assert.equal((await stream.next()).frame.data.text, "after", "what is stored after the hole follows");
});

test("SIGTERM asks open streams to come back, and ends the server with success", async () => {
  const stream = await open("channel=chat/bar");
  await stream.next();
  await stream.next();
  const ended = chat.end("SIGTERM", 30_000);
  const { frame } = await stream.next();
  assert.equal(frame.type, "reconnect");
  assert.ok(frame.after >= 0);
  await assert.rejects(() => stream.next(), /has ended/);
  assert.equal(await ended, 0);
});

test("the connection of a client that went away is given up", async () => {
  const gone = await open("channel=chat/bar");
  await gone.next();
  gone.close();
  // Nothing of it is left to hold up the end of the server.
  await eventually(async () => assert.equal(await chat.end("SIGTERM", 10_000), 0));
});
