import { describe, expect, test } from "vitest";
import { autoTransport } from "../src/auto-transport.js";
import { explainingTransport } from "../src/explaining-transport.js";
import { FakeServer } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";

const BAR = "chat/bar";
const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

/** A client that chooses between two ways to two servers of the test; in truth they are the same one. */
function twoWays(): Harness & { readonly first: FakeServer; readonly second: FakeServer; readonly seen: string[] } {
  const first = new FakeServer();
  const second = new FakeServer();
  const parts = harness({}, { transport: (_, clock) => autoTransport(first.transport, second.transport, clock) });
  for (const server of [first, second]) server.contract = parts.server.contract;
  const seen: string[] = [];
  parts.client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
  parts.clock.pass(5);
  return { ...parts, first, second, seen };
}

const network = { reason: { name: "network", message: "" } };

describe("two ways to the server", () => {
  test("the first is tried first, and kept while it works", () => {
    const { first, second, clock } = twoWays();
    first.link.accept().end();
    clock.pass(500);
    first.link.accept().send({ type: "reconnect", after: 100 });
    clock.pass(100);
    expect([first.links.length, second.links.length]).toEqual([3, 0]);
  });

  test("an attempt that ends before the greeting makes the other one the next", () => {
    const { first, second, clock, client } = twoWays();
    first.link.end(network);
    clock.pass(500);
    expect([first.links.length, second.links.length]).toEqual([1, 1]);
    second.link.accept();
    expect(client.status.get().status).toBe("connected");
    second.link.end();
    clock.pass(500);
    expect([first.links.length, second.links.length]).toEqual([1, 2]);
  });

  test("an attempt without a greeting for 5 s is given up for the other one", () => {
    const { first, second, clock } = twoWays();
    first.link.heartbeat();
    clock.pass(4999);
    expect(first.open).toHaveLength(1);
    clock.pass(1);
    expect(first.open).toHaveLength(0);
    clock.pass(500);
    expect(second.links).toHaveLength(1);
    // What the first one still says does not count.
    first.link.accept().event(BAR, 1, "message.sent", message("stale"));
    second.link.accept();
    clock.pass(5000);
    expect(second.open).toHaveLength(1);
  });

  test("a way on which the server refuses is no worse than the other", () => {
    const { first, second, clock, client } = twoWays();
    first.link.end({ reason: { name: "overloaded", message: "", code: 4102 } });
    clock.pass(500);
    expect([first.links.length, second.links.length]).toEqual([2, 0]);
    first.link.send({ type: "error", error: { code: 4002, name: "denied", message: "no" } });
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "denied" } });
  });

  test("falling back in the middle of a life loses nothing: the same cursors, the same session, the same events to publish", async () => {
    const { first, second, clock, client, seen } = twoWays();
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    first.link.accept().event(BAR, 1, "message.sent", message("one"));
    const published = room.publish("message.sent", message("mine"));
    const [before] = first.link.frames("publish");
    // The network changes to one that does not let the first way through.
    first.link.end();
    clock.pass(500);
    first.link.end(network);
    clock.pass(1000);
    expect(second.link.channels).toEqual([{ name: BAR, cursor: `${BAR}@1` }]);
    expect(second.link.session).toBe("node0.secret");
    second.link.accept().event(BAR, 1, "message.sent", message("one")).event(BAR, 2, "message.sent", message("two"));
    const [again] = second.link.frames("publish");
    expect(again?.["key"]).toBe(before?.["key"]);
    second.link.ack(again!, { id: "e.3", number: 3, time: 1, stored: true });
    expect(await published).toMatchObject({ number: 3 });
    expect(seen).toEqual(["one", "two"]);
    // And it stays there.
    second.link.end();
    clock.pass(500);
    expect([first.links.length, second.links.length]).toEqual([2, 2]);
  });

  test("take turns while neither works", () => {
    const { first, second, clock } = twoWays();
    clock.chance = 0;
    for (let at = 0; at < 6; at += 1) {
      (at % 2 === 0 ? first : second).link.end(network);
      clock.pass(100);
    }
    expect([first.links.length, second.links.length]).toEqual([4, 3]);
  });

  test("leave no timer behind", () => {
    const { client, clock } = twoWays();
    client.close();
    expect(clock.armed).toBe(0);
  });
});

describe("one way to the server, and another that says why it is closed", () => {
  function oneWay(): Harness & { readonly first: FakeServer; readonly second: FakeServer } {
    const [first, second] = [new FakeServer(), new FakeServer()];
    const parts = harness({}, { transport: (_, clock) => explainingTransport(first.transport, second.transport, clock) });
    for (const server of [first, second]) server.contract = parts.server.contract;
    parts.client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", () => undefined);
    parts.clock.pass(5);
    return { ...parts, first, second };
  }

  test("a refusal with a code is why, and ends the attempts where it is final", () => {
    const { first, second, client, clock } = oneWay();
    first.link.end(network);
    second.link.end({ retry: "never", reason: { code: 4015, name: "revoked", message: "" } });
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "revoked" } });
    clock.pass(60_000);
    expect([first.links.length, second.links.length, first.open.length, second.open.length]).toEqual([1, 1, 0, 0]);
    expect(clock.armed).toBe(0);
  });

  test("a way that is open explains nothing, is closed at once, and is never used", () => {
    const { first, second, client, clock } = oneWay();
    first.link.end(network);
    second.link.accept();
    expect(second.open).toHaveLength(0);
    expect(client.status.get().status).not.toBe("connected");
    clock.pass(500);
    first.link.accept();
    expect(client.status.get().status).toBe("connected");
    first.link.end();
    clock.pass(500);
    expect([first.links.length, second.links.length]).toEqual([3, 1]);
  });

  test("an explanation that does not come is not awaited for long", () => {
    const { first, second, clock } = oneWay();
    first.link.end(network);
    clock.pass(4999);
    expect([first.links.length, second.open.length]).toEqual([1, 1]);
    clock.pass(1001);
    expect([first.links.length, second.open.length]).toEqual([2, 0]);
  });
});
