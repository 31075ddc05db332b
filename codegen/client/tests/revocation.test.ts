import { describe, expect, test } from "vitest";
import type { Revoked } from "../src/subscriptions.js";
import { BAR, connected, message, outcome, settled } from "./room.js";
import { type Harness, harness } from "./harness.js";

/** A client that listens to two rooms. */
function inTwoRooms(): Harness & { readonly seen: string[] } {
  const parts = harness();
  const seen: string[] = [];
  for (const roomId of ["bar", "foo"]) parts.client.channel("chat/{roomId}", { roomId }).on("message.sent", ({ text }, { channel }) => seen.push(`${channel} ${text}`));
  parts.settle();
  parts.server.link.accept();
  return { ...parts, seen };
}

const bar = ({ client }: Harness) => client.channel("chat/{roomId}", { roomId: "bar" });

describe("the right to a channel that is taken away", () => {
  test("is told to the channel and to the client, and the other channels go on", () => {
    const parts = inTwoRooms();
    const told: [string, Revoked][] = [];
    const denied: string[] = [];
    bar(parts).onRevoked((revoked) => told.push(["channel", revoked]));
    parts.client.onRevoked((revoked) => told.push(["client", revoked]));
    parts.client.onDenied(({ error }) => denied.push(error.reason));
    parts.client.channel("chat/{roomId}", { roomId: "foo" }).onRevoked(() => told.push(["other", { channel: "" }]));
    parts.server.link.send({ type: "revoked", channel: BAR, until: 5_000 }).event("chat/foo", 1, "message.sent", message("still here"));
    expect(told).toEqual([["channel", { channel: BAR, until: 5_000 }], ["client", { channel: BAR, until: 5_000 }]]);
    expect(denied).toEqual(["revoked"]);
    expect(bar(parts).denied?.code).toBe(4015);
    expect(parts.seen).toEqual(["chat/foo still here"]);
    expect(parts.client.status.get().status).toBe("connected");
  });

  test("is not asked for again, not after a reconnect either, until somebody asks", () => {
    const parts = inTwoRooms();
    parts.server.link.send({ type: "revoked", channel: BAR, until: 5_000 });
    parts.settle();
    expect(parts.server.link.sent).toEqual([]);
    parts.server.link.end();
    parts.clock.pass(1000);
    expect(parts.server.link.channels.map(({ name }) => name)).toEqual(["chat/foo"]);
    parts.server.link.accept();
    bar(parts).retry();
    parts.settle();
    expect(parts.server.link.sent).toMatchObject([{ type: "subscribe", channel: BAR }]);
    expect(bar(parts).denied).toBeUndefined();
  });

  test("takes what waits to be published on it along, and nothing else", async () => {
    const { server, clock, client, say } = connected();
    for (let at = 0; at < 36; at += 1) void say("burst");
    const late = outcome(say("late"));
    const other = outcome(client.channel("chat/{roomId}", { roomId: "foo" }).publish("message.sent", message("other")));
    server.link.send({ type: "revoked", channel: BAR, until: 5_000 });
    expect(await late).toMatchObject({ reason: "revoked", code: 4015, retry: "never" });
    for (const frame of server.link.frames("publish").slice(0, 36)) server.link.ack(frame, { id: "x", number: 1, time: 1, stored: true });
    clock.pass(1000);
    expect(server.link.frames("publish").slice(36).map((frame) => frame["channel"])).toEqual(["chat/foo"]);
    const last = server.link.frames("publish").at(-1);
    if (last !== undefined) server.link.ack(last, { id: "y", number: 1, time: 1, stored: true });
    expect(await other).toMatchObject({ stored: true });
  });

  test("that is learnt from a refused publish does so, too", async () => {
    const { server, clock, say } = connected();
    const first = outcome(say("first"));
    for (let at = 0; at < 40; at += 1) void say("more");
    const late = outcome(say("late"));
    const [frame] = server.link.frames("publish");
    if (frame !== undefined) server.link.refuse(frame, 4015, "revoked");
    expect(await first).toMatchObject({ reason: "revoked" });
    expect(await late).toMatchObject({ reason: "revoked" });
    clock.pass(5000);
    expect(server.link.frames("publish")).toHaveLength(36);
  });

  test("that is learnt when the channel is asked for is told as well", () => {
    const parts = inTwoRooms();
    const told: Revoked[] = [];
    parts.client.onRevoked((revoked) => told.push(revoked));
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.welcome().send({ type: "denied", channel: BAR, error: { code: 4015, name: "revoked", message: "" } });
    expect(told).toEqual([{ channel: BAR }]);
  });

  test("discards the buffer of a channel that is denied after a reconnect", async () => {
    const parts = inTwoRooms();
    parts.server.link.end();
    const late = outcome(bar(parts).publish("message.sent", message("late")));
    parts.clock.pass(1000);
    parts.server.link.send({ type: "denied", channel: BAR, error: { code: 4002, name: "denied", message: "" } });
    parts.server.link.welcome();
    expect(await late).toMatchObject({ reason: "denied" });
    expect(parts.server.link.frames("publish")).toEqual([]);
  });
});

describe("every right that is taken away", () => {
  test("ends the connection for good, rejects what waits, and is told once", async () => {
    const parts = inTwoRooms();
    const told: unknown[] = [];
    parts.client.onAllRevoked((revoked) => told.push(revoked));
    const late = outcome(bar(parts).publish("message.sent", message("late")));
    parts.server.link.send({ type: "revoked", channel: null, until: 5_000 }).send({ type: "error", error: { code: 4015, name: "revoked", message: "" } });
    expect(told).toEqual([{ until: 5_000 }]);
    expect(parts.client.status.get()).toMatchObject({ status: "closed", reason: { name: "revoked" } });
    expect(await late).toMatchObject({ reason: "revoked" });
    parts.clock.pass(60_000);
    expect(parts.server.open).toHaveLength(0);
    await settled();
    expect(parts.errors).toEqual([]);
  });

  test("is told to a client that comes back and is refused", () => {
    const parts = inTwoRooms();
    const told: unknown[] = [];
    parts.client.onAllRevoked((revoked) => told.push(revoked));
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.end({ retry: "never", reason: { code: 4015, name: "revoked", message: "" } });
    expect(told).toEqual([{}]);
  });
});
