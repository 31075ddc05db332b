import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Status } from "../src/status.js";
import { FakeClock } from "./fake-clock.js";
import { FakeSocket } from "./fake-socket.js";
import { contract } from "./generated/contract.js";
import { makeClient } from "../src/client.js";
import { type Harness, harness } from "./harness.js";
import { settled } from "./room.js";

/** A client whose application gives these tokens, one after the other. */
function signedIn(...given: (string | undefined | Error)[]): Harness & { readonly asked: () => number; ready(): Promise<void> } {
  let asked = 0;
  const parts = harness({
    token: async () => {
      const token = given[Math.min(asked, given.length - 1)];
      asked += 1;
      if (token instanceof Error) throw token;
      return token;
    },
  });
  parts.client.on("notification.alert", () => undefined);
  const ready = async (): Promise<void> => {
    parts.settle();
    await settled();
  };
  return { ...parts, asked: () => asked, ready };
}

/** Lets time pass on a connection that lives. */
async function live({ clock, server }: Harness, milliseconds: number): Promise<void> {
  for (let rest = milliseconds; rest > 0; rest -= 1000) {
    clock.pass(Math.min(rest, 1000));
    server.link.heartbeat();
    await settled();
  }
}

const status = ({ client }: Harness): Status => client.status.get().status;

describe("a token", () => {
  test("is asked for before each attempt, and travels with it", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    expect(parts.server.link.token).toBe("one");
    parts.server.link.accept().end();
    parts.clock.pass(1000);
    await settled();
    expect(parts.server.links.map(({ token }) => token)).toEqual(["one", "two"]);
  });

  test("that is not there lets the service decide", async () => {
    const parts = signedIn(undefined);
    await parts.ready();
    expect(parts.server.link.token).toBeUndefined();
    parts.server.link.welcome();
    expect(parts.client.user).toBeNull();
  });

  test("that the application cannot give is a failed attempt, and another one follows", async () => {
    const parts = signedIn(new Error("no network"), "one");
    await parts.ready();
    expect(parts.server.links).toHaveLength(0);
    expect(parts.client.status.get().reason).toEqual({ name: "token", message: "no network" });
    parts.clock.pass(1000);
    await settled();
    expect(parts.server.link.token).toBe("one");
  });

  test("is not asked for any more by a client that is closed meanwhile", async () => {
    const parts = signedIn("one");
    parts.settle();
    parts.client.close();
    await settled();
    expect(parts.server.links).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("tells who the client is", async () => {
    const parts = signedIn("one");
    expect(parts.client.user).toBeUndefined();
    await parts.ready();
    parts.server.link.welcome({ user: "ann" });
    expect(parts.client.user).toBe("ann");
  });
});

describe("a token that ends", () => {
  const minute = { user: "ann", expires: 5_060_000, time: 5_000_000 };

  test("is replaced after four fifths of its life, by the server's clock, without another connection", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    parts.server.link.welcome(minute);
    await live(parts, 47_000);
    expect(parts.server.link.frames("auth")).toEqual([]);
    await live(parts, 1000);
    const [frame] = parts.server.link.frames("auth");
    expect(frame).toEqual({ type: "auth", ref: expect.any(Number) as number, token: "two" });
    if (frame !== undefined) parts.server.link.ack(frame);
    parts.server.link.send({ type: "grant", user: "ann", expires: 5_108_000, time: 5_048_000 });
    parts.clock.pass(10_000);
    expect(parts.server.links).toHaveLength(1);
    expect(parts.asked()).toBe(2);
    expect(parts.client.counters.unknown).toBe(0);
  });

  test("is replaced when the server says that it is about to", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    parts.server.link.welcome({ user: "ann" }).send({ type: "grant", user: "ann", expires: 5_030_000, time: 5_000_000, expiring: true });
    await settled();
    expect(parts.server.link.frames("auth").map((frame) => frame["token"])).toEqual(["two"]);
  });

  test("is asked for again while the application gives the same one, and ever more rarely", async () => {
    const parts = signedIn("one");
    await parts.ready();
    parts.server.link.welcome(minute);
    await live(parts, 60_000);
    expect(parts.server.link.frames("auth")).toEqual([]);
    expect(parts.asked()).toBeGreaterThan(3);
    expect(parts.asked()).toBeLessThan(10);
  });

  test("and is refused for another user leaves the connection as it is", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    parts.server.link.welcome(minute).send({ type: "grant", expiring: true });
    await settled();
    const [frame] = parts.server.link.frames("auth");
    if (frame !== undefined) parts.server.link.refuse(frame, 4002, "denied");
    expect(parts.server.open).toHaveLength(1);
    expect(parts.client.user).toBe("ann");
  });

  test("while connected brings a new connection at once", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    parts.server.link.accept();
    parts.clock.pass(5000);
    parts.server.link.send({ type: "error", error: { code: 4202, name: "token_expired", message: "" } });
    parts.clock.pass(0);
    await settled();
    expect(parts.server.links.map(({ token }) => token)).toEqual(["one", "two"]);
  });

  test("at the connection is asked for once at once, and then with patience", async () => {
    const parts = signedIn("one");
    await parts.ready();
    const expire = (): void => parts.server.link.end({ retry: "now", reason: { code: 4202, name: "token_expired", message: "" } });
    expire();
    parts.clock.pass(0);
    await settled();
    expect(parts.server.links).toHaveLength(2);
    expire();
    parts.clock.pass(99);
    await settled();
    expect(parts.server.links).toHaveLength(2);
    parts.clock.pass(1000);
    await settled();
    expect(parts.server.links).toHaveLength(3);
    expect(status(parts)).toBe("connecting");
  });

  test("without a token to replace it is final", () => {
    const parts = harness();
    parts.client.on("notification.alert", () => undefined);
    parts.settle();
    parts.server.link.end({ retry: "now", reason: { code: 4202, name: "token_expired", message: "" } });
    expect(status(parts)).toBe("closed");
  });
});

describe("another user", () => {
  test("gets nothing published that the one before left waiting", async () => {
    const parts = signedIn("one", "two");
    await parts.ready();
    parts.server.link.welcome({ user: "ann" }).end();
    const late = parts.client.channel("chat/{roomId}", { roomId: "bar" }).publish("typing").catch((error: unknown) => error);
    parts.clock.pass(1000);
    await settled();
    parts.server.link.welcome({ user: "bob" });
    expect(parts.server.link.frames("publish")).toEqual([]);
    expect(await late).toMatchObject({ reason: "user_changed" });
  });
});

describe("on its way", () => {
  beforeEach(() => FakeSocket.install());
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("a token is a sub-protocol of a WebSocket, and a header everywhere else", async () => {
    const clock = new FakeClock();
    const requests: { readonly url: string; readonly headers: { readonly [name: string]: string } }[] = [];
    const fetch = async (url: string, { headers }: { readonly headers: { readonly [name: string]: string } }): Promise<never> => {
      requests.push({ url, headers });
      throw new TypeError("no network");
    };
    const client = makeClient(contract, { url: "https://example.org/realtime", fetch, token: () => "a.b.c" }, { clock });
    client.on("notification.alert", () => undefined);
    clock.pass(5);
    await settled();
    expect(FakeSocket.last.protocols).toEqual(["tidewire.v1", "token.a.b.c"]);
    expect(FakeSocket.last.url).not.toContain("a.b.c");
    await client.channel("default").history().catch(() => undefined);
    FakeSocket.last.onclose?.({ code: 1006, reason: "" });
    clock.pass(1000);
    await settled();
    expect(requests.map(({ url, headers }) => [url.split("?")[0], headers["authorization"]])).toEqual([
      ["https://example.org/realtime/history", "Bearer a.b.c"],
      ["https://example.org/realtime/events", "Bearer a.b.c"],
    ]);
    client.close();
  });
});
