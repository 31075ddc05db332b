import { describe, expect, test } from "vitest";
import { type Harness, harness } from "./harness.js";
import { BAR, outcome, settled } from "./room.js";

const member = (id: string, members: object = {}): object => ({ id, user: id, connections: 1, since: 1000, state: { name: id }, ...members });

/** A client that watches who is in a room. */
function watching(): Harness & { readonly presence: ReturnType<typeof room>; readonly changes: () => number } {
  const parts = harness();
  const presence = room(parts);
  let changes = 0;
  presence.subscribe(() => (changes += 1));
  parts.settle();
  parts.server.link.welcome({ user: "ann" });
  return { ...parts, presence, changes: () => changes };
}

const room = ({ client }: Pick<Harness, "client">) => client.channel("chat/{roomId}", { roomId: "bar" }).presence();

function roster({ server }: Harness, number: number, ...members: object[]): void {
  server.link.send({ type: "presence", channel: BAR, number, members });
}

describe("a roster", () => {
  test("is asked for with the channel, whose events nobody wants", () => {
    const parts = watching();
    expect(parts.server.link.channels.map(({ name }) => name)).toEqual([BAR]);
    expect(parts.server.link.opening[0]?.events).toEqual(["no.event"]);
    parts.server.link.subscribed(BAR, "fresh", "c");
    expect(parts.server.link.sent).toEqual([{ type: "subscribe", ref: 1, channel: BAR, events: ["no.event"], presence: true }]);
  });

  test("begins with a whole one and goes on with numbered changes", () => {
    const parts = watching();
    const { presence } = parts;
    expect([presence.isKnown, presence.members]).toEqual([false, []]);
    roster(parts, 7, member("bob", { since: 20 }), member("ann", { since: 10 }));
    expect(presence.memberIds).toEqual(["ann", "bob"]);
    expect(presence.self?.state).toEqual({ name: "ann" });
    parts.server.link.send({ type: "presence", channel: BAR, number: 8, joined: [member("cid", { since: 30 })], changed: [member("bob", { since: 20, state: { name: "bob", typing: true } })] });
    parts.server.link.send({ type: "presence", channel: BAR, number: 9, left: ["ann"] });
    expect(presence.memberIds).toEqual(["bob", "cid"]);
    expect(presence.member("bob")?.state.typing).toBe(true);
    expect(presence.self).toBeUndefined();
    expect(parts.changes()).toBe(3);
  });

  test("with a number missing is asked for anew, once, and keeps what is known until it comes", () => {
    const parts = watching();
    roster(parts, 7, member("bob"));
    for (const number of [9, 10, 11]) parts.server.link.send({ type: "presence", channel: BAR, number, joined: [member(`new-${number}`)] });
    expect(parts.server.link.frames("presence")).toEqual([{ type: "presence", ref: expect.any(Number) as number, channel: BAR, refresh: true }]);
    expect(parts.presence.memberIds).toEqual(["bob"]);
    roster(parts, 11, member("bob"), member("new-11", { since: 2000 }));
    parts.server.link.send({ type: "presence", channel: BAR, number: 11, left: ["bob"] });
    parts.server.link.send({ type: "presence", channel: BAR, number: 12, left: ["bob"] });
    expect(parts.presence.memberIds).toEqual(["new-11"]);
  });

  test("tells who looks at one member of that one alone", () => {
    const parts = watching();
    const told: string[] = [];
    for (const id of ["ann", "bob"]) parts.presence.subscribeMember(id, () => told.push(id));
    roster(parts, 1, member("ann"), member("bob"));
    const { members, memberIds } = parts.presence;
    const ann = parts.presence.member("ann");
    told.length = 0;
    parts.server.link.send({ type: "presence", channel: BAR, number: 2, changed: [member("bob", { state: { name: "bob", typing: true } })] });
    expect(told).toEqual(["bob"]);
    expect(parts.presence.members).not.toBe(members);
    expect(parts.presence.memberIds).toBe(memberIds);
    expect(parts.presence.member("ann")).toBe(ann);
    roster(parts, 3, member("ann"), member("bob", { state: { name: "bob", typing: true } }));
    expect(told).toEqual(["bob"]);
    expect(parts.changes()).toBe(2);
  });

  test("leaves out a member whose state violates the contract, and names that every object has", () => {
    const parts = watching();
    roster(parts, 1, member("ann"), member("bad", { state: { name: 5 } }), member("__proto__"), member("constructor", { since: 2000 }), "nonsense" as unknown as object);
    expect(parts.presence.memberIds).toEqual(["__proto__", "ann", "constructor"]);
    expect(parts.presence.member("toString")).toBeUndefined();
    expect(parts.client.counters.invalid).toBe(1);
  });

  test("is empty and known where nobody is there", () => {
    const parts = watching();
    roster(parts, 0);
    expect([parts.presence.isKnown, parts.changes()]).toEqual([true, 1]);
  });

  test("outlives a reconnect until the new one comes", () => {
    const parts = watching();
    roster(parts, 5, member("bob"));
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.accept().send({ type: "presence", channel: BAR, number: 6, left: ["bob"] });
    expect(parts.presence.memberIds).toEqual(["bob"]);
    expect(parts.server.link.frames("presence")).toEqual([]);
    roster(parts, 2, member("cid"));
    expect(parts.presence.memberIds).toEqual(["cid"]);
  });

  test("is nobody's any more where the channel is refused", () => {
    const parts = watching();
    roster(parts, 5, member("bob"));
    parts.server.link.send({ type: "revoked", channel: BAR });
    expect(parts.presence.members).toEqual([]);
    expect(parts.presence.isKnown).toBe(false);
  });

  test("is asked for again by who comes back later, and not shown as it was", () => {
    const parts = harness();
    parts.client.on("notification.alert", () => undefined);
    const presence = room(parts);
    const off = presence.subscribe(() => undefined);
    parts.settle();
    parts.server.link.accept();
    roster(parts, 5, member("bob"));
    off();
    parts.settle();
    parts.server.link.obey();
    expect(presence.members).toEqual([]);
    presence.subscribe(() => undefined);
    parts.settle();
    expect(parts.server.link.frames("subscribe")).toMatchObject([{ channel: BAR, presence: true }]);
  });
});

describe("what a client shows of itself", () => {
  test("opens the connection, is sent, and is taken back", async () => {
    const parts = harness();
    const set = room(parts).set({ name: "ann" });
    expect(parts.server.links).toHaveLength(1);
    parts.server.link.welcome();
    const [frame] = parts.server.link.frames("presence");
    expect(frame).toEqual({ type: "presence", ref: 1, channel: BAR, state: { name: "ann" } });
    if (frame !== undefined) parts.server.link.ack(frame);
    await set;
    room(parts).leave();
    expect(parts.server.link.frames("presence").at(-1)).toMatchObject({ state: null });
    const last = parts.server.link.frames("presence").at(-1);
    if (last !== undefined) parts.server.link.ack(last);
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("is checked at once, before anything leaves", () => {
    const parts = harness();
    expect(() => room(parts).set({ name: 5 as unknown as string })).toThrow(/`presence` on `chat\/bar` violates the contract/);
    expect(parts.server.links).toHaveLength(0);
  });

  test("is the newest of many values, and not too often", async () => {
    const parts = harness();
    const presence = room(parts);
    const sets = [presence.set({ name: "0" })];
    parts.server.link.welcome();
    const answer = (): void => {
      for (const frame of parts.server.link.sent.splice(0)) {
        sent.push((frame["state"] as { readonly name: string }).name);
        parts.server.link.ack(frame);
      }
    };
    const sent: string[] = [];
    answer();
    for (let at = 1; at <= 100; at += 1) {
      sets.push(presence.set({ name: String(at) }));
      parts.clock.pass(10);
      answer();
    }
    parts.clock.pass(1000);
    answer();
    expect(sent.length).toBeLessThanOrEqual(17);
    expect(sent.at(-1)).toBe("100");
    await Promise.all(sets);
  });

  test("is shown again after a reconnect, and after the server took it away with the channel", () => {
    const parts = watching();
    void parts.presence.set({ name: "ann" });
    parts.server.link.ack(parts.server.link.frames("presence")[0] ?? { type: "", ref: 0 });
    void parts.presence.set({ name: "ann", typing: true });
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.welcome({ user: "ann" });
    expect(parts.server.link.frames("presence")).toMatchObject([{ state: { name: "ann", typing: true } }]);
    parts.server.link.ack(parts.server.link.frames("presence")[0] ?? { type: "", ref: 0 });
    parts.server.link.send({ type: "unsubscribed", channel: BAR });
    expect(parts.server.link.frames("presence")).toHaveLength(2);
  });

  test("that the service refuses is not shown, and says so to who asks", async () => {
    const parts = watching();
    const refused = outcome(parts.presence.set({ name: "ann" }));
    void parts.presence.set({ name: "nobody asks" });
    parts.server.link.refuse(parts.server.link.frames("presence")[0] ?? { type: "", ref: 0 }, 4106, "roster_full", { retryAfter: 500 });
    parts.clock.pass(500);
    parts.server.link.refuse(parts.server.link.frames("presence")[1] ?? { type: "", ref: 0 }, 4002, "denied");
    expect(await refused).toMatchObject({ reason: "denied" });
    await settled();
    parts.clock.pass(10_000);
    expect(parts.server.link.frames("presence")).toHaveLength(2);
    expect(parts.errors).toEqual([]);
  });

  test("above 1 KiB is refused here", async () => {
    const parts = harness();
    expect(await outcome(room(parts).set({ name: "n", extra: "x".repeat(2000) } as { name: string }))).toMatchObject({ reason: "too_large" });
    expect(parts.server.links).toHaveLength(0);
  });

  test("ends when the last who held it lets go, unless somebody comes at once", () => {
    const parts = watching();
    const { presence } = parts;
    const frames = (): unknown[] => parts.server.link.frames("presence").map(({ state }) => state);
    void presence.set({ name: "ann" });
    parts.server.link.ack(parts.server.link.frames("presence")[0] ?? { type: "", ref: 0 });
    const hold = (presence as unknown as { hold(): () => void }).hold.bind(presence);
    hold()();
    const off = hold();
    parts.clock.pass(200);
    expect(frames()).toEqual([{ name: "ann" }]);
    off();
    off();
    parts.clock.pass(200);
    expect(frames()).toEqual([{ name: "ann" }, null]);
  });

  test("is not shown for another user", () => {
    const parts = watching();
    void parts.presence.set({ name: "ann" });
    parts.server.link.end();
    parts.clock.pass(1000);
    parts.server.link.welcome({ user: "bob" });
    expect(parts.server.link.frames("presence")).toEqual([]);
  });
});
