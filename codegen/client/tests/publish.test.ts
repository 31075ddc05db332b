import { describe, expect, test, vi } from "vitest";
import { PayloadError, RefusedError } from "../src/errors.js";
import type { Published } from "../src/publication.js";
import type { FakeLink, SentFrame } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";

const BAR = "chat/bar";
const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

/** A client that is connected without a channel, and its room. */
function connected(): Harness & { say(text: string): Promise<Published>; readonly frames: readonly SentFrame[]; readonly texts: readonly string[] } {
  const parts = harness();
  const room = parts.client.channel("chat/{roomId}", { roomId: "bar" });
  parts.client.on("notification.alert", () => undefined);
  parts.settle();
  parts.server.link.accept();
  return {
    ...parts,
    say: (text) => room.publish("message.sent", message(text)),
    get frames() {
      return parts.server.link.frames("publish");
    },
    get texts() {
      return this.frames.map(textOf);
    },
  };
}

function textOf(frame: SentFrame): string {
  return (frame["data"] as { readonly text: string }).text;
}

/** Stores what came, as a server does: once for each key. */
function store(link: FakeLink, frames: readonly SentFrame[], log: string[] = []): string[] {
  for (const frame of frames) link.ack(frame, { id: `${BAR}@${log.push(textOf(frame))}`, number: log.length, time: 7, stored: true });
  return log;
}

/** Lets promises settle. */
const settled = async (): Promise<void> => {
  for (let at = 0; at < 10; at += 1) await Promise.resolve();
};

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

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

describe("events without a connection", () => {
  test("wait, and leave in order when it is there, those of before first", async () => {
    const parts = connected();
    const { server, say, clock } = parts;
    const all = [say("one"), say("two")];
    const before = parts.frames;
    server.link.end();
    all.push(say("three"), say("four"));
    clock.pass(500);
    const log: string[] = [];
    server.link.accept();
    store(server.link, parts.frames, log);
    await Promise.all(all);
    expect(log).toEqual(["one", "two", "three", "four"]);
    expect(parts.frames.slice(0, 2).map(({ key }) => key)).toEqual(before.map(({ key }) => key));
  });

  test("are 100 at most: the next one is rejected", async () => {
    const parts = connected();
    const { server, say, clock, dropped } = parts;
    server.link.end();
    const all = Array.from({ length: 100 }, (_, at) => say(String(at)));
    expect(await outcome(say("100"))).toMatchObject({ reason: "buffer_full", code: undefined, retry: "back_off" });
    clock.pass(500);
    const log: string[] = [];
    server.onSend = (frames, link) => store(link, frames.filter(({ type }) => type === "publish"), log);
    server.link.accept();
    clock.pass(5000);
    await Promise.all(all);
    expect(log).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
    expect(dropped).toEqual([]);
  });

  test("are rejected after 30 s, each at its own time", async () => {
    const { server, say, clock } = connected();
    server.link.end({ reason: { name: "network", message: "" } });
    const early = vi.fn();
    const late = vi.fn();
    say("early").catch(early);
    clock.pass(10_000);
    say("late").catch(late);
    clock.pass(19_999);
    await settled();
    expect(early).not.toHaveBeenCalled();
    clock.pass(1);
    await settled();
    expect(early).toHaveBeenCalledWith(expect.objectContaining({ reason: "expired", retry: "back_off" }));
    expect(late).not.toHaveBeenCalled();
    clock.pass(10_000);
    await settled();
    expect(late).toHaveBeenCalledTimes(1);
  });

  test("that may have been stored when the connection broke are not called expired", async () => {
    const { server, say, clock } = connected();
    const published = outcome(say("one"));
    server.link.end();
    clock.pass(30_000);
    expect(await published).toMatchObject({ reason: "unknown_outcome", code: 4104 });
  });

  test("are rejected by `close`, and so is what comes after it", async () => {
    const { client, server, say, clock } = connected();
    const sent = outcome(say("sent"));
    server.link.end();
    const waiting = outcome(say("waiting"));
    client.close();
    const after = outcome(say("after"));
    for (const each of [sent, waiting, after]) expect(await each).toMatchObject({ reason: "client_closed", retry: "never" });
    clock.pass(0);
    expect(clock.armed).toBe(0);
  });

  test("are not sent over a link that was given up, and its late replies settle nothing", async () => {
    const { server, say, clock } = connected();
    const done = vi.fn();
    void say("one").then(done);
    const old = server.link;
    const [frame] = old.frames("publish");
    old.end();
    clock.pass(500);
    old.ack(frame!, { id: "stale", number: 99, time: 0, stored: true });
    await settled();
    expect(done).not.toHaveBeenCalled();
    server.link.accept();
    expect(old.frames("publish")).toHaveLength(1);
    store(server.link, server.link.frames("publish"));
    await settled();
    expect(done).toHaveBeenCalledWith(expect.objectContaining({ number: 1 }));
  });
});

describe("an event that is given up", () => {
  test("and that nobody waits for goes to the hook, and is no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { client, server, say, clock, dropped } = connected();
    void say("one");
    server.link.refuse(server.link.frames("publish")[0]!, 4008, "invalid_payload");
    clock.pass(0);
    expect(dropped).toEqual([{ channel: BAR, event: "message.sent", data: message("one"), error: expect.objectContaining({ reason: "invalid_payload", code: 4008 }) }]);
    void client.channel("echo").publish("x".repeat(70_000));
    clock.pass(0);
    expect(dropped).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test.each([
    ["await", async (promise: Promise<unknown>) => expect(promise.then()).rejects.toThrow()],
    ["catch", (promise: Promise<unknown>) => promise.catch(() => undefined)],
    ["allSettled", (promise: Promise<unknown>) => Promise.allSettled([promise])],
    ["an async function", async (promise: Promise<unknown>) => {
      try {
        await promise;
      } catch {
        // That is what the test is about.
      }
    }],
  ])("and that somebody waits for with %s does not", async (_, wait) => {
    const { client, clock, dropped } = harness();
    client.close();
    const waited = wait(client.channel("echo").publish("x"));
    await settled();
    clock.pass(0);
    await waited;
    expect(dropped).toEqual([]);
  });

  test("is warned of where there is no hook", () => {
    const { client, clock, warnings } = harness({ onPublishDropped: undefined as never });
    client.close();
    void client.channel("echo").publish("x");
    clock.pass(0);
    expect(warnings).toEqual(["`message` on `echo` was not published: the application closed this client"]);
  });

  test("may be looked at by a hook that throws", () => {
    const { client, clock, errors } = harness({
      onPublishDropped: () => {
        throw new Error("mine");
      },
    });
    client.close();
    void client.channel("echo").publish("x");
    clock.pass(0);
    expect(errors).toEqual([new Error("mine")]);
  });
});

describe("events of which only the newest value matters", () => {
  const pad = (parts: Harness, padId = "p") => parts.client.channel("pad/{padId}", { padId });
  const values = ({ server }: Harness): unknown[] => server.link.frames("publish").map(({ channel, data }) => (channel === "pad/p" ? data : [channel, data]));

  test("leave at most 60 times a second, and the last one always", async () => {
    const parts = connected();
    const { clock, server } = parts;
    server.onSend = (frames, link) => frames.forEach((frame) => link.ack(frame, { id: null, number: null, time: 1, stored: false }));
    const all: Promise<Published>[] = [];
    for (let at = 0; at < 1000; at += 1) {
      all.push(pad(parts).publish("cursor.moved", at));
      clock.pass(1);
    }
    expect(values(parts).length).toBeLessThanOrEqual(61);
    expect(values(parts).length).toBeGreaterThan(50);
    clock.pass(20);
    expect(values(parts).at(-1)).toBe(999);
    expect(values(parts)).toEqual([...values(parts)].sort((one, other) => Number(one) - Number(other)));
    expect(await Promise.all(all)).toHaveLength(1000);
  });

  test("resolve with the one that took their place", async () => {
    const parts = connected();
    const { clock, server } = parts;
    const all = [1, 2, 3].map((value) => pad(parts).publish("cursor.moved", value));
    clock.pass(20);
    expect(values(parts)).toEqual([1, 3]);
    const [one, three] = server.link.frames("publish");
    server.link.ack(one!, { time: 1, stored: false }).ack(three!, { time: 3, stored: false });
    expect((await Promise.all(all)).map(({ time }) => time)).toEqual([1, 3, 3]);
  });

  test("of several channels take turns, and do not hold up other events", () => {
    const parts = connected();
    const { clock } = parts;
    for (const value of [1, 2, 3]) {
      void pad(parts, "p").publish("cursor.moved", value);
      void pad(parts, "q").publish("cursor.moved", value);
    }
    void parts.say("hi");
    expect(values(parts)).toEqual([1, ["chat/bar", message("hi")]]);
    clock.pass(40);
    expect(values(parts).slice(2)).toEqual([["pad/q", 3], 3]);
  });

  test("without a connection take one place of the buffer each", () => {
    const parts = connected();
    const { server, clock } = parts;
    server.link.end();
    for (let at = 0; at < 500; at += 1) void pad(parts).publish("cursor.moved", at);
    clock.pass(500);
    server.link.accept();
    clock.pass(100);
    expect(values(parts)).toEqual([499]);
    expect(parts.dropped).toEqual([]);
  });

  test("are not tried again where a newer one is on its way", async () => {
    const parts = connected();
    const { server, clock } = parts;
    const first = pad(parts).publish("cursor.moved", 1);
    clock.pass(20);
    const second = pad(parts).publish("cursor.moved", 2);
    const [one, two] = server.link.frames("publish");
    server.link.refuse(one!, 4101, "broker_unavailable").ack(two!, { time: 2, stored: false });
    expect((await Promise.all([first, second])).map(({ time }) => time)).toEqual([2, 2]);
    clock.pass(1000);
    expect(values(parts)).toEqual([1, 2]);
  });
});
