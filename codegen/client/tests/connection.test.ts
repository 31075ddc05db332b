import { describe, expect, test, vi } from "vitest";
import type { Transport } from "../src/transport.js";
import { harness } from "./harness.js";

const message = (text: string): object => ({ author: "ann", text });
const BAR = "chat/bar";

describe("the connection", () => {
  test("opens with the first subscription, and not before", () => {
    const { client, server, settle, clock } = harness();
    const room = client.channel("chat/{roomId}", { roomId: "bar" });
    room.onGap(() => undefined);
    room.onSubscribed(() => undefined);
    clock.pass(60_000);
    expect(server.links).toHaveLength(0);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "idle" }, since: 0 });
    room.on("typing", () => undefined);
    settle();
    expect(server.link.channels).toEqual([{ name: BAR, cursor: undefined }]);
  });

  test("is connected when every channel is live", () => {
    const { client, server, settle, statuses } = harness();
    client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined);
    client.on("notification.alert", () => undefined);
    settle();
    server.link.welcome();
    expect(client.connectionId).toBe("c-0");
    server.link.subscribed(BAR, "fresh", "a");
    expect(statuses).toEqual(["connecting"]);
    server.link.subscribed("default", "fresh", "b");
    expect(statuses).toEqual(["connecting", "connected"]);
  });

  test("collects the channels of one moment in one request", () => {
    const { client, server, settle } = harness();
    for (const roomId of ["a", "b", "c", "a"]) client.channel("chat/{roomId}", { roomId }).on("typing", () => undefined);
    settle();
    expect(server.links).toHaveLength(1);
    expect(server.link.channels.map(({ name }) => name)).toEqual(["chat/a", "chat/b", "chat/c"]);
  });

  test("resumes each channel from its last event, also in the middle of a replay, and where there was none", () => {
    const { client, server, settle, clock, statuses } = harness();
    const seen: string[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept().event(BAR, 1, "message.sent", message("one")).end();
    expect(statuses.at(-1)).toBe("reconnecting");
    clock.pass(500);
    expect(server.link.channels).toEqual([{ name: BAR, cursor: `${BAR}@1` }, { name: "default", cursor: "default@0" }]);
    server.link.accept().event(BAR, 2, "message.sent", message("two")).end();
    clock.pass(500);
    expect(server.link.channels[0]).toEqual({ name: BAR, cursor: `${BAR}@2` });
    server.link.accept().event(BAR, 3, "message.sent", message("three"));
    expect(seen).toEqual(["one", "two", "three"]);
    expect(client.status.get().status).toBe("connected");
  });

  test("drops the frames of an earlier attempt, so there are never two live connections", () => {
    const { client, server, settle, clock } = harness();
    const seen: string[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
    settle();
    const old = server.link.accept();
    old.end();
    clock.pass(500);
    server.link.accept();
    old.event(BAR, 9, "message.sent", message("stale"));
    old.heartbeat();
    old.end({ retry: "never", reason: { name: "denied", message: "stale" } });
    expect(seen).toEqual([]);
    expect(server.open).toEqual([server.link]);
    expect(client.status.get().status).toBe("connected");
  });

  test("is degraded when the heartbeat is late, dead after 40 s of silence", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    clock.pass(19_999);
    expect(client.status.get().status).toBe("connected");
    clock.pass(1);
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "heartbeat_late" } });
    server.link.heartbeat();
    expect(client.status.get()).toMatchObject({ status: "connected" });
    clock.pass(39_999);
    expect(client.status.get().status).toBe("degraded");
    expect(server.open).toHaveLength(1);
    clock.pass(1);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "silent" } });
    expect(server.open).toHaveLength(0);
  });

  test("stays connected for ever on heartbeats alone", () => {
    const { client, server, settle, clock, statuses } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    for (let at = 0; at < 1000; at += 1) {
      clock.pass(15_000);
      server.link.heartbeat();
    }
    expect(statuses).toEqual(["connecting", "connected"]);
    expect(server.links).toHaveLength(1);
  });

  test("waits longer for a server with a slower heartbeat", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.welcome({ heartbeat: 30_000 }).subscribed("default", "fresh", "a");
    clock.pass(34_999);
    expect(client.status.get().status).toBe("connected");
    clock.pass(35_000);
    expect(client.status.get().status).toBe("degraded");
    clock.pass(1);
    expect(client.status.get().status).toBe("reconnecting");
  });

  test("gives up an attempt that never answers after 40 s", () => {
    const { client, server, clock } = harness();
    client.on("notification.alert", () => undefined);
    clock.pass(5);
    clock.pass(39_999);
    expect(server.open).toHaveLength(1);
    clock.pass(1);
    expect(server.open).toHaveLength(0);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "silent" } });
  });

  test("is degraded while a channel is not live 5 s after the rest", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.welcome();
    clock.pass(5000);
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "channel_not_live" } });
    server.link.subscribed("default", "fresh", "a");
    expect(client.status.get().status).toBe("connected");
  });

  test("backs off with full jitter while attempts fail, and begins anew once it was live", () => {
    const { client, server, settle, clock } = harness();
    clock.chance = 0.999_999;
    client.on("notification.alert", () => undefined);
    settle();
    const delays: number[] = [];
    for (let at = 0; at < 9; at += 1) {
      server.link.end({ reason: { name: "network", message: "refused" } });
      delays.push(clock.next ?? 0);
      clock.pass(clock.next ?? 0);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "network" } });
    server.link.accept().end();
    expect(clock.next).toBe(500);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "ended" } });
  });

  test("does not ask a server in a loop that greets and then fails", () => {
    const { client, server, settle, clock } = harness();
    clock.chance = 0.999_999;
    client.on("notification.alert", () => undefined);
    settle();
    const delays: number[] = [];
    for (let at = 0; at < 3; at += 1) {
      server.link.welcome().send({ type: "error", error: { code: 4101, name: "broker_unavailable", message: "no answer" } });
      delays.push(clock.next ?? 0);
      clock.pass(clock.next ?? 0);
    }
    expect(delays).toEqual([500, 1000, 2000]);
  });

  test("obeys the server: a planned reconnect at the moment it names, a refusal not before", () => {
    const { client, server, settle, clock, signals } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept().send({ type: "reconnect", after: 1200 });
    expect(server.open).toHaveLength(0);
    expect(clock.next).toBe(1200);
    clock.pass(1200);
    server.link.end({ reason: { name: "overloaded", message: "" }, after: 10_000 });
    expect(clock.next).toBe(10_250);
    signals.wake();
    expect(clock.next).toBe(10_000);
    clock.pass(10_000);
    server.link.retry(3000).end();
    expect(clock.next).toBe(3500);
    clock.pass(3500);
    // Once the connection lives, that wish has had its effect.
    server.link.retry(3000).accept().retry(3000).end();
    expect(clock.next).toBe(250);
  });

  test("does not hurry for another channel while it waits", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.end({ reason: { name: "overloaded", message: "" }, after: 10_000 });
    client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined);
    clock.pass(9_999);
    expect(server.links).toHaveLength(1);
    clock.pass(1000);
    expect(server.link.channels.map(({ name }) => name)).toEqual(["default", BAR]);
  });

  test("survives a transport that fails before it returns", () => {
    const closed: number[] = [];
    let attempts = 0;
    const transport: Transport = (_, { onEnd }) => {
      attempts += 1;
      const attempt = attempts;
      onEnd({ retry: "back_off", reason: { name: "network", message: "no" } });
      return { close: () => closed.push(attempt), send: () => undefined };
    };
    const { client, settle, clock } = harness({}, { transport: () => transport });
    client.on("notification.alert", () => undefined);
    settle();
    clock.pass(60_000);
    expect(attempts).toBeGreaterThan(2);
    expect(closed).toEqual(Array.from({ length: attempts }, (_, at) => at + 1));
    client.close();
    expect(clock.armed).toBe(0);
  });

  test("reconnects at once for codes that say so, but not in a loop", () => {
    const { client, server, settle, clock } = harness();
    clock.chance = 0.999_999;
    client.on("notification.alert", () => undefined);
    settle();
    for (let at = 0; at < 6; at += 1) {
      server.link.end({ reason: { name: "network", message: "" } });
      clock.pass(clock.next ?? 0);
    }
    server.link.welcome().send({ type: "error", error: { code: 4200, name: "shutting_down", message: "bye" } });
    expect(clock.next).toBe(500);
    clock.pass(500);
    server.link.end({ retry: "now", reason: { name: "shutting_down", message: "bye" } });
    expect(clock.next).toBeGreaterThan(500);
  });

  test("is closed by codes that are final, and tries again only for another set of channels", () => {
    const { client, server, settle, clock } = harness();
    const bar = client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined);
    settle();
    server.link.accept().event(BAR, 4, "message.sent", message("x"));
    const secret = client.channel("chat/{roomId}", { roomId: "secret" }).on("message.sent", () => undefined);
    settle();
    server.link.end();
    clock.pass(500);
    server.link.end({ retry: "never", reason: { name: "denied", message: "not you", code: 4002, hint: "sign in" } });
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "denied", code: 4002, hint: "sign in" } });
    clock.pass(3_600_000);
    expect(server.links).toHaveLength(2);
    secret();
    settle();
    expect(server.links).toHaveLength(3);
    expect(server.link.channels).toEqual([{ name: BAR, cursor: `${BAR}@4` }]);
    server.link.accept();
    expect(client.status.get().status).toBe("connected");
    bar();
  });

  test("forgets old failures when another set of channels is tried after a final answer", () => {
    const { client, server, settle, clock } = harness();
    clock.chance = 0.999_999;
    client.channel("chat/{roomId}", { roomId: "secret" }).on("typing", () => undefined);
    settle();
    for (let at = 0; at < 5; at += 1) {
      server.link.end();
      clock.pass(clock.next ?? 0);
    }
    server.link.end({ retry: "never", reason: { name: "denied", message: "not you" } });
    client.on("notification.alert", () => undefined);
    settle();
    server.link.end();
    expect(clock.next).toBe(500);
  });

  test("an error frame of the final range closes, too", () => {
    const { client, server, settle } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept().send({ type: "error", error: { code: 4001, name: "unauthenticated", message: "signed out" } });
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "unauthenticated", code: 4001 } });
    expect(server.open).toHaveLength(0);
  });

  test("ignores frames and members that it does not know, and counts them", () => {
    const { client, server, settle } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.welcome({ later: true }).send({ type: "later", channel: "default" }).sendText("{").sendText("[]").sendText('{"type":"event"}').subscribed("default", "fresh", "a");
    expect(client.counters).toMatchObject({ unknown: 1, malformed: 3 });
    expect(client.status.get().status).toBe("connected");
  });

  test("pauses offline, wakes online", () => {
    const { client, server, settle, clock, signals } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    signals.goOffline();
    expect(client.status.get()).toMatchObject({ status: "offline" });
    expect(server.open).toHaveLength(0);
    clock.pass(29_999);
    expect(server.links).toHaveLength(1);
    signals.goOnline();
    expect(server.links).toHaveLength(2);
    expect(client.status.get().status).toBe("reconnecting");
    server.link.accept();
    expect(client.status.get().status).toBe("connected");
  });

  test("believes a connection more than the platform: offline is tried slowly", () => {
    const { client, server, settle, clock, signals } = harness();
    signals.isOffline = true;
    client.on("notification.alert", () => undefined);
    settle();
    server.link.end({ reason: { name: "network", message: "" } });
    expect(client.status.get().status).toBe("offline");
    clock.pass(30_000);
    expect(server.links).toHaveLength(2);
    expect(client.status.get().status).toBe("offline");
    server.link.accept();
    expect(client.status.get().status).toBe("connected");
  });

  test("wakes at once when somebody looks at the page again", () => {
    const { client, server, settle, clock, signals } = harness();
    clock.chance = 0.9;
    client.on("notification.alert", () => undefined);
    settle();
    for (let at = 0; at < 8; at += 1) {
      server.link.end();
      clock.pass(clock.next ?? 0);
    }
    server.link.end();
    expect(clock.next).toBe(27_000);
    const before = server.links.length;
    signals.wake();
    expect(server.links).toHaveLength(before + 1);
  });

  test("notices after a sleep that the connection died meanwhile", () => {
    const { client, server, settle, clock, signals } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    clock.sleep(3_600_000);
    signals.wake();
    expect(server.open).toHaveLength(0);
    expect(client.status.get()).toMatchObject({ status: "reconnecting", reason: { name: "silent" } });
  });

  test("a wake does not disturb a healthy connection", () => {
    const { client, server, settle, signals } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    signals.wake();
    expect(server.open).toEqual([server.links[0]]);
    expect(client.status.get().status).toBe("connected");
  });

  test("leaves no timer and no watch behind when nothing is wanted", () => {
    const { client, server, settle, clock, signals } = harness();
    const off = client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    expect(signals.watchers).toBe(1);
    off();
    off();
    settle();
    expect([clock.armed, signals.watchers, server.open.length]).toEqual([0, 0, 0]);
    expect(client.status.get()).toMatchObject({ status: "connecting", reason: { name: "idle" } });
    client.on("notification.alert", () => undefined);
    settle();
    expect(server.link.channels).toEqual([{ name: "default", cursor: undefined }]);
  });

  test("close is final", () => {
    const { client, server, settle, clock, statuses } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    client.close();
    client.close();
    client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined);
    clock.pass(60_000);
    expect(server.links).toHaveLength(1);
    expect(server.open).toHaveLength(0);
    expect(statuses).toEqual(["connecting", "connected", "closed"]);
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "client_closed" } });
    expect(client.connectionId).toBeUndefined();
  });

  test.each(["connecting", "connected", "degraded", "reconnecting", "offline", "closed"] as const)("can be closed by whoever is told that it is %s", (status) => {
    const { client, server, settle, clock, signals } = harness();
    client.on("notification.alert", () => undefined);
    client.status.subscribe(() => {
      if (client.status.get().status === status) client.close();
    });
    settle();
    const play = (scene: () => void): void => {
      if (client.status.get().reason?.name !== "client_closed") scene();
    };
    play(() => server.link.accept());
    play(() => clock.pass(20_000));
    play(() => server.link.event("default", 1, "notification.alert", { text: "x" }));
    play(() => server.link.end());
    play(() => clock.pass(500));
    play(() => signals.goOffline());
    play(() => signals.goOnline());
    play(() => server.link.accept().send({ type: "error", error: { code: 4002, name: "denied", message: "no" } }));
    expect(client.status.get()).toMatchObject({ status: "closed", reason: { name: "client_closed" } });
    expect([server.open.length, clock.armed, signals.watchers, client.connectionId]).toEqual([0, 0, 0, undefined]);
  });

  test("can be closed by whoever is told of another contract", () => {
    const parts = harness({ onSkew: () => parts.client.close() });
    parts.server.contract = "another";
    parts.client.on("notification.alert", () => undefined);
    parts.settle();
    parts.server.link.accept();
    expect(parts.client.status.get()).toMatchObject({ status: "closed", reason: { name: "client_closed" } });
    expect([parts.clock.armed, parts.client.connectionId]).toEqual([0, undefined]);
  });

  test("does not forget the server's wish when everybody leaves and comes back", () => {
    const { client, server, settle, clock } = harness();
    const off = client.on("notification.alert", () => undefined);
    settle();
    server.link.end({ reason: { name: "overloaded", message: "" }, after: 10_000 });
    off();
    settle();
    client.on("notification.alert", () => undefined);
    clock.pass(9_000);
    expect(server.links).toHaveLength(1);
    clock.pass(1_000);
    expect(server.links).toHaveLength(2);
  });

  test("can be closed by whoever is told of a gap", () => {
    const { client, server, settle } = harness();
    client.on("notification.alert", () => undefined);
    client.onGap(() => client.close());
    settle();
    server.link.welcome().send({ type: "gap", channel: "default", reason: "no_state", cursor: "a" });
    expect(client.status.get().status).toBe("closed");
  });

  test("can be closed by a handler, in the middle of a dispatch", () => {
    const { client, server, settle } = harness();
    const second = vi.fn();
    client.on("notification.alert", () => client.close());
    client.on("notification.alert", second);
    settle();
    server.link.accept().event("default", 1, "notification.alert", { text: "x" }).event("default", 2, "notification.alert", { text: "y" });
    expect(second).toHaveBeenCalledTimes(1);
    expect(client.status.get().status).toBe("closed");
  });
});
