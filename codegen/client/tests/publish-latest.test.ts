import { describe, expect, test } from "vitest";
import type { Published } from "../src/publication.js";
import type { Harness } from "./harness.js";
import { connected, message } from "./room.js";

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
