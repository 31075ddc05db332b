import { describe, expect, test, vi } from "vitest";
import type { RefusedError } from "../src/errors.js";
import { type Harness, harness } from "./harness.js";

const BAR = "chat/bar";
const bar = ["chat/{roomId}", { roomId: "bar" }] as const;
const message = (text: string): object => ({ author: "ann", text });
const denied = { code: 4002, name: "denied", message: "not you" };

/** A client with one channel that is live and of no interest. */
function live(): Harness {
  const parts = harness();
  parts.client.on("notification.alert", () => undefined);
  parts.settle();
  parts.server.link.accept();
  return parts;
}

describe("a channel that the server refuses", () => {
  test("is told, and the others go on", () => {
    const { client, server, settle, statuses } = live();
    const here: unknown[] = [];
    const everywhere: string[] = [];
    const seen: string[] = [];
    const room = client.channel(...bar);
    room.onDenied(({ channel, error }) => here.push([channel, error.reason, error.code]));
    client.onDenied(({ channel }) => everywhere.push(channel));
    client.on("notification.alert", ({ text }) => seen.push(text));
    room.on("typing", () => undefined);
    settle();
    server.link.reply({ type: "denied", ref: 1, channel: BAR, error: denied });
    expect(here).toEqual([[BAR, "denied", 4002]]);
    expect(everywhere).toEqual([BAR]);
    expect(room.denied?.reason).toBe("denied");
    server.link.event("default", 1, "notification.alert", { text: "x" });
    expect(seen).toEqual(["x"]);
    expect(client.status.get().status).toBe("connected");
    expect(statuses).toEqual(["connecting", "connected"]);
  });

  test("is not asked for again, not even by a reconnect, until somebody listens anew", () => {
    const { client, server, settle, clock } = live();
    const room = client.channel(...bar);
    const off = room.on("typing", () => undefined);
    settle();
    server.link.reply({ type: "denied", channel: BAR, error: denied, ref: 1 }).end();
    clock.pass(500);
    expect(server.link.channels.map(({ name }) => name)).toEqual(["default"]);
    server.link.accept();
    off();
    room.on("typing", () => undefined);
    expect(room.denied).toBeUndefined();
    settle();
    expect(server.link.frames("subscribe").map(({ channel }) => channel)).toEqual([BAR]);
    server.link.obey();
    expect(client.status.get().status).toBe("connected");
  });

  test("in the request that opened the connection is no different", () => {
    const { client, server, settle } = harness();
    const here = vi.fn();
    client.channel(...bar).on("typing", () => undefined);
    client.channel(...bar).onDenied(here);
    client.on("notification.alert", () => undefined);
    settle();
    server.link.welcome().send({ type: "denied", channel: BAR, error: denied }).subscribed("default", "fresh", "a");
    expect(here).toHaveBeenCalledTimes(1);
    expect(client.status.get().status).toBe("connected");
  });

  test("for the moment alone is asked for again by itself, and nobody is told", () => {
    const { client, server, settle, clock } = live();
    const here = vi.fn();
    client.channel(...bar).on("typing", () => undefined);
    client.channel(...bar).onDenied(here);
    settle();
    server.link.refuse(server.link.sent[0]!, 4103, "rate_limited", { retryAfter: 2000 });
    clock.pass(1999);
    expect(server.link.frames("subscribe")).toHaveLength(1);
    clock.pass(600);
    expect(server.link.frames("subscribe")).toHaveLength(2);
    server.link.obey();
    expect(here).not.toHaveBeenCalled();
    expect(client.status.get().status).toBe("connected");
  });

  test("and is left meanwhile is not asked for again", () => {
    const { client, server, settle, clock } = live();
    const off = client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.refuse(server.link.sent[0]!, 4103, "rate_limited", { retryAfter: 2000 });
    off();
    clock.pass(5000);
    expect(server.link.sent).toHaveLength(1);
  });

  test("because its position is malformed is told as that", () => {
    const { client, server, settle } = live();
    const errors: RefusedError[] = [];
    client.onDenied(({ error }) => errors.push(error));
    client.channel(...bar).on("typing", () => undefined, { after: "nonsense" });
    settle();
    expect(server.link.sent[0]).toMatchObject({ after: "nonsense" });
    server.link.reply({ type: "denied", ref: 1, channel: BAR, error: { code: 4004, name: "malformed_cursor", message: "?" } });
    expect(errors.map(({ reason }) => reason)).toEqual(["malformed_cursor"]);
  });
});

describe("a position that the server cannot read", () => {
  const end = { retry: "never", reason: { name: "malformed_cursor", message: "?", code: 4004 } } as const;

  test("in the request that opens the connection costs its channel, and no other", () => {
    const { client, server, settle, clock } = harness();
    const refused: string[] = [];
    client.onDenied(({ channel }) => refused.push(channel));
    client.channel(...bar).on("typing", () => undefined, { after: "nonsense" });
    client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined, { after: "e.1" });
    client.on("notification.alert", () => undefined);
    settle();
    server.link.end(end);
    expect(server.links).toHaveLength(2);
    expect(server.link.channels).toEqual([{ name: "default", cursor: undefined }]);
    server.link.accept();
    expect(server.link.sent.map(({ channel, after }) => [channel, after])).toEqual([[BAR, "nonsense"], ["chat/foo", "e.1"]]);
    server.link.reply({ type: "denied", ref: 1, channel: BAR, error: { code: 4004, name: "malformed_cursor", message: "?" } }).subscribed("chat/foo", "resumed", "e.1");
    expect(refused).toEqual([BAR]);
    expect(client.status.get().status).toBe("connected");
    server.link.end();
    clock.pass(500);
    expect(server.link.channels.map(({ name }) => name)).toEqual(["chat/foo", "default"]);
  });

  test("is final where it is nobody's", () => {
    const { client, server, settle } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.end(end);
    server.link.end(end);
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "malformed_cursor" } });
    expect(server.links).toHaveLength(2);
  });
});

describe("the filter of a channel", () => {
  const filters = ({ server }: Harness): unknown[] => server.link.frames("subscribe").map(({ events }) => events ?? "all");

  test("is what the listeners name together", () => {
    const parts = live();
    parts.client.channel(...bar).on("typing", () => undefined);
    parts.client.channel(...bar).on("message.sent", () => undefined);
    parts.client.channel(...bar).on("typing", () => undefined);
    parts.settle();
    expect(filters(parts)).toEqual([["message.sent", "typing"]]);
  });

  test("is none where one of them wants everything", () => {
    const parts = live();
    parts.client.channel(...bar).on("typing", () => undefined);
    parts.client.channel(...bar).onAny(() => undefined);
    parts.settle();
    expect(filters(parts)).toEqual(["all"]);
  });

  test("grows on the same subscription, without a position, and does not shrink", () => {
    const parts = live();
    const { client, server, settle } = parts;
    const room = client.channel(...bar);
    const begun = vi.fn();
    room.onSubscribed(begun);
    room.on("message.sent", () => undefined);
    settle();
    server.link.obey().event(BAR, 7, "message.sent", message("x"));
    const off = room.on("typing", () => undefined);
    settle();
    expect(server.link.sent).toEqual([{ type: "subscribe", ref: 2, channel: BAR, events: ["message.sent", "typing"] }]);
    for (const frame of server.link.sent.splice(0)) server.link.ack(frame);
    off();
    settle();
    room.on("typing", () => undefined);
    settle();
    expect(server.link.sent).toEqual([]);
    room.onAny(() => undefined);
    settle();
    expect(server.link.sent).toEqual([{ type: "subscribe", ref: 3, channel: BAR }]);
    expect(begun).toHaveBeenCalledTimes(1);
  });

  test("that grows before the outcome is put right after it", () => {
    const parts = live();
    const { client, server, settle } = parts;
    client.channel(...bar).on("message.sent", () => undefined);
    settle();
    client.channel(...bar).on("typing", () => undefined);
    settle();
    expect(filters(parts)).toEqual([["message.sent"]]);
    server.link.ack(server.link.sent[0]!).subscribed(BAR, "fresh", "a");
    expect(filters(parts)).toEqual([["message.sent"], ["message.sent", "typing"]]);
  });

  test("is as narrow as it can be when the connection comes back", () => {
    const parts = live();
    const { client, server, settle, clock } = parts;
    client.channel(...bar).on("message.sent", () => undefined);
    const off = client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.obey();
    off();
    server.link.end();
    clock.pass(500);
    expect(server.link.opening.map(({ name, events }) => [name, events])).toEqual([["default", ["notification.alert"]], [BAR, ["message.sent"]]]);
  });

  test("that differs from that of most others takes a frame of its own", () => {
    const { client, server, settle } = harness();
    client.channel(...bar).onAny(() => undefined, { after: "e.1" });
    client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined);
    client.on("notification.alert", () => undefined);
    settle();
    expect(server.link.channels.map(({ name }) => name)).toEqual(["chat/foo", "default"]);
    server.link.accept();
    expect(client.status.get().status).toBe("connecting");
    expect(server.link.sent).toEqual([{ type: "subscribe", ref: 1, channel: BAR, after: "e.1" }]);
    server.link.obey();
    expect(client.status.get().status).toBe("connected");
  });
});

describe("the last stored events", () => {
  test("are asked for once, and not again when the connection comes back", () => {
    const { client, server, settle, clock } = live();
    const seen: string[] = [];
    client.channel(...bar).on("message.sent", ({ text }) => seen.push(text), { last: 2 });
    settle();
    expect(server.link.sent).toEqual([{ type: "subscribe", ref: 1, channel: BAR, last: 2, events: ["message.sent"] }]);
    server.link.ack(server.link.sent[0]!).subscribed(BAR, "fresh", `${BAR}@3`).event(BAR, 4, "message.sent", message("four")).event(BAR, 5, "message.sent", message("five"));
    expect(seen).toEqual(["four", "five"]);
    server.link.end();
    clock.pass(500);
    expect(server.link.opening.find(({ name }) => name === BAR)).toMatchObject({ cursor: `${BAR}@5` });
  });

  test("are shared by those who come before the beginning, and give way to a cursor", () => {
    const { client, server, settle } = live();
    client.channel(...bar).on("typing", () => undefined, { last: 5 });
    client.channel(...bar).on("message.sent", () => undefined, { last: 3 });
    client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined, { last: 5, after: "e.1" });
    settle();
    expect(server.link.sent.map(({ last, after }) => [last, after])).toEqual([[5, undefined], [undefined, "e.1"]]);
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])("cannot be %d", (last) => {
    const { client, settle, server } = harness();
    expect(() => client.channel(...bar).on("typing", () => undefined, { last })).toThrow(RangeError);
    settle();
    expect(server.links).toHaveLength(0);
  });
});

describe("other frames", () => {
  test("`message` reaches the handlers of its channel and event, and no other", () => {
    const { client, server, settle } = live();
    const seen: unknown[] = [];
    client.channel(...bar).on("message.sent", ({ text }, { id, number, sender }) => seen.push([text, id, number, sender]));
    client.channel("chat/{roomId}", { roomId: "foo" }).onAny(() => seen.push("foo"));
    settle();
    server.link.obey().event(BAR, 3, "message.sent", message("three"));
    server.link.send({ type: "message", channel: BAR, event: "message.sent", time: 1, sender: "bob", data: message("for you"), id: "forged", number: 9 });
    server.link.send({ type: "message", channel: BAR, event: "message.sent", time: 1, sender: null, data: {} });
    server.link.event(BAR, 4, "message.sent", message("four"));
    expect(seen).toEqual([["three", `${BAR}@3`, 3, null], ["for you", null, null, "bob"], ["four", `${BAR}@4`, 4, null]]);
    expect(client.counters).toMatchObject({ invalid: 1, unknown: 0, malformed: 0 });
  });

  test("`position` moves the cursor to resume from, and nobody hears of it", () => {
    const { client, server, settle, clock } = harness();
    const heard = vi.fn();
    client.channel(...bar).on("typing", heard);
    client.channel(...bar).onGap(heard);
    settle();
    server.link.accept();
    const listening = vi.fn();
    client.channel(...bar).onSubscribed(listening);
    server.link.send({ type: "position", channel: BAR, cursor: `${BAR}@70` });
    server.link.send({ type: "position", channel: "chat/left", cursor: "chat/left@9" });
    server.link.send({ type: "position", channel: BAR });
    expect(client.status.get().status).toBe("connected");
    expect([heard.mock.calls, listening.mock.calls]).toEqual([[], []]);
    expect(client.counters).toMatchObject({ unknown: 0, malformed: 1 });
    server.link.end();
    clock.pass(500);
    expect(server.link.channels).toEqual([{ name: BAR, cursor: `${BAR}@70` }]);
    server.link.accept().event(BAR, 71, "typing");
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test("`position` is no outcome, and nothing of a channel that is being left", () => {
    const { client, server, settle, clock } = live();
    const off = client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.send({ type: "position", channel: BAR, cursor: `${BAR}@5` });
    expect(client.status.get().status).not.toBe("closed");
    clock.pass(6000);
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "channel_not_live" } });
    server.link.obey();
    off();
    clock.pass(200);
    client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.send({ type: "position", channel: BAR, cursor: `${BAR}@6` }).obey();
    expect(server.link.frames("subscribe")).toEqual([{ type: "subscribe", ref: expect.any(Number), channel: BAR, events: ["typing"] }]);
  });

  test("`status` says that the server is cut off, and that it is not any longer", () => {
    const { client, server, clock } = live();
    server.link.send({ type: "status", status: "degraded" });
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "broker_unavailable" } });
    clock.pass(15_000);
    server.link.heartbeat();
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "broker_unavailable" } });
    server.link.send({ type: "status", status: "connected" });
    expect(client.status.get().status).toBe("connected");
    server.link.send({ type: "status", status: "degraded" }).end();
    clock.pass(500);
    server.link.accept();
    expect(client.status.get().status).toBe("connected");
  });

  test("replies do not count as signs of life, because they come by another way", () => {
    const { client, server, settle, clock } = live();
    client.channel(...bar).on("typing", () => undefined);
    settle();
    clock.pass(39_000);
    server.link.ack(server.link.sent[0]!);
    clock.pass(1000);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "silent" } });
  });
});

describe("the session", () => {
  test("is brought along, newest key first, and the name of the client stays", () => {
    const { client, server, clock } = live();
    expect(server.link.session).toBeUndefined();
    expect(client.connectionId).toBe("c-0");
    server.link.end();
    expect(client.connectionId).toBe("c-0");
    clock.pass(500);
    expect(server.link.session).toBe("node0.secret");
    server.link.welcome({ connection: "c-0", session: "node9.secret" }).end();
    clock.pass(500);
    expect(server.link.session).toBe("node9.secret");
  });

  test("is the same for whoever comes back after everybody left", () => {
    const { client, server, settle } = harness();
    client.on("notification.alert", () => undefined)();
    const off = client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    off();
    settle();
    client.on("notification.alert", () => undefined);
    settle();
    expect(server.link.session).toBe("node0.secret");
  });
});
