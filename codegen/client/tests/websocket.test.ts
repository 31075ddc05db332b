import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Client, makeClient } from "../src/client.js";
import type { ClientOptions } from "../src/options.js";
import { webSocketTransport } from "../src/websocket-transport.js";
import { FakeClock } from "./fake-clock.js";
import { FakeSocket } from "./fake-socket.js";
import { type Channels, contract } from "./generated/contract.js";

let clock: FakeClock;
let client: Client<Channels>;
const seen: string[] = [];

beforeEach(() => {
  FakeSocket.install();
  clock = new FakeClock();
  seen.length = 0;
});
afterEach(() => {
  client.close();
  vi.unstubAllGlobals();
});

/** Opens a client on one room; over nothing but a WebSocket unless the options say otherwise. */
function open(options: Partial<ClientOptions> = {}): void {
  const internals = options.transport === undefined ? { clock, transport: webSocketTransport } : { clock };
  client = makeClient(contract, { url: "https://example.org/realtime/", ...options }, internals);
  client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
  clock.pass(5);
}

const event = (number: number, text: string): object => ({ type: "event", channel: "chat/bar", event: "message.sent", id: `e.${number}`, number, time: 1, sender: null, data: { author: "ann", text } });
const subscribed = { type: "subscribed", channel: "chat/bar", outcome: "fresh", cursor: "e.0" };

describe("a WebSocket", () => {
  test("is opened with the channels in the address and without a session", () => {
    open();
    expect(FakeSocket.last.url).toBe("wss://example.org/realtime/socket?channel=chat/bar&ids=0&contract=0f6d2c1b9a8e7d6c5b4a39281706f5e4&event=message.sent");
    expect(FakeSocket.last.protocols).toEqual(["tidewire.v1"]);
  });

  test("is opened beside the page where the address is relative to it", () => {
    vi.stubGlobal("location", { href: "http://localhost:3000/app/page?x#y" });
    open({ url: "/realtime" });
    expect(FakeSocket.last.url).toMatch(/^ws:\/\/localhost:3000\/realtime\/socket\?/);
  });

  test("carries frames both ways, one in each message", () => {
    open();
    FakeSocket.last.onopen?.();
    FakeSocket.last.welcome().frame(subscribed).frame(event(1, "one"));
    client.on("notification.alert", () => undefined);
    clock.pass(5);
    expect(FakeSocket.last.sent.map((text) => JSON.parse(text) as object)).toEqual([{ ref: 1, type: "subscribe", channel: "default", events: ["notification.alert"] }]);
    FakeSocket.last.frame({ type: "ack", ref: 1 }).frame({ ...subscribed, channel: "default", ref: 1 });
    expect(seen).toEqual(["one"]);
    expect(client.status.get().status).toBe("connected");
    expect(FakeSocket.all).toHaveLength(1);
  });

  test("takes replies to what was published, also those that refuse, and stays", async () => {
    open();
    FakeSocket.last.welcome().frame(subscribed);
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    const good = room.publish("typing");
    const bad = room.publish("typing").catch((error: unknown) => error);
    const refs = FakeSocket.last.sent.map((text) => (JSON.parse(text) as { readonly ref: number }).ref);
    FakeSocket.last
      .frame({ type: "error", ref: refs[1], error: { code: 4002, name: "denied", message: "no" } })
      .frame({ type: "error", ref: null, error: { code: 4000, name: "bad_request", message: "what" } })
      .frame({ type: "ack", ref: refs[0], id: null, number: null, time: 4, stored: false });
    expect(await good).toMatchObject({ time: 4 });
    expect(await bad).toMatchObject({ reason: "denied" });
    expect(client.status.get().status).toBe("connected");
  });

  test("comes back with its cursor, and with the session as a sub-protocol and nowhere else", () => {
    open();
    FakeSocket.last.welcome().frame(subscribed).frame(event(1, "one"));
    FakeSocket.last.end(1012);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "ended" } });
    clock.pass(500);
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.protocols).toEqual(["tidewire.v1", "session.node.secret"]);
    expect(new URL(FakeSocket.last.url).searchParams.get("lastEventId")).toBe("chat/bar=e.1");
    expect(FakeSocket.last.url).not.toContain("secret");
    FakeSocket.all[0]?.frame(event(9, "stale"));
    expect(seen).toEqual(["one"]);
  });

  test("counts `ping` as a sign of life and does not answer it; silence for 40 s is the end", () => {
    open();
    FakeSocket.last.welcome().frame(subscribed);
    for (let at = 0; at < 10; at += 1) {
      clock.pass(15_000);
      FakeSocket.last.frame({ type: "ping" });
    }
    expect(FakeSocket.last.sent).toEqual([]);
    expect(client.counters).toMatchObject({ unknown: 0, malformed: 0 });
    expect(client.status.get().status).toBe("connected");
    clock.pass(39_999);
    expect(FakeSocket.last.closed).toBe(false);
    clock.pass(1);
    expect(FakeSocket.all[0]?.closed).toBe(true);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "silent" } });
  });

  test.each([
    [4002, "denied", "closed"],
    [4102, "overloaded", "reconnecting"],
    [4200, "shutting_down", "reconnecting"],
    [1006, "network", "reconnecting"],
    [1009, "ended", "reconnecting"],
  ])("that is closed with %d says %s and leads to %s", (code, name, status) => {
    open();
    FakeSocket.last.welcome().frame(subscribed);
    FakeSocket.last.end(code, code >= 4000 ? name : "");
    expect(client.status.get()).toMatchObject({ status, reason: { name } });
  });

  test("that fails is told once, whichever way the platform says it", () => {
    open();
    FakeSocket.last.onerror?.();
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "network" } });
    FakeSocket.last.end(1006);
    clock.pass(500);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test("whose handshake fails without a reason leaves a position that nobody has accepted yet to a frame", () => {
    client = makeClient(contract, { url: "https://example.org/realtime/" }, { clock, transport: webSocketTransport });
    client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined, { after: "e.1" });
    clock.pass(5);
    expect(FakeSocket.last.url).toContain("lastEventId");
    FakeSocket.last.end(1006);
    clock.pass(500);
    expect(FakeSocket.last.url).not.toContain("lastEventId");
    FakeSocket.last.welcome();
    expect(FakeSocket.last.sent).toHaveLength(1);
    FakeSocket.last.frame({ type: "ack", ref: 1 }).frame({ ...subscribed, outcome: "resumed", cursor: "e.1" });
    FakeSocket.last.end(1006);
    clock.pass(500);
    expect(FakeSocket.last.url).toContain("lastEventId");
  });

  test("that sends what is not text is not trusted", () => {
    open();
    FakeSocket.last.onmessage?.({ data: new ArrayBuffer(1) });
    expect(FakeSocket.last.closed).toBe(true);
    expect(client.status.get()).toMatchObject({ reason: { name: "malformed_stream" } });
  });

  test("that was replaced by an attempt of the same client comes back as a new session, and not as itself", () => {
    open();
    FakeSocket.last.welcome().frame(subscribed).frame({ type: "error", error: { code: 4014, name: "replaced", message: "newer" } });
    expect(client.status.get().status).toBe("reconnecting");
    clock.pass(500);
    expect(FakeSocket.last.protocols).toEqual(["tidewire.v1"]);
  });

  test("that the platform does not have, or refuses to make, is told", () => {
    vi.stubGlobal("WebSocket", undefined);
    open();
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "no_websocket" } });
    vi.stubGlobal("WebSocket", class {
      constructor() {
        throw new Error("insecure");
      }
    });
    client.close();
    open();
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "network", message: "insecure" } });
  });
});

describe("the transport by default", () => {
  const requests = vi.fn(() => new Promise<never>(() => undefined));

  beforeEach(() => {
    requests.mockClear();
  });

  test("is a WebSocket where there is one", () => {
    open({ transport: "auto", fetch: requests });
    expect(FakeSocket.all).toHaveLength(1);
    expect(requests).not.toHaveBeenCalled();
  });

  test("is a stream where there is none, where headers are given, where cookies must not travel, and where it is asked for", () => {
    const options: readonly Partial<ClientOptions>[] = [{ headers: () => ({}) }, { credentials: "omit" }, { transport: "sse" }];
    for (const option of options) {
      open({ transport: "auto", fetch: requests, ...option });
      client.close();
    }
    expect(FakeSocket.all).toHaveLength(0);
    vi.stubGlobal("WebSocket", undefined);
    open({ transport: "auto", fetch: requests });
    expect(client.status.get().status).toBe("connecting");
  });
});
