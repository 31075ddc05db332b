import { createComponent, createRoot, createSignal, type JSX } from "solid-js";
import { render } from "solid-js/web";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addressBuilder } from "../src/address.js";
import { bindSolid, MissingProviderError } from "../src/solid.js";
import { type Channels, contract } from "./generated/contract.js";
import { message, stage } from "./stage.js";

const { RealtimeProvider, useChannel, useClient, useEvent, useRealtime, useStatus } = bindSolid<Channels>();
const address = addressBuilder(contract);

let parts: ReturnType<typeof stage>;
let box: HTMLElement;
let unmount: () => void = () => undefined;

beforeEach(() => {
  parts = stage();
  box = document.createElement("div");
});
afterEach(() => unmount());

/** Mounts a component below a provider. It answers a function, which is what Solid makes of markup that changes. */
function show(component: () => () => JSX.Element): void {
  const { client } = parts;
  const props = { client, get children(): unknown { return createComponent(component as () => never, {}); } };
  unmount = render(() => createComponent(RealtimeProvider, props), box);
}

describe("useChannel", () => {
  test("receives events over one link, and shows the state of its channel", () => {
    const seen: string[] = [];
    show(() => {
      const room = useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(text), typing: () => seen.push("…") });
      return () => `${room.name} ${room.status}`;
    });
    expect(box.textContent).toBe("chat/bar connecting");
    parts.settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one")).transient("chat/bar", "typing");
    expect(seen).toEqual(["one", "…"]);
    expect(box.textContent).toBe("chat/bar connected");
    expect(parts.server.links).toHaveLength(1);
  });

  test("uses the newest handlers without subscribing again", () => {
    const seen: string[] = [];
    const [prefix, setPrefix] = createSignal("a");
    show(() => {
      const props = { get onMessage() { const now = prefix(); return ({ text }: { readonly text: string }) => void seen.push(now + text); } };
      useChannel("chat/{roomId}", { roomId: "bar" }, { get "message.sent"() { return props.onMessage; } });
      return () => null;
    });
    parts.settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("1"));
    const before = parts.subscribed();
    setPrefix("b");
    parts.settle();
    parts.server.link.event("chat/bar", 2, "message.sent", message("2"));
    expect(seen).toEqual(["a1", "b2"]);
    expect(parts.subscribed()).toBe(before);
  });

  test("follows accessors: leaves the old channel, pauses, and leaves the last one when it is disposed of", () => {
    const seen: string[] = [];
    const [roomId, setRoomId] = createSignal("bar");
    const [enabled, setEnabled] = createSignal(true);
    show(() => {
      const room = useChannel("chat/{roomId}", () => ({ roomId: roomId() }), { "message.sent": (_, { channel }) => seen.push(channel) }, () => ({ enabled: enabled() }));
      return () => room.name;
    });
    parts.settle();
    parts.server.link.accept();
    setRoomId("foo");
    expect(box.textContent).toBe("chat/foo");
    parts.settle();
    expect(parts.server.link.sent.map(({ type, channel }) => [type, channel])).toEqual([["subscribe", "chat/foo"], ["unsubscribe", "chat/bar"]]);
    parts.server.link.obey().event("chat/foo", 1, "message.sent", message("1"));
    expect(seen).toEqual(["chat/foo"]);
    setEnabled(false);
    parts.settle();
    expect(parts.server.open).toHaveLength(0);
    setEnabled(true);
    parts.settle();
    expect(parts.server.open).toHaveLength(1);
    unmount();
    parts.settle();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("does not subscribe without handlers; publishes all the same, on the channel of the moment", async () => {
    const [params, setParams] = createSignal({ roomId: "bar" });
    let publish: ((event: "typing") => Promise<unknown>) | undefined;
    show(() => {
      const room = useChannel("chat/{roomId}", params);
      ({ publish } = room);
      return () => room.name;
    });
    parts.settle();
    expect(parts.server.links).toHaveLength(0);
    setParams({ roomId: "foo" });
    const published = publish?.("typing");
    parts.server.link.welcome();
    const [frame] = parts.server.link.frames("publish");
    expect(frame).toMatchObject({ channel: "chat/foo", event: "typing" });
    parts.server.link.ack(frame!, { id: null, number: null, time: 1, stored: false });
    expect(await published).toMatchObject({ stored: false });
  });

  test("continues after a cursor, is told about gaps, and says that its channel is refused", () => {
    const gaps: string[] = [];
    show(() => {
      const room = useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { after: "e.7", onGap: ({ reason }) => gaps.push(reason) });
      useRealtime({ onData: () => undefined });
      return () => `${room.status} ${room.denied?.reason ?? ""}`;
    });
    parts.settle();
    expect(parts.server.link.channels.find(({ name }) => name === "chat/bar")).toEqual({ name: "chat/bar", cursor: "e.7" });
    parts.server.link.welcome().subscribed("default", "fresh", "a").send({ type: "gap", channel: "chat/bar", reason: "trimmed", from: "e.7", cursor: "e.9" });
    expect(gaps).toEqual(["trimmed"]);
    parts.server.link.send({ type: "denied", channel: "chat/bar", error: { code: 4002, name: "denied", message: "no" } });
    expect(box.textContent).toBe("denied denied");
  });

  test("keeps the connection when everything is rendered anew, as in hot reload", () => {
    const seen: string[] = [];
    const room = (): (() => null) => {
      useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(text) });
      return () => null;
    };
    show(room);
    parts.settle();
    parts.server.link.accept();
    unmount();
    show(room);
    parts.settle();
    parts.server.link.event("chat/bar", 1, "message.sent", message("one"));
    expect(seen).toEqual(["one"]);
    expect(parts.server.links).toHaveLength(1);
    expect(parts.server.link.sent).toEqual([]);
  });
});

test("useEvent asks the server for its event alone", () => {
  const seen: string[] = [];
  show(() => {
    useEvent("chat/{roomId}", { roomId: "bar" }, "message.sent", ({ text }) => seen.push(text));
    return () => null;
  });
  parts.settle();
  expect(parts.server.link.opening.map(({ events }) => events)).toEqual([["message.sent"]]);
  parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one"));
  expect(seen).toEqual(["one"]);
});

test("useRealtime subscribes to several channels, hands out a union with ids, and narrows", () => {
  const seen: unknown[] = [];
  const [narrow, setNarrow] = createSignal(false);
  show(() => {
    const state = useRealtime(() => ({
      channels: ["default", address("chat/{roomId}", { roomId: "bar" })],
      events: narrow() ? (["typing"] as const) : (["typing", "notification.alert"] as const),
      onData: ({ id, event }) => seen.push([id, event]),
    }));
    return () => state.status;
  });
  parts.settle();
  const send = (number: number): unknown => parts.server.link.event("default", number, "notification.alert", { text: "x" }).transient("chat/bar", "typing");
  parts.server.link.accept();
  send(1);
  const before = parts.subscribed();
  setNarrow(true);
  parts.settle();
  send(2);
  expect(seen).toEqual([["default@1", "notification.alert"], [null, "typing"], [null, "typing"]]);
  expect(parts.subscribed()).toBe(before);
  expect(box.textContent).toBe("connected");
});

test("useStatus and useClient give what the provider was given", () => {
  show(() => {
    const state = useStatus();
    expect(useClient()).toBe(parts.client);
    return () => `${state.status} ${state.reason?.name ?? ""}`;
  });
  expect(box.textContent).toBe("connecting idle");
  parts.client.close();
  expect(box.textContent).toBe("closed client_closed");
});

test("without a provider they say what to do", () => {
  expect(() => createRoot(() => useStatus())).toThrow(MissingProviderError);
  expect(() => createRoot(() => useStatus())).toThrow("useStatus needs a client: put <RealtimeProvider");
});
