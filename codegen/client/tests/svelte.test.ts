import { flushSync, mount, unmount } from "svelte";
import { writable } from "svelte/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addressBuilder } from "../src/address.js";
import { MissingProviderError } from "../src/svelte.js";
import { contract } from "./generated/contract.js";
import { message, stage } from "./stage.js";
import Bare from "./svelte/Bare.svelte";
import { factory } from "./svelte/bound.js";
import { changing } from "./svelte/changing.svelte.js";
import Feed from "./svelte/Feed.svelte";
import Light from "./svelte/Light.svelte";
import Presence from "./svelte/Presence.svelte";
import Provider from "./svelte/Provider.svelte";
import Room from "./svelte/Room.svelte";
import Stores from "./svelte/Stores.svelte";

const address = addressBuilder(contract);

let parts: ReturnType<typeof stage>;
let box: HTMLElement;
let leave: () => void = () => undefined;

beforeEach(() => {
  parts = stage();
  box = document.createElement("div");
});
afterEach(() => leave());

/** Mounts a component below one that provides the client. The properties that it answers can be changed. */
function show<Props extends object>(child: unknown, props: Props, more: object = {}): Props & { version: number } {
  const state = changing({ version: 0, ...props });
  const outer = changing({ given: parts.client, child, props: state, get version() { return state.version; }, ...more });
  const mounted = mount(Provider, { target: box, props: outer });
  flushSync();
  leave = () => {
    leave = () => undefined;
    void unmount(mounted);
    flushSync();
  };
  return state;
}

const text = (): string => {
  flushSync();
  return (box.textContent ?? "").trim();
};

function settle(): void {
  flushSync();
  parts.settle();
  flushSync();
}

describe("createChannel", () => {
  test("receives events over one link, and shows the state of its channel as an object and as a store", () => {
    const seen: string[] = [];
    show(Room, { handlers: { "message.sent": (data: { readonly text: string }) => seen.push(data.text), typing: () => seen.push("…") } });
    expect(text()).toBe("chat/bar connecting connecting CONNECTING");
    settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one")).transient("chat/bar", "typing");
    expect(seen).toEqual(["one", "…"]);
    expect(text()).toBe("chat/bar connected connected CONNECTED");
    expect(parts.server.links).toHaveLength(1);
  });

  test("uses the newest handlers without subscribing again", () => {
    const seen: string[] = [];
    const handlers = { "message.sent": (data: { readonly text: string }) => void seen.push(`a${data.text}`) };
    const state = show(Room, { handlers });
    settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("1"));
    const before = parts.subscribed();
    state.handlers["message.sent"] = (data) => void seen.push(`b${data.text}`);
    settle();
    parts.server.link.event("chat/bar", 2, "message.sent", message("2"));
    expect(seen).toEqual(["a1", "b2"]);
    expect(parts.subscribed()).toBe(before);
  });

  test("follows state: leaves the old channel, pauses, and leaves the last one when it is destroyed", () => {
    const seen: string[] = [];
    const state = show(Room, { roomId: "bar", options: { enabled: true }, handlers: { "message.sent": (_: unknown, { channel }: { readonly channel: string }) => seen.push(channel) } });
    settle();
    parts.server.link.accept();
    const before = parts.subscribed();
    state.options = { enabled: true };
    settle();
    expect(parts.subscribed()).toBe(before);
    state.roomId = "foo";
    expect(text()).toMatch(/^chat\/foo /);
    settle();
    expect(parts.server.link.sent.map(({ type, channel }) => [type, channel])).toEqual([["subscribe", "chat/foo"], ["unsubscribe", "chat/bar"]]);
    parts.server.link.obey().event("chat/foo", 1, "message.sent", message("1"));
    expect(seen).toEqual(["chat/foo"]);
    state.options.enabled = false;
    settle();
    expect(parts.server.open).toHaveLength(0);
    state.options.enabled = true;
    settle();
    expect(parts.server.open).toHaveLength(1);
    leave();
    parts.settle();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("takes stores, and is one, in a component without runes", () => {
    const seen: string[] = [];
    const [params, options] = [writable({ roomId: "bar" }), writable({ enabled: true })];
    show(Stores, { params, options, handlers: { typing: (_: unknown, { channel }: { readonly channel: string }) => seen.push(channel) } });
    expect(text()).toBe("chat/bar connecting connecting idle");
    settle();
    parts.server.link.accept().transient("chat/bar", "typing");
    expect(text()).toBe("chat/bar connected connected");
    params.set({ roomId: "foo" });
    expect(text()).toBe("chat/foo connected connected");
    settle();
    parts.server.link.obey().transient("chat/foo", "typing");
    expect(seen).toEqual(["chat/bar", "chat/foo"]);
    options.set({ enabled: false });
    settle();
    expect(parts.server.open).toHaveLength(0);
  });

  test("does not subscribe without handlers; publishes all the same, on the channel of the moment", async () => {
    let publish: ((event: string) => Promise<unknown>) | undefined;
    const state = show(Room, { roomId: "bar", taken: (given: typeof publish) => { publish = given; } });
    settle();
    expect(parts.server.links).toHaveLength(0);
    state.roomId = "foo";
    flushSync();
    const published = publish?.("typing");
    parts.server.link.welcome();
    const [frame] = parts.server.link.frames("publish");
    expect(frame).toMatchObject({ channel: "chat/foo", event: "typing" });
    parts.server.link.ack(frame!, { id: null, number: null, time: 1, stored: false });
    expect(await published).toMatchObject({ stored: false });
  });

  test("continues after a cursor, is told about gaps, and says that its channel is refused", () => {
    const gaps: string[] = [];
    show(Room, { handlers: { typing: () => undefined }, options: { after: "e.7", onGap: ({ reason }: { readonly reason: string }) => gaps.push(reason) } });
    parts.client.on("notification.alert", () => undefined);
    settle();
    expect(parts.server.link.channels).toEqual([{ name: "chat/bar", cursor: "e.7" }]);
    parts.server.link.welcome().subscribed("default", "fresh", "a").send({ type: "gap", channel: "chat/bar", reason: "trimmed", from: "e.7", cursor: "e.9" });
    expect(gaps).toEqual(["trimmed"]);
    parts.server.link.send({ type: "denied", channel: "chat/bar", error: { code: 4002, name: "denied", message: "no" } });
    expect(text()).toBe("chat/bar denied denied DENIED denied");
  });

  test("keeps the connection when its component is replaced, as in hot reload", () => {
    const seen: string[] = [];
    const state = show(Room, { handlers: { "message.sent": (data: { readonly text: string }) => seen.push(data.text) } });
    settle();
    parts.server.link.accept();
    const before = parts.subscribed();
    state.version = 1;
    settle();
    expect(parts.subscribed()).toBe(before + 1);
    parts.server.link.event("chat/bar", 1, "message.sent", message("one"));
    expect(seen).toEqual(["one"]);
    expect(parts.server.links).toHaveLength(1);
    expect(parts.server.link.sent).toEqual([]);
  });
});

test("onEvent asks the server for its event alone", () => {
  const seen: string[] = [];
  show(Feed, { event: "message.sent", onMessage: (data: { readonly text: string }) => seen.push(data.text) });
  settle();
  expect(parts.server.link.opening.map(({ name, events }) => [name, events])).toEqual([["chat/bar", ["message.sent"]]]);
  parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one"));
  expect(seen).toEqual(["one"]);
});

test("createRealtime subscribes to several channels, hands out a union with ids, and narrows", () => {
  const seen: unknown[] = [];
  const common = {
    channels: ["default", address("chat/{roomId}", { roomId: "bar" })],
    onData: ({ id, event }: { readonly id: string | null; readonly event: string }) => seen.push([id, event]),
  };
  const state = show(Feed, { options: { ...common, events: ["typing", "notification.alert"] } });
  settle();
  const send = (number: number): unknown => parts.server.link.event("default", number, "notification.alert", { text: "x" }).transient("chat/bar", "typing");
  parts.server.link.accept();
  send(1);
  const before = parts.subscribed();
  state.options = { ...common, events: ["typing"] };
  settle();
  send(2);
  expect(seen).toEqual([["default@1", "notification.alert"], [null, "typing"], [null, "typing"]]);
  expect(parts.subscribed()).toBe(before);
  expect(text()).toBe("connected");
});

describe("provideRealtime", () => {
  test("gives a client that was made elsewhere to those below, and does not close it", () => {
    let taken: unknown;
    show(Light, { taken: (client: unknown) => { taken = client; } });
    expect(taken).toBe(parts.client);
    expect(text()).toBe("connecting idle");
    leave();
    expect(parts.client.status.get().status).toBe("connecting");
  });

  test("makes a client of options, returns it, and closes it when its component is destroyed", () => {
    let provided: unknown;
    const asked: unknown[] = [];
    factory.make = (options) => {
      asked.push(options);
      return parts.client;
    };
    show(Light, {}, { given: { url: "/realtime" }, provided: (client: unknown) => { provided = client; } });
    expect(asked).toMatchObject([{ url: "/realtime" }]);
    expect(provided).toBe(parts.client);
    leave();
    expect(parts.client.status.get().status).toBe("closed");
  });

  test("is what the others ask for where it is missing", () => {
    expect(() => mount(Bare, { target: box })).toThrow(MissingProviderError);
    expect(() => mount(Bare, { target: box })).toThrow("createStatus needs a client: call `provideRealtime({ url })`");
    expect(() => mount(Light, { target: box })).toThrow("getRealtimeContext needs a client");
  });
});

describe("createPresence and createMember", () => {
  test("show who is there, one of them, and this client until it goes", () => {
    let set: (state: { readonly name: string }) => Promise<void> = () => Promise.resolve();
    const member = (id: string, typing = false): object => ({ id, user: id, connections: 1, since: 1, state: { name: id, typing } });
    const props = show(Presence, { roomId: "bar", id: "bob", taken: (given: typeof set) => (set = given) });
    expect(text()).toBe("unknown  0 still");
    settle();
    parts.server.link.accept().send({ type: "presence", channel: "chat/bar", number: 1, members: [member("ann"), member("bob")] });
    expect(text()).toBe("known ann,bob 2 still");
    parts.server.link.send({ type: "presence", channel: "chat/bar", number: 2, changed: [member("bob", true)] });
    expect(text()).toBe("known ann,bob 2 types");
    props.id = "ann";
    expect(text()).toBe("known ann,bob 2 still");
    void set({ name: "Cid" });
    const [frame] = parts.server.link.frames("presence");
    expect(frame).toMatchObject({ channel: "chat/bar", state: { name: "Cid" } });
    if (frame !== undefined) parts.server.link.ack(frame);
    leave();
    settle();
    expect(parts.server.link.frames("presence").at(-1)).toMatchObject({ channel: "chat/bar", state: null });
  });
});
