import { describe, expect, test } from "vitest";
import { PayloadError, RefusedError } from "../src/errors.js";
import { harness } from "./harness.js";
import { BAR, connected, message, outcome, store, textOf } from "./room.js";

describe("publishing", () => {
  test("sends the event with a key and resolves with its place", async () => {
    const { server, say } = connected();
    const published = say("hi");
    const [frame] = server.link.frames("publish");
    expect(frame).toEqual({ type: "publish", ref: 1, channel: BAR, event: "message.sent", data: message("hi"), key: expect.stringMatching(/^[\w-]{22}$/) });
    server.link.ack(frame!, { id: "e.5", number: 5, time: 9, stored: true });
    expect(await published).toEqual({ id: "e.5", number: 5, time: 9, stored: true, duplicate: false });
  });

  test("uses another key for each call", () => {
    const parts = connected();
    void parts.say("hi");
    void parts.say("hi");
    expect(new Set(parts.frames.map(({ key }) => key)).size).toBe(2);
  });

  test("of a signal, of an unnamed event, and without an echo", () => {
    const { client, server } = connected();
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    void room.publish("typing");
    void room.publish("typing", undefined, { excludeSelf: true });
    void client.channel("echo").publish("typing", { excludeSelf: true });
    const key = expect.any(String);
    expect(server.link.frames("publish")).toEqual([
      { type: "publish", ref: 1, channel: BAR, event: "typing", key },
      { type: "publish", ref: 2, channel: BAR, event: "typing", key, excludeSelf: true },
      { type: "publish", ref: 3, channel: "echo", event: "message", data: "typing", key, excludeSelf: true },
    ]);
  });

  test("throws at once for bad data and for what clients do not publish, and sends nothing", () => {
    const { client, server, clock } = harness();
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    expect(() => room.publish("message.sent", { author: "ann", text: "" })).toThrow(PayloadError);
    // @ts-expect-error a signal has no data
    expect(() => room.publish("typing", "loud")).toThrow(PayloadError);
    // @ts-expect-error the server alone publishes it
    expect(() => client.channel("counter/{name}", { name: "x" }).publish(5)).toThrow("clients publish no event `message` on `counter/{name}`");
    // @ts-expect-error there is no such event
    expect(() => room.publish("toString")).toThrow(RangeError);
    clock.pass(60_000);
    expect(server.links).toHaveLength(0);
  });

  test("sends the data as it was, whatever becomes of it", () => {
    const parts = connected();
    const data = message("before");
    void parts.client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", data);
    data.text = "after";
    expect(parts.texts).toEqual(["before"]);
  });

  test("rejects with the server's refusal, and does not try again what is final", async () => {
    const { server, say, clock } = connected();
    const published = outcome(say("hi"));
    server.link.refuse(server.link.frames("publish")[0]!, 4013, "idempotency_conflict", { hint: "another key" });
    const error = await published;
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 4013, reason: "idempotency_conflict", retry: "never", hint: "another key", retryAfter: undefined });
    clock.pass(30_000);
    expect(server.link.frames("publish")).toHaveLength(1);
  });

  test.each(["unknown_outcome", "broker_unavailable"])("tries again after %s with the same key", async (name) => {
    const { server, say, clock } = connected();
    const published = say("hi");
    const [first] = server.link.frames("publish");
    server.link.refuse(first!, name === "unknown_outcome" ? 4104 : 4101, name);
    clock.pass(500);
    const [, second] = server.link.frames("publish");
    expect(second).toEqual({ ...first, ref: 2 });
    server.link.ack(second!, { id: "e.1", number: 1, time: 9, stored: true, duplicate: true });
    expect(await published).toMatchObject({ number: 1, duplicate: true });
  });

  test("waits as long as the server says, and only then sends what follows", async () => {
    const parts = connected();
    const { server, say, clock } = parts;
    const all = [say("one"), say("two")];
    const [one, two] = server.link.frames("publish");
    server.link.refuse(one!, 4103, "rate_limited", { retryAfter: 3000 }).refuse(two!, 4103, "rate_limited", { retryAfter: 3000 });
    all.push(say("three"));
    clock.pass(2999);
    expect(parts.texts).toEqual(["one", "two"]);
    clock.pass(1);
    expect(parts.texts).toEqual(["one", "two", "one"]);
    const log = store(server.link, parts.frames.slice(2));
    clock.pass(1000);
    store(server.link, parts.frames.slice(3), log);
    expect((await Promise.all(all)).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(log).toEqual(["one", "two", "three"]);
  });

  test("goes one by one after a failure, so that nothing overtakes", () => {
    const parts = connected();
    const { server, say, clock } = parts;
    void say("one");
    void say("two");
    for (const frame of parts.frames) server.link.refuse(frame, 4101, "broker_unavailable");
    clock.pass(2000);
    expect(parts.texts).toEqual(["one", "two", "one"]);
    server.link.refuse(parts.frames[2]!, 4101, "broker_unavailable");
    clock.pass(3000);
    expect(parts.texts).toEqual(["one", "two", "one", "one"]);
    server.link.ack(parts.frames[3]!, {});
    expect(parts.texts).toEqual(["one", "two", "one", "one", "two"]);
  });

  test("gives up 30 s after the call: with the last refusal, or without a certainty", async () => {
    const { server, say, clock } = connected();
    const refused = outcome(say("one"));
    for (let at = 0; at < 100; at += 1) {
      const frame = server.link.sent.at(-1);
      if (frame?.type === "publish") server.link.sent.pop();
      if (frame?.type === "publish") server.link.refuse(frame, 4101, "broker_unavailable");
      clock.pass(300);
      server.link.heartbeat();
    }
    expect(await refused).toMatchObject({ reason: "broker_unavailable", code: 4101 });
    const silent = outcome(say("two"));
    clock.pass(15_000);
    server.link.heartbeat();
    clock.pass(15_001);
    expect(await silent).toMatchObject({ reason: "unknown_outcome", code: 4104, retry: "back_off" });
    expect(server.links).toHaveLength(1);
  });

  test("keeps to the allowed rate, so that the server need not refuse", () => {
    const { server, say, clock } = connected();
    for (let at = 0; at < 100; at += 1) void say(String(at));
    expect(server.link.frames("publish").length).toBeLessThanOrEqual(40);
    const start = server.link.frames("publish").length;
    clock.pass(1000);
    expect(server.link.frames("publish")).toHaveLength(start + 20);
    clock.pass(9000);
    expect(server.link.frames("publish").map(textOf)).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
  });

  test("of more than 64 KiB is refused before it is sent", async () => {
    const { client, server } = connected();
    const echo = client.channel("echo");
    expect(await outcome(echo.publish("ä".repeat(32_700)))).toMatchObject({ reason: "too_large", retry: "never" });
    void echo.publish("ä".repeat(32_000));
    expect(server.link.frames("publish")).toHaveLength(1);
  });

  test("comes back with `meta.self`, and what others publish without", () => {
    const { client, server, settle } = harness();
    const seen: boolean[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", (_, { self }) => seen.push(self));
    settle();
    server.link.accept();
    const typing = { type: "event", channel: BAR, event: "typing", time: 1, sender: null };
    server.link.send({ ...typing, origin: "c-0" }).send({ ...typing, origin: "c-9" }).send(typing);
    expect(seen).toEqual([true, false, false]);
  });
});

describe("publishing alone", () => {
  test("opens a connection without channels and lets it go 10 s after the last answer", async () => {
    const { client, server, clock, statuses } = harness();
    const published = client.channel("chat/{roomId}", { roomId: "bar" }).publish("typing");
    expect(server.link.channels).toEqual([]);
    server.link.welcome();
    expect(statuses).toEqual(["connecting", "connected"]);
    const [frame] = server.link.frames("publish");
    clock.pass(5000);
    server.link.ack(frame!, { id: null, number: null, time: 5, stored: false });
    expect(await published).toMatchObject({ stored: false, id: null });
    clock.pass(9999);
    expect(server.open).toHaveLength(1);
    clock.pass(1);
    expect(server.open).toHaveLength(0);
    expect(clock.armed).toBe(0);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "idle" } });
  });

  test("that a server refuses for good rejects, and tries anew with the next event", async () => {
    const { client, server, clock } = harness();
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    const first = outcome(room.publish("typing"));
    server.link.end({ retry: "never", reason: { name: "unauthenticated", message: "sign in", code: 4001 } });
    expect(await first).toMatchObject({ reason: "unauthenticated", code: 4001, retry: "never" });
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "unauthenticated" } });
    clock.pass(3_600_000);
    expect(server.links).toHaveLength(1);
    void room.publish("typing");
    expect(server.links).toHaveLength(2);
    server.link.welcome();
    expect(server.link.frames("publish")).toHaveLength(1);
  });
});
