import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BINARY, Chat } from "./support/chat.mjs";
import { runToEnd } from "./support/service.mjs";

/** @type {Chat} */
let chat;
before(async () => {
  chat = await Chat.start();
});
after(() => chat.kill());

for (const [what, path, status, code, name] of /** @type {[string, string, number, number, string][]} */ ([
  ["an unknown channel", "/realtime/events?channel=chta/bar", 404, 4005, "unknown_channel"],
  ["an unknown channel, in the history", "/realtime/history?channel=nowhere", 404, 4005, "unknown_channel"],
  ["a parameter that violates the contract", "/realtime/events?channel=chat/UPPER", 400, 4006, "invalid_channel"],
  ["a malformed cursor", "/realtime/events?channel=chat/bar&lastEventId=garbage", 400, 4004, "malformed_cursor"],
  ["a malformed cursor, in the history", "/realtime/history?channel=chat/bar&after=garbage", 400, 4004, "malformed_cursor"],
  ["no channel at all", "/realtime/events", 400, 4003, "missing_parameter"],
  ["no channel at all, in the history", "/realtime/history", 400, 4003, "missing_parameter"],
  ["a limit that is no limit", "/realtime/history?channel=chat/bar&limit=0", 400, 4000, "bad_request"],
  ["a route that does not exist", "/realtime/nowhere", 404, 4011, "not_found"],
])) {
  test(`${what} is refused with ${status} and the code ${code}`, async () => {
    const answer = await chat.get(path);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json\b/);
    assert.deepEqual([answer.body.error.code, answer.body.error.name], [code, name]);
    assert.equal(typeof answer.body.error.message, "string");
  });
}

test("a refusal of an unknown channel says which one may be meant", async () => {
  const { body } = await chat.get("/realtime/events?channel=chta/bar");
  assert.match(body.error.hint ?? "", /chat/);
});

test("HEAD answers at once, with the headers alone", async () => {
  const stream = await chat.get("/realtime/events?channel=chat/bar", { method: "HEAD" });
  assert.equal(stream.status, 200);
  assert.match(stream.headers.get("content-type") ?? "", /^text\/event-stream\b/);
  assert.equal(stream.text, "");
  assert.equal((await chat.get("/realtime/events?channel=nowhere", { method: "HEAD" })).status, 404);
});

test("another method is refused with 405 and the code 4012", async () => {
  const { status, body } = await chat.get("/realtime/events?channel=chat/bar", { method: "DELETE" });
  assert.deepEqual([status, body.error.code], [405, 4012]);
});

test("a message is stored and the answer says where", async () => {
  const stored = await chat.say("stored", "ann", "hi");
  assert.equal(stored.number, 1);
  assert.ok(Math.abs(stored.time - Date.now()) < 60_000, "the time is in milliseconds");
  const { body } = await chat.get("/realtime/history?channel=chat/stored");
  assert.deepEqual(body.events.map((/** @type {{ id: string }} */ { id }) => id), [stored.id]);
});

for (const [what, message] of /** @type {[string, object][]} */ ([
  ["an empty text", { text: "" }],
  ["a text that is too long", { text: "x".repeat(2001) }],
])) {
  test(`${what} is refused with 422, and nothing is stored`, async () => {
    const answer = await chat.post("/api/rooms/refused/messages", message);
    assert.equal(answer.status, 422);
    const { error } = /** @type {{ error: { code: number, name: string } }} */ (await answer.json());
    assert.deepEqual([error.code, error.name], [4008, "invalid_payload"]);
    assert.deepEqual(await chat.stored("refused"), []);
  });
}

for (const [what, room, body, expected] of /** @type {[string, string, unknown, number[]][]} */ ([
  ["a text of another type", "refused", { text: 7 }, [400, 422]],
  ["a field that is missing", "refused", { author: "ann" }, [400, 422]],
  ["text that is not JSON", "refused", `{"text": `, [400]],
  ["a body that is too large", "refused", { text: "x".repeat(20_000) }, [413, 422]],
  ["a room whose name violates the contract", "Not%20A%20Room", { text: "hi" }, [400, 404, 422]],
])) {
  test(`${what} is refused with a JSON error, and nothing is stored`, async () => {
    const answer = await chat.post(`/api/rooms/${room}/messages`, body);
    assert.ok(expected.includes(answer.status), `the status is ${answer.status}`);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json\b/);
    const { error } = /** @type {{ error: { message: string } }} */ (await answer.json());
    assert.ok(error.message.length > 0);
    assert.deepEqual(await chat.stored("refused"), []);
  });
}

test("the page and its parts are served", async () => {
  const page = await fetch(chat.origin);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html\b/);
  const html = await page.text();
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  assert.ok(parts.length >= 2);
  for (const path of parts) {
    const part = await fetch(new URL(path, chat.origin));
    assert.equal(part.status, 200, path);
    assert.equal((await part.text()).length > 0, true, path);
  }
});

test("a port that is taken is one clear error", async () => {
  const { code, output, log } = await runToEnd(BINARY, { PORT: String(chat.port) });
  assert.equal(code, 1);
  assert.equal(output, "");
  assert.match(log, new RegExp(`\\b${chat.port}\\b`));
  assert.doesNotMatch(log, /panicked/);
});

test("a port that is no port is one clear error", async () => {
  const { code, output, log } = await runToEnd(BINARY, { PORT: "eighty" });
  assert.equal(code, 1);
  assert.equal(output, "");
  assert.match(log, /PORT/);
  assert.doesNotMatch(log, /panicked/);
});
