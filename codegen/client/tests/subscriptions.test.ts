import { describe, expect, test, vi } from "vitest";
import { PayloadError } from "../src/errors.js";
import type { Gap, Subscribed } from "../src/subscriptions.js";
import { harness } from "./harness.js";

const BAR = "chat/bar";
const message = (text: string): object => ({ author: "ann", text });
const bar = ["chat/{roomId}", { roomId: "bar" }] as const;

describe("a subscription", () => {
  test("hands the data and what is known about the event", () => {
    const { client, server, settle } = harness();
    const sent = vi.fn();
    const typing = vi.fn();
    const any = vi.fn();
    client.channel(...bar).on("message.sent", sent);
    client.channel(...bar).on("typing", typing);
    client.channel(...bar).onAny(any);
    settle();
    server.link.accept().event(BAR, 12, "message.sent", message("hi")).transient(BAR, "typing");
    const meta = { channel: BAR, event: "message.sent", id: `${BAR}@12`, number: 12, time: 1_732_153_200_000, sender: null, self: false };
    expect(sent.mock.calls).toEqual([[message("hi"), meta]]);
    expect(typing.mock.calls).toEqual([[undefined, { ...meta, event: "typing", id: null, number: null, sender: "ann" }]]);
    expect(any.mock.calls.map(([event]) => event)).toEqual([
      { channel: BAR, event: "message.sent", data: message("hi"), meta },
      { channel: BAR, event: "typing", meta: { ...meta, event: "typing", id: null, number: null, sender: "ann" } },
    ]);
    expect(Object.hasOwn(any.mock.calls[1]?.[0], "data")).toBe(false);
  });

  test("of a channel with one unnamed event needs no name", () => {
    const { client, server, settle } = harness();
    const seen: number[] = [];
    const counter = client.channel("counter/{name}", { name: "visits" });
    counter.on((count) => seen.push(count));
    counter.on("message", (count) => seen.push(-count));
    settle();
    server.link.accept().event("counter/visits", 1, "message", 7);
    expect(seen).toEqual([7, -7]);
  });

  test("ends when its function is called, once, and not for others", () => {
    const { client, server, settle } = harness();
    const handler = vi.fn();
    const first = client.channel(...bar).on("typing", handler);
    client.channel(...bar).on("typing", handler);
    settle();
    server.link.accept().transient(BAR, "typing");
    expect(handler).toHaveBeenCalledTimes(2);
    first();
    first();
    server.link.transient(BAR, "typing");
    expect(handler).toHaveBeenCalledTimes(3);
  });

  test("that a handler ends, or begins, in the middle of a dispatch takes effect at once, or with the next event", () => {
    const { client, server, settle } = harness();
    const seen: string[] = [];
    const room = client.channel(...bar);
    let offSecond = (): void => undefined;
    room.on("typing", () => {
      seen.push("first");
      offSecond();
      if (seen.length === 1) room.on("typing", () => seen.push("third"));
    });
    offSecond = room.on("typing", () => seen.push("second"));
    settle();
    server.link.accept().transient(BAR, "typing").transient(BAR, "typing");
    expect(seen).toEqual(["first", "first", "third"]);
  });

  test("starves nobody when a handler throws", () => {
    const { client, server, settle, errors } = harness();
    const seen: string[] = [];
    const error = new Error("a mistake of the application");
    client.channel(...bar).on("message.sent", () => {
      throw error;
    });
    client.channel(...bar).on("message.sent", ({ text }) => seen.push(text));
    client.status.subscribe(() => {
      throw error;
    });
    settle();
    server.link.accept().event(BAR, 1, "message.sent", message("one")).event(BAR, 2, "message.sent", message("two"));
    expect(seen).toEqual(["one", "two"]);
    expect(errors.filter((each) => each === error).length).toBeGreaterThanOrEqual(3);
    expect(client.status.get().status).toBe("connected");
  });

  test("gets no event twice, also across reconnects, and no stored one is dropped for an unstored one", () => {
    const { client, server, settle, clock } = harness();
    const seen: unknown[] = [];
    client.channel(...bar).onAny(({ event, meta }) => seen.push(meta.number ?? event));
    settle();
    const send = (number: number): void => void server.link.event(BAR, number, "message.sent", message(String(number)));
    server.link.accept();
    for (const number of [1, 2, 2, 1]) send(number);
    server.link.transient(BAR, "typing").end();
    clock.pass(500);
    server.link.accept();
    for (const number of [1, 2, 3]) send(number);
    server.link.transient(BAR, "typing").transient(BAR, "typing");
    expect(seen).toEqual([1, 2, "typing", 3, "typing", "typing"]);
    expect(client.counters.duplicate).toBe(4);
  });

  test("takes jumps in the numbers for nothing", () => {
    const { client, server, settle } = harness();
    const gaps = vi.fn();
    const seen: unknown[] = [];
    client.onGap(gaps);
    client.channel(...bar).onAny(({ meta }) => seen.push(meta.number));
    settle();
    server.link.accept().event(BAR, 3, "message.sent", message("x")).event(BAR, 90, "message.sent", message("y"));
    expect(seen).toEqual([3, 90]);
    expect(gaps).not.toHaveBeenCalled();
  });

  test("starts after the cursor that it was given", () => {
    const { client, server, settle } = harness();
    client.channel(...bar).on("typing", () => undefined, { after: "e.7" });
    client.channel(...bar).on("message.sent", () => undefined, { after: "e.7" });
    settle();
    expect(server.link.channels).toEqual([{ name: BAR, cursor: "e.7" }]);
  });
});

describe("a gap", () => {
  test("is told before newer events, to the channel and to the client, and numbers begin anew", () => {
    const { client, server, settle, clock } = harness();
    const log: unknown[] = [];
    client.channel(...bar).onAny(({ meta }) => log.push(meta.number));
    client.channel(...bar).onGap((gap: Gap) => log.push(["room", gap]));
    client.channel("chat/{roomId}", { roomId: "foo" }).onGap(() => log.push("wrong room"));
    client.onGap(({ channel, reason }) => log.push(["client", channel, reason]));
    settle();
    server.link.accept().event(BAR, 8, "message.sent", message("x")).end();
    clock.pass(500);
    server.link.welcome().send({ type: "gap", channel: BAR, reason: "epoch", from: `${BAR}@8`, cursor: "new@0" }).event(BAR, 1, "message.sent", message("y"));
    const gap = { channel: BAR, reason: "epoch", from: `${BAR}@8`, cursor: "new@0" };
    expect(log).toEqual([8, ["room", gap], ["client", BAR, "epoch"], 1]);
    expect(client.status.get().status).toBe("connected");
    server.link.send({ type: "gap", channel: BAR, reason: "slow", from: null, cursor: "new@40", missed: 39 }).end();
    expect(log.at(-2)).toEqual(["room", { channel: BAR, reason: "slow", from: null, cursor: "new@40", missed: 39 }]);
    clock.pass(500);
    expect(server.link.channels).toEqual([{ name: BAR, cursor: "new@40" }]);
  });

  test("stops being told when its function is called", () => {
    const { client, server, settle } = harness();
    const handler = vi.fn();
    const off = client.channel(...bar).onGap(handler);
    client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.welcome().send({ type: "gap", channel: BAR, reason: "no_state", cursor: "a" });
    off();
    server.link.send({ type: "gap", channel: BAR, reason: "no_state", cursor: "a" });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test("the beginning of a subscription is told, too", () => {
    const { client, server, settle, clock } = harness();
    const seen: Subscribed[] = [];
    client.channel(...bar).onSubscribed((subscribed) => seen.push(subscribed));
    client.channel(...bar).on("typing", () => undefined);
    settle();
    server.link.accept().end();
    clock.pass(500);
    server.link.accept();
    expect(seen).toEqual([{ channel: BAR, outcome: "fresh", cursor: `${BAR}@0` }, { channel: BAR, outcome: "resumed", cursor: `${BAR}@0` }]);
  });
});

describe("data that violates the contract", () => {
  const run = (onInvalid?: "drop" | "throw" | "pass"): ReturnType<typeof harness> & { readonly seen: unknown[] } => {
    const parts = harness(onInvalid === undefined ? {} : { onInvalid });
    const seen: unknown[] = [];
    parts.client.channel(...bar).onAny((event) => seen.push("data" in event ? event.data : event.event));
    parts.settle();
    parts.server.link.accept().event(BAR, 1, "message.sent", { author: "ann" }).event(BAR, 2, "message.sent", 7).event(BAR, 3, "typing", {}).event(BAR, 4, "message.sent", message("good")).end();
    parts.clock.pass(500);
    return { ...parts, seen };
  };

  test("is dropped by default, with one warning per event name and a counter", () => {
    const { seen, warnings, client, errors, server } = run();
    expect(seen).toEqual([message("good")]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("`message.sent` on `chat/bar` violates the contract: /text: expected a value, got nothing");
    expect(client.counters.invalid).toBe(3);
    expect(errors).toEqual([]);
    expect(server.link.channels[0]?.cursor).toBe(`${BAR}@4`);
  });

  test("is reported as an uncaught error by choice", () => {
    const { seen, errors, client } = run("throw");
    expect(seen).toEqual([message("good")]);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toBeInstanceOf(PayloadError);
    expect((errors[0] as PayloadError).issues.map(({ path, code }) => [path, code])).toEqual([[["text"], "required"]]);
    expect(client.counters.invalid).toBe(3);
  });

  test("is handed on by choice", () => {
    const { seen, client, warnings } = run("pass");
    expect(seen).toEqual([{ author: "ann" }, 7, {}, message("good")]);
    expect([client.counters.invalid, warnings.length]).toEqual([3, 0]);
  });

  test("an event that the contract does not know is counted, and the cursor moves on", () => {
    const { client, server, settle, clock, warnings } = harness();
    const seen = vi.fn();
    client.channel(...bar).onAny(seen);
    settle();
    server.link.accept().event(BAR, 1, "reaction.added", {}).event(BAR, 2, "constructor", {}).end();
    clock.pass(500);
    expect(seen).not.toHaveBeenCalled();
    expect([client.counters.unknown, warnings.length]).toEqual([2, 0]);
    expect(server.link.channels[0]?.cursor).toBe(`${BAR}@2`);
  });
});

describe("a server with another contract", () => {
  test("is warned about once", () => {
    const { client, server, settle, clock, warnings } = harness();
    server.contract = "another";
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept().end();
    clock.pass(500);
    server.link.accept();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("another contract");
  });

  test("is told to the application that asks for it, whose mistakes cost nothing", () => {
    const onSkew = vi.fn(() => {
      throw new Error("a mistake of the application");
    });
    const { client, server, settle, warnings, errors } = harness({ onSkew });
    server.contract = "another";
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    expect(onSkew).toHaveBeenCalledWith({ client: "0f6d2c1b9a8e7d6c5b4a39281706f5e4", server: "another" });
    expect([warnings.length, errors.length]).toEqual([0, 1]);
    expect(client.status.get().status).toBe("connected");
  });
});

describe("the status", () => {
  test("is the same object until it changes", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    expect(client.status.get()).toBe(client.status.get());
    settle();
    server.link.accept();
    const snapshot = client.status.get();
    for (let at = 0; at < 3; at += 1) {
      clock.pass(15_000);
      server.link.heartbeat();
    }
    expect(client.status.get()).toBe(snapshot);
  });

  test("tells each listener until it leaves", () => {
    const { client, settle } = harness();
    const listener = vi.fn();
    const first = client.status.subscribe(listener);
    const second = client.status.subscribe(listener);
    client.on("notification.alert", () => undefined);
    settle();
    expect(listener).toHaveBeenCalledTimes(2);
    first();
    first();
    client.close();
    expect(listener).toHaveBeenCalledTimes(3);
    second();
  });
});
