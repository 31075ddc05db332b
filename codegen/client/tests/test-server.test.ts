import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, clientFactory } from "../src/client.js";
import { PayloadError } from "../src/errors.js";
import { type TestChannel, type TestServer, testServerFactory } from "../src/testing.js";
import type { Transport } from "../src/transport.js";
import { type Channels, contract } from "./generated/contract.js";

const createTestServer = testServerFactory(contract);
const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

let server: TestServer<Channels>;
let client: Client<Channels>;

beforeEach(() => {
  server = createTestServer();
  client = server.client({ user: "ann" });
});
afterEach(() => client.close());

/** Subscribes to the room of most tests. */
function listen(of: Client<Channels> = client): { readonly seen: string[]; readonly gaps: unknown[] } {
  const [seen, gaps]: [string[], unknown[]] = [[], []];
  const room = of.channel("chat/{roomId}", { roomId: "bar" });
  room.on("message.sent", ({ text }) => seen.push(text));
  room.onGap(({ reason, missed }) => gaps.push([reason, missed]));
  server.advance();
  return { seen, gaps };
}

const room = (): TestChannel<Channels, "chat/{roomId}"> => server.channel("chat/{roomId}", { roomId: "bar" });

describe("events of the server", () => {
  test("reach who is subscribed, typed and validated, with defaults and positions", () => {
    const { seen } = listen();
    expect(server.connections).toMatchObject([{ id: client.connectionId, user: "ann", channels: ["chat/bar"] }]);
    expect(room().subscribers).toBe(1);
    expect(room().publish("message.sent", message("one"))).toMatchObject({ number: 1, stored: true, duplicate: false });
    expect(room().publish("typing")).toMatchObject({ number: null, stored: false });
    room().publish("message.sent", message("two"), { sender: "bob" });
    expect(seen).toEqual(["one", "two"]);
    expect(() => room().publish("message.sent", { author: "ann", text: "" })).toThrow(PayloadError);
    // @ts-expect-error not an event of this channel
    expect(() => room().publish("message.send", message("x"))).toThrow(RangeError);
    expect(seen).toEqual(["one", "two"]);
  });

  test("tell who published them", () => {
    const metas: unknown[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).onAny(({ meta: { sender, self, number } }) => metas.push([sender, self, number]));
    server.advance();
    room().publish("message.sent", message("one"));
    room().publish("message.sent", message("two"), { sender: "bob" });
    void client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("three"));
    server.advance();
    expect(metas).toEqual([[null, false, 1], ["bob", false, 2], ["ann", true, 3]]);
  });

  test("come by themselves where a test waits for them", async () => {
    const seen: number[] = [];
    client.channel("counter/{name}", { name: "visits" }).on((count) => seen.push(count));
    await vi.waitFor(() => expect(server.channel("counter/{name}", { name: "visits" }).subscribers).toBe(1));
    server.channel("counter/{name}", { name: "visits" }).publish("message", 7);
    expect(seen).toEqual([7]);
  });

  test("are filtered as the server does", async () => {
    const frames: string[] = [];
    const transport: Transport = (request, handlers) => server.transport(request, { ...handlers, onFrame: (text) => (frames.push(text), handlers.onFrame(text)) });
    const made = clientFactory(contract)({ url: "http://test.invalid", transport, fetch: server.fetch });
    const { seen } = listen(made);
    await vi.waitFor(() => expect(made.status.get().status).toBe("connected"));
    room().publish("typing");
    room().publish("message.sent", message("one"));
    expect(seen).toEqual(["one"]);
    expect(frames.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(["welcome", "subscribed", "event"]);
    made.close();
  });
});

describe("what clients publish", () => {
  test("is validated, stored, seen by the test and by others", async () => {
    const other = server.client({ user: "bob" });
    const { seen } = listen(other);
    const published = client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("hi"));
    expect(await published).toMatchObject({ number: 1, stored: true });
    expect(seen).toEqual(["hi"]);
    expect(server.published).toEqual([{ channel: "chat/bar", event: "message.sent", data: message("hi"), sender: "ann" }]);
    const [event] = room().published;
    expect(event?.event === "message.sent" && event.data.text).toBe("hi");
    other.close();
  });

  test("does not come back where it is excluded", async () => {
    const { seen } = listen();
    await client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("hi"), { excludeSelf: true });
    room().publish("message.sent", message("after"));
    expect(seen).toEqual(["after"]);
  });

  test("waits while there is no connection, and is stored once", async () => {
    listen();
    server.stop();
    const published = client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("later"));
    server.advance(5000);
    expect(server.published).toEqual([]);
    server.start();
    server.advance(5000);
    expect(await published).toMatchObject({ number: 1 });
    expect(server.published).toHaveLength(1);
  });

  test("is refused where the channel is", async () => {
    room().deny();
    await expect(client.channel("chat/{roomId}", { roomId: "bar" }).publish("typing")).rejects.toMatchObject({ reason: "denied" });
    expect(server.published).toEqual([]);
  });
});

describe("connections", () => {
  test("that are cut come back, and miss nothing", () => {
    const { seen, gaps } = listen();
    const { connectionId } = client;
    room().publish("message.sent", message("one"));
    server.disconnect();
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "network" } });
    room().publish("message.sent", message("two"));
    expect(seen).toEqual(["one"]);
    server.advance(30_000);
    expect(client.status.get().status).toBe("connected");
    expect(seen).toEqual(["one", "two"]);
    expect(gaps).toEqual([]);
    expect(client.connectionId).toBe(connectionId);
  });

  test("stay while time passes", () => {
    listen();
    server.advance(600_000);
    expect(client.status.get().status).toBe("connected");
    expect(server.connections).toHaveLength(1);
  });

  test("are refused for good, or until the server starts", () => {
    listen();
    server.refuse();
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "unauthenticated" } });
    const patient = server.client();
    listen(patient);
    server.refuse("overloaded");
    server.advance(60_000);
    expect(patient.status.get()).toMatchObject({ status: "closed" });
    const other = server.client();
    listen(other);
    expect(other.status.get()).toMatchObject({ status: "connecting", reason: { name: "overloaded" } });
    server.start();
    server.advance(60_000);
    expect(other.status.get().status).toBe("connected");
    other.close();
    patient.close();
  });
});

describe("gaps", () => {
  test("are told when events are lost, when they are forgotten, and when the history begins anew", () => {
    const { seen, gaps } = listen();
    room().lose(3);
    expect(gaps).toEqual([["hole", 3]]);
    server.stop();
    room().publish("message.sent", message("forgotten"));
    room().publish("message.sent", message("kept"));
    room().trim(1);
    server.start();
    server.advance(60_000);
    expect(gaps).toEqual([["hole", 3], ["trimmed", 1]]);
    expect(seen).toEqual(["kept"]);
    room().restart();
    room().publish("message.sent", message("anew"));
    expect(gaps.at(-1)).toEqual(["epoch", undefined]);
    expect(seen).toEqual(["kept", "anew"]);
    server.disconnect();
    server.advance(60_000);
    expect(gaps).toHaveLength(3);
  });
});

describe("a channel that is denied", () => {
  test("is refused to who asks and to who is there; others go on", () => {
    const reasons: string[] = [];
    const { seen } = listen();
    client.on("notification.alert", ({ text }) => seen.push(text));
    client.onDenied(({ channel, error }) => reasons.push(`${channel} ${error.reason}`));
    server.advance();
    room().deny();
    expect(reasons).toEqual(["chat/bar denied"]);
    expect(room().subscribers).toBe(0);
    server.channel("default").publish("notification.alert", { text: "here" });
    expect(seen).toEqual(["here"]);
    room().allow();
    listen();
    room().publish("message.sent", message("again"));
    expect(seen).toEqual(["here", "again"]);
  });

  test("is tried again where the refusal may pass", () => {
    room().deny("broker_unavailable");
    const { seen } = listen();
    room().allow();
    server.advance(60_000);
    room().publish("message.sent", message("one"));
    expect(seen).toEqual(["one"]);
  });
});

describe("history", () => {
  test("is read in pages, and continued live", async () => {
    for (let at = 1; at <= 5; at += 1) room().publish("message.sent", message(String(at)));
    const chat = client.channel("chat/{roomId}", { roomId: "bar" });
    const texts = (events: readonly { readonly event: string; readonly data?: { readonly text: string } }[]): unknown[] => events.map(({ data }) => data?.text);
    const page = await chat.history({ limit: 2 });
    expect(texts(page.events as never)).toEqual(["4", "5"]);
    expect(texts((await chat.history({ limit: 2, before: page.events[0]?.meta.id ?? "" })).events as never)).toEqual(["2", "3"]);
    const seen: string[] = [];
    chat.on("message.sent", ({ text }) => seen.push(text), { after: page.cursor });
    room().publish("message.sent", message("6"));
    server.advance();
    expect(seen).toEqual(["6"]);
    room().deny();
    await expect(chat.history()).rejects.toMatchObject({ reason: "denied" });
  });

  test("read backwards, it says whether something was before", async () => {
    for (let at = 1; at <= 5; at += 1) room().publish("message.sent", message(String(at)));
    const chat = client.channel("chat/{roomId}", { roomId: "bar" });
    const [first, , third] = (await chat.history()).events.map(({ meta }) => meta.id ?? "");
    const beginning = await chat.history({ before: first ?? "" });
    expect([beginning.events, beginning.gap]).toEqual([[], undefined]);
    room().trim(3);
    expect(await chat.history({ before: third ?? "" })).toMatchObject({ events: [], gap: { reason: "trimmed", missed: 2 } });
    room().restart();
    expect(await chat.history({ before: third ?? "" })).toMatchObject({ events: [], gap: { reason: "epoch" } });
  });

  test("begins a subscription, and brings late listeners where the others are", async () => {
    for (let at = 1; at <= 5; at += 1) room().publish("message.sent", message(String(at)));
    const { seen } = listen();
    const late: string[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => late.push(text), { last: 3 });
    await vi.waitFor(() => expect(late).toEqual(["3", "4", "5"]));
    room().publish("message.sent", message("6"));
    expect([seen, late]).toEqual([["6"], ["3", "4", "5", "6"]]);
  });
});

test("a client that is made as on a page takes the server's transport", async () => {
  const made = clientFactory(contract)({ url: "http://test.invalid", transport: server.transport, fetch: server.fetch });
  const { seen } = listen(made);
  await vi.waitFor(() => expect(made.status.get().status).toBe("connected"));
  room().publish("message.sent", message("one"));
  expect(seen).toEqual(["one"]);
  expect((await made.channel("chat/{roomId}", { roomId: "bar" }).history()).events).toHaveLength(1);
  made.close();
});

test("every channel of the contract is found by its name", async () => {
  const names: string[] = [];
  client.channel("room:{kind}/{open}", { kind: "open", open: true }).on(() => names.push("room"));
  client.channel("auction-{auctionId}/bids", { auctionId: 7 }).on("bid.placed", () => names.push("auction"));
  client.channel("counter/{name}", { name: "a/b ü" }).on(() => names.push("counter"));
  client.channel("board/{boardId}", { boardId: "6F1C2F9E-8c1d-4a58-9f53-0d9c3b6f7a10" }).on("board.cleared", () => names.push("board"));
  server.advance();
  expect(server.connections[0]?.channels).toHaveLength(4);
  server.channel("room:{kind}/{open}", { kind: "open", open: true }).publish("message");
  server.channel("auction-{auctionId}/bids", { auctionId: 7 }).publish("bid.placed", 1);
  server.channel("counter/{name}", { name: "a/b ü" }).publish("message", 1);
  server.channel("board/{boardId}", { boardId: "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10" }).publish("board.cleared");
  expect(names).toEqual(["room", "auction", "counter", "board"]);
});

test("the example of the documentation is one that compiles", () => {
  const documentation = readFileSync(new URL("../src/testing.ts", import.meta.url), "utf8");
  const example = /```ts\n((?: \*.*\n)*?) \* ```\n \*\/\nexport type CreateTestServer/.exec(documentation)?.[1]?.replace(/^ \* ?/gm, "");
  expect(example).toContain("createTestServer()");
  expect(readFileSync(new URL("types/testing.ts", import.meta.url), "utf8")).toContain(example);
});
