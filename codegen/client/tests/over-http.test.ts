import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, codes, RefusedError } from "../dist/index.js";
import { makeClient } from "../src/client.js";
import { FakeClock } from "./fake-clock.js";
import { type Channels, contract, createClient } from "./generated/index.js";
import { HttpServer, type Send, until } from "./http-server.js";

let server: HttpServer;
let client: Client<Channels>;
const room = () => client.channel("chat/{roomId}", { roomId: "bar" });

beforeEach(async () => {
  server = new HttpServer();
  await server.start();
  client = createClient({ url: server.url, transport: "sse" });
});
afterEach(async () => {
  client.close();
  await server.stop();
});

describe("the generated client over HTTP", () => {
  test("asks for its channels and receives their events", async () => {
    const seen: string[] = [];
    room().on("message.sent", ({ text }) => seen.push(text));
    const stream = await server.stream(0);
    expect(stream.channels).toEqual(["chat/bar"]);
    expect(stream.request.url).toBe(`/realtime/events?channel=chat/bar&ids=0&contract=0f6d2c1b9a8e7d6c5b4a39281706f5e4&event=message.sent`);
    expect(stream.request.headers.accept).toBe("text/event-stream");
    stream.accept().message(1, "one");
    await until(() => seen.length === 1);
    expect(client.status.get().status).toBe("connected");
    expect(client.connectionId).toBe("c-1");
  });

  test("survives text cut at every byte", async () => {
    const seen: string[] = [];
    room().on("message.sent", ({ text }) => seen.push(text));
    const stream = (await server.stream(0)).accept();
    const block = new TextEncoder().encode(`: heartbeat\r\n\r\ndata: ${JSON.stringify({ type: "event", channel: "chat/bar", event: "message.sent", id: "e.1", number: 1, time: 1, sender: null, data: { author: "ä", text: "😀" } })}\r\n\r\n`);
    for (const byte of block) {
      stream.raw(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => seen.length === 1);
    expect(seen).toEqual(["😀"]);
  });

  test("comes back after a crash by itself, with its cursor, and misses nothing", async () => {
    const seen: string[] = [];
    room().on("message.sent", ({ text }) => seen.push(text));
    (await server.stream(0)).accept().message(1, "one");
    await until(() => seen.length === 1);
    await server.stop();
    await until(() => client.status.get().status === "reconnecting");
    await server.start();
    const again = await server.stream(1);
    expect(again.url.searchParams.get("lastEventId")).toBe("chat/bar=e.1");
    again.accept().message(1, "one").message(2, "two");
    await until(() => seen.length === 2);
    expect(seen).toEqual(["one", "two"]);
  });

  test("closes the stream when the last subscription leaves", async () => {
    const off = room().on("typing", () => undefined);
    const stream = (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    off();
    await until(() => stream.gone);
  });

  test("adds and leaves a channel on the same stream", async () => {
    const statuses: string[] = [];
    room().on("typing", () => undefined);
    const stream = (await server.stream(0)).accept().message(7, "x");
    await until(() => client.status.get().status === "connected");
    client.status.subscribe(() => statuses.push(client.status.get().status));
    const seen: string[] = [];
    const off = client.on("notification.alert", ({ text }) => seen.push(text));
    const send = await server.send(0);
    expect(send.session).toBe("node.secret");
    expect(send.frames).toEqual([{ type: "subscribe", ref: 1, channel: "default", events: ["notification.alert"] }]);
    expect(send.request.headers["content-type"]).toMatch(/^text\/plain/);
    send.ack();
    stream.frame({ type: "subscribed", ref: 1, channel: "default", outcome: "fresh", cursor: "n.0" });
    stream.frame({ type: "event", channel: "default", event: "notification.alert", id: "n.1", number: 1, time: 1, sender: null, data: { text: "x" } });
    await until(() => seen.length === 1);
    off();
    expect((await server.send(1)).frames).toEqual([{ type: "unsubscribe", ref: 2, channel: "default" }]);
    expect(server.streams).toHaveLength(1);
    expect(statuses).toEqual([]);
  });

  test("comes back as the same session", async () => {
    room().on("typing", () => undefined);
    const first = await server.stream(0);
    expect(first.request.headers["tidewire-session"]).toBeUndefined();
    first.accept().end();
    const second = await server.stream(1);
    expect(second.request.headers["tidewire-session"]).toBe("node.secret");
    expect(second.request.url).not.toContain("secret");
  });

  test("sends the application's headers, fresh for each attempt", async () => {
    client.close();
    let token = 0;
    client = createClient({ url: `${server.url}/`, headers: async () => ({ Authorization: `Bearer ${(token += 1)}` }) });
    room().on("typing", () => undefined);
    const first = await server.stream(0);
    first.accept().end();
    const second = await server.stream(1);
    expect([first.request.headers.authorization, second.request.headers.authorization]).toEqual(["Bearer 1", "Bearer 2"]);
    expect(second.request.headers.accept).toBe("text/event-stream");
  });

  test("a failure of the application's headers is an attempt that failed", async () => {
    client.close();
    const headers = vi.fn(async () => Promise.reject(new Error("the session is gone")));
    client = createClient({ url: server.url, headers });
    room().on("typing", () => undefined);
    await until(() => headers.mock.calls.length >= 2);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "network", message: "the session is gone" } });
  });
});

describe("a refusal", () => {
  const refused = async (status: number, body: string, headers: { readonly [name: string]: string } = {}) => {
    room().on("typing", () => undefined);
    (await server.stream(0)).refuse(status, body, headers);
    await until(() => client.status.get().reason !== undefined && client.status.get().reason?.name !== "idle");
    return client.status.get();
  };
  const wire = (code: number, name: string): string => JSON.stringify({ error: { code, name, message: "because", hint: "do this" } });

  test.each([
    [404, wire(codes.unknown_channel, "unknown_channel"), "closed", "unknown_channel"],
    [403, wire(codes.denied, "denied"), "closed", "denied"],
    [503, wire(codes.overloaded, "overloaded"), "connecting", "overloaded"],
    [503, wire(codes.shutting_down, "shutting_down"), "connecting", "shutting_down"],
    [418, wire(4050, "of_a_later_version"), "closed", "of_a_later_version"],
    [401, "<html>", "closed", "http_401"],
    [403, "<html>", "closed", "http_403"],
    [404, "", "closed", "http_404"],
    [400, "{}", "connecting", "http_400"],
    [408, "", "connecting", "http_408"],
    [425, "", "connecting", "http_425"],
    [429, "", "connecting", "http_429"],
    [500, '{"error":"x"}', "connecting", "http_500"],
    [502, "", "connecting", "http_502"],
    [200, "<html>", "connecting", "not_tidewire"],
  ])("with HTTP %i and %s makes the status %s", async (status, body, expected, name) => {
    expect(await refused(status, body, { "content-type": body.startsWith("{") ? "application/json" : "text/html" })).toMatchObject({ status: expected, reason: { name } });
  });

  test("carries the code and the hint", async () => {
    const { reason } = await refused(403, wire(4002, "denied"));
    expect(reason).toMatchObject({ code: 4002, hint: "do this" });
    expect(reason?.message).toContain("because");
  });

  test("says when to come back", async () => {
    const began = Date.now();
    await refused(503, wire(4102, "overloaded"), { "retry-after": "1" });
    (await server.stream(1)).accept();
    await until(() => client.status.get().status === "connected");
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
  });

  test("in the middle of a stream that makes no sense leads to another attempt", async () => {
    room().on("typing", () => undefined);
    (await server.stream(0)).accept().raw(`data: ${"x".repeat(2_200_000)}`);
    await server.stream(1);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "malformed_stream", message: "a line is longer than 2 MiB" } });
  });

  test("of a relative address where there is no page is final", async () => {
    client.close();
    client = createClient({ url: "/realtime" });
    room().on("typing", () => undefined);
    await until(() => client.status.get().status === "closed");
    expect(client.status.get().reason).toMatchObject({ name: "relative_url" });
  });
});

describe("history", () => {
  const event = (number: number, data: unknown, name = "message.sent") => ({ type: "event", channel: "chat/bar", event: name, id: `e.${number}`, number, time: 1, sender: null, data });
  const json = (status: number, body: unknown): void => {
    server.answer = (_, response) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

  test("gives a page with events like live ones", async () => {
    json(200, { events: [event(1, { author: "ann", text: "hi" }), event(2, { author: "ann" }), event(3, {}, "reaction.added")], cursor: "e.3", gap: { reason: "trimmed", missed: 4 } });
    vi.spyOn(console, "warn").mockImplementationOnce(() => undefined);
    const page = await room().history({ after: "e.0" });
    expect(page).toEqual({
      events: [{ channel: "chat/bar", event: "message.sent", data: { author: "ann", text: "hi" }, meta: { channel: "chat/bar", event: "message.sent", id: "e.1", number: 1, time: 1, sender: null, self: false } }],
      cursor: "e.3",
      gap: { reason: "trimmed", missed: 4 },
    });
    expect(client.counters).toMatchObject({ invalid: 1, unknown: 1 });
  });

  test("asks for what was asked", async () => {
    const asked: string[] = [];
    server.answer = (url, response) => {
      asked.push(url.pathname + url.search);
      response.end(JSON.stringify({ events: [], cursor: "e.0" }));
    };
    await room().history();
    await room().history({ limit: 5, before: "e.9" });
    const { history } = room();
    await history({ after: "e.9" });
    expect(asked).toEqual(["/realtime/history?channel=chat/bar", "/realtime/history?channel=chat/bar&limit=5&before=e.9", "/realtime/history?channel=chat/bar&after=e.9"]);
  });

  test("rejects with the server's refusal", async () => {
    json(400, { error: { code: 4004, name: "malformed_cursor", message: "not a cursor" } });
    const error = await room().history({ after: "?" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 4004, reason: "malformed_cursor", retry: "never", message: "not a cursor" });
    json(200, []);
    await expect(room().history()).rejects.toMatchObject({ reason: "not_tidewire", code: undefined });
  });

  test("gives up an answer that never comes, after 40 s", async () => {
    server.answer = () => undefined;
    const clock = new FakeClock();
    const hanging = makeClient(contract, { url: server.url }, { clock }).channel("chat/{roomId}", { roomId: "bar" }).history();
    clock.pass(40_000);
    await expect(hanging).rejects.toThrow();
    expect(clock.armed).toBe(0);
  });

  test("leads into the live stream without overlap and without a hole", async () => {
    json(200, { events: [event(1, { author: "ann", text: "one" })], cursor: "e.1" });
    const { events, cursor } = await room().history();
    const seen = events.map((each) => (each.event === "message.sent" ? each.data.text : ""));
    room().on("message.sent", ({ text }) => seen.push(text), { after: cursor });
    const stream = await server.stream(0);
    expect(stream.url.searchParams.get("lastEventId")).toBe("chat/bar=e.1");
    stream.accept().message(2, "two");
    await until(() => seen.length === 2);
    expect(seen).toEqual(["one", "two"]);
  });
});

describe("the request for a stream", () => {
  test("holds as many channels as its query takes, and the rest follows", async () => {
    for (let at = 0; at < 60; at += 1) client.channel("counter/{name}", { name: `${at}-${"x".repeat(180)}` }).on(() => undefined, { after: `${"c".repeat(80)}.${at}` });
    const stream = await server.stream(0);
    expect(stream.request.url?.length).toBeLessThan(8000 + 20);
    expect(stream.request.url?.length).toBeGreaterThan(7000);
    stream.accept();
    const { frames } = await server.send(0);
    const rest = frames.map(({ channel, after }) => [channel, after]);
    expect(stream.channels.length + rest.length).toBe(60);
    expect(rest.at(-1)).toEqual([`counter/59-${"x".repeat(180)}`, `${"c".repeat(80)}.59`]);
  });

  test("says which events are wanted, and with how many stored ones to begin", async () => {
    room().on("typing", () => undefined, { last: 20 });
    room().on("message.sent", () => undefined);
    const stream = await server.stream(0);
    expect(stream.url.searchParams.getAll("event")).toEqual(["message.sent", "typing"]);
    expect(stream.url.searchParams.get("last")).toBe("20");
  });

  test("opens a connection without channels for something to publish", async () => {
    const published = room().publish("typing");
    const stream = await server.stream(0);
    expect(stream.channels).toEqual([]);
    expect(stream.url.searchParams.get("ids")).toBe("0");
    stream.accept();
    (await server.send(0)).ack({ id: null, number: null, time: 5, stored: false });
    expect(await published).toEqual({ id: null, number: null, time: 5, stored: false, duplicate: false });
  });
});

describe("frames to the server", () => {
  const say = (text: string): Promise<{ readonly number: number | null }> => room().publish("message.sent", { author: "ann", text });
  const texts = ({ frames }: Send): unknown[] => frames.map(({ data }) => (data as { readonly text: string }).text);

  test("of one moment travel in one request, one request at a time, in order", async () => {
    room().on("typing", () => undefined);
    (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    const first = [say("one"), say("two")];
    const send = await server.send(0);
    expect(texts(send)).toEqual(["one", "two"]);
    const rest = [say("three")];
    await new Promise((resolve) => setTimeout(resolve, 30));
    rest.push(say("four"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.sends).toHaveLength(1);
    send.answer(send.frames.map(({ ref }, at) => ({ type: "ack", ref, id: `e.${at + 1}`, number: at + 1, time: 1, stored: true })));
    expect((await Promise.all(first)).map(({ number }) => number)).toEqual([1, 2]);
    expect(texts(await server.send(1))).toEqual(["three", "four"]);
    server.sends[1]?.ack();
    await Promise.all(rest);
  });

  test("that together are too long for one request travel in several", async () => {
    room().on("typing", () => undefined);
    (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    const long = "ä".repeat(1990);
    const all = Array.from({ length: 30 }, () => say(long));
    for (let at = 0, seen = 0; seen < 30; at += 1) {
      const send = await server.send(at);
      expect(Number(send.request.headers["content-length"])).toBeLessThanOrEqual(65_536);
      seen += send.frames.length;
      send.ack();
    }
    await Promise.all(all);
    expect(server.sends.length).toBeLessThan(4);
  });

  test("for a session that the server does not know make it reconnect at once, and are sent again with the same keys", async () => {
    room().on("typing", () => undefined);
    (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    const published = say("one");
    const send = await server.send(0);
    send.answer(JSON.stringify({ error: { code: 4201, name: "unknown_session", message: "no such session" } }), 404);
    (await server.stream(1)).accept();
    const again = await server.send(1);
    expect(again.frames[0]?.["key"]).toBe(send.frames[0]?.["key"]);
    again.ack({ id: "e.1", number: 1, time: 1, stored: true });
    expect(await published).toMatchObject({ number: 1 });
  });

  test("are tried again when a request fails, and the stream does not notice", async () => {
    const statuses: string[] = [];
    room().on("typing", () => undefined);
    (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    client.status.subscribe(() => statuses.push(client.status.get().status));
    const published = say("one");
    (await server.send(0)).answer("<html>bad gateway</html>", 502);
    const again = await server.send(1);
    expect(again.frames[0]?.["key"]).toBe(server.sends[0]?.frames[0]?.["key"]);
    again.answer([]);
    (await server.send(2)).ack({ id: "e.1", number: 1, time: 1, stored: true, duplicate: true });
    expect(await published).toMatchObject({ number: 1, duplicate: true });
    expect(statuses).toEqual([]);
    expect(server.streams).toHaveLength(1);
  });

  test("take the application's headers", async () => {
    client.close();
    client = createClient({ url: server.url, headers: () => ({ authorization: "Bearer x" }) });
    const published = say("one");
    (await server.stream(0)).accept();
    const send = await server.send(0);
    expect(send.request.headers["authorization"]).toBe("Bearer x");
    send.ack();
    await published;
  });
});

describe("the application's own requests", () => {
  test("name the connection", async () => {
    const names: (string | undefined)[] = [];
    server.answer = (_, response, request) => {
      names.push(request.headers["tidewire-connection"] as string | undefined);
      response.end(JSON.stringify([request.method, request.headers["x-own"] ?? null]));
    };
    const address = new URL(server.url).origin;
    const { fetch } = client;
    await fetch(`${address}/before`);
    room().on("typing", () => undefined);
    (await server.stream(0)).accept();
    await until(() => client.status.get().status === "connected");
    expect(await (await fetch(`${address}/api`, { method: "POST", headers: { "x-own": "1" } })).json()).toEqual(["POST", "1"]);
    expect(await (await fetch(new Request(`${address}/api`, { headers: { "x-own": "2" } }))).json()).toEqual(["GET", "2"]);
    expect(names).toEqual([undefined, "c-1", "c-1"]);
  });
});
