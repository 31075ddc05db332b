import { describe, expect, test } from "vitest";
import { harness } from "./harness.js";

const message = (text: string): object => ({ author: "ann", text });
const BAR = "chat/bar";

describe("another set of channels", () => {
  test("is asked for on the same connection, and nobody sees a flicker", () => {
    const { client, server, settle, statuses, clock } = harness();
    const seen: string[] = [];
    client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
    settle();
    server.link.accept().event(BAR, 1, "message.sent", message("one"));
    const off = client.channel("chat/{roomId}", { roomId: "foo" }).on("message.sent", ({ text }) => seen.push(text));
    settle();
    expect(server.link.sent).toEqual([{ type: "subscribe", ref: 1, channel: "chat/foo", events: ["message.sent"] }]);
    expect(server.link.sender).toBe("node0.secret");
    server.link.obey().event("chat/foo", 1, "message.sent", message("two")).event(BAR, 2, "message.sent", message("three"));
    off();
    settle();
    expect(server.link.sent).toEqual([{ type: "unsubscribe", ref: 2, channel: "chat/foo" }]);
    server.link.obey();
    clock.pass(10_000);
    server.link.heartbeat();
    clock.pass(10_000);
    expect(statuses).toEqual(["connecting", "connected"]);
    expect(seen).toEqual(["one", "two", "three"]);
    expect(server.links).toHaveLength(1);
  });

  test("is degraded while the new channel takes long", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    settle();
    server.link.accept();
    client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined);
    settle();
    clock.pass(5000);
    expect(client.status.get()).toMatchObject({ status: "degraded", reason: { name: "channel_not_live" } });
    server.link.obey();
    expect(client.status.get().status).toBe("connected");
  });

  test("that changes before the greeting is put right after it", () => {
    const { client, server, settle } = harness();
    const alert = client.on("notification.alert", () => undefined);
    settle();
    client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined);
    alert();
    settle();
    expect(server.link.sent).toEqual([]);
    server.link.welcome();
    expect(server.link.sent.map(({ type, channel }) => [type, channel])).toEqual([["unsubscribe", "default"], ["subscribe", "chat/foo"]]);
    server.link.obey();
    expect(client.status.get().status).toBe("connected");
    expect(server.links).toHaveLength(1);
  });

  test("left and entered again gets nothing of before: it waits for the end of the first", () => {
    const { client, server, settle } = harness();
    const seen: string[] = [];
    client.on("notification.alert", () => undefined);
    const join = (): (() => void) => client.channel("chat/{roomId}", { roomId: "foo" }).on("message.sent", ({ text }) => seen.push(text));
    const off = join();
    settle();
    server.link.accept();
    off();
    settle();
    join();
    settle();
    server.link.event("chat/foo", 7, "message.sent", message("stale")).subscribed("chat/foo", "fresh", "stale");
    const [unsubscribe] = server.link.sent;
    expect(server.link.sent).toEqual([{ type: "unsubscribe", ref: 1, channel: "chat/foo" }]);
    server.link.ack(unsubscribe!).send({ type: "unsubscribed", channel: "chat/foo" });
    expect(server.link.frames("subscribe")).toEqual([{ type: "subscribe", ref: 2, channel: "chat/foo", events: ["message.sent"] }]);
    server.link.obey().event("chat/foo", 8, "message.sent", message("new"));
    expect(seen).toEqual(["new"]);
  });

  test("whose end the server could not confirm at once is ended again, and one that it never had is not waited for", () => {
    const { client, server, settle, clock } = harness();
    client.on("notification.alert", () => undefined);
    const join = (): (() => void) => client.channel("chat/{roomId}", { roomId: "foo" }).on("typing", () => undefined);
    let off = join();
    settle();
    server.link.accept();
    off();
    settle();
    server.link.refuse(server.link.sent[0]!, 4103, "rate_limited", { retryAfter: 1000 });
    clock.pass(1500);
    expect(server.link.frames("unsubscribe")).toHaveLength(2);
    server.link.obey();
    off = join();
    settle();
    off();
    settle();
    const [subscribe, unsubscribe] = server.link.sent;
    server.link.send({ type: "denied", ref: subscribe!.ref, channel: "chat/foo", error: { code: 4002, name: "denied", message: "no" } }).ack(unsubscribe!);
    join();
    settle();
    expect(server.link.frames("subscribe")).toHaveLength(2);
  });

  test("does not reconnect for a double mount", () => {
    const { client, server, settle } = harness();
    const mount = (): (() => void) => client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => undefined);
    mount()();
    const off = mount();
    settle();
    server.link.accept();
    off();
    const again = mount();
    settle();
    expect(server.links).toHaveLength(1);
    again();
    settle();
    expect(server.open).toHaveLength(0);
  });

  test("has a limit that is told where it is broken", () => {
    const { client, server, settle } = harness();
    const join = (at: number): (() => void) => client.channel("chat/{roomId}", { roomId: `r${at}` }).on("typing", () => undefined);
    const offs = Array.from({ length: 100 }, (_, at) => join(at));
    expect(() => join(100)).toThrow("at most 100 channels");
    join(0)();
    offs[5]?.();
    join(100);
    settle();
    expect(server.links.map(({ channels }) => channels.length)).toEqual([100]);
    expect(server.link.channels.map(({ name }) => name)).not.toContain("chat/r5");
  });
});
