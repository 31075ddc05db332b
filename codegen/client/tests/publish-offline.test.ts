import { describe, expect, test, vi } from "vitest";
import { connected, outcome, settled, store } from "./room.js";

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
