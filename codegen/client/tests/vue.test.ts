import { createApp, defineComponent, h, nextTick, onErrorCaptured, reactive, ref, shallowRef, toRefs } from "vue";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { addressBuilder } from "../src/address.js";
import { bindVue, MissingProviderError } from "../src/vue.js";
import { type Channels, contract } from "./generated/contract.js";
import { message, stage } from "./stage.js";

const { provideRealtime, realtimePlugin, useChannel, useClient, useEvent, useRealtime, useStatus } = bindVue<Channels>();
const address = addressBuilder(contract);

let parts: ReturnType<typeof stage>;
let box: HTMLElement;
let unmount: () => void = () => undefined;

beforeEach(() => {
  parts = stage();
  box = document.createElement("div");
});
afterEach(() => unmount());

/** Mounts a component whose text is what `setup` answers. */
function show(setup: () => () => string): void {
  const app = createApp(defineComponent({ setup: () => { const text = setup(); return () => text(); } }));
  app.use(realtimePlugin, parts.client).mount(box);
  unmount = () => app.unmount();
}

async function settle(): Promise<void> {
  await nextTick();
  parts.settle();
  await nextTick();
}

describe("useChannel", () => {
  test("receives events over one link, and shows the state of its channel", async () => {
    const seen: string[] = [];
    show(() => {
      const room = useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(text), typing: () => seen.push("…") });
      const { status } = toRefs(room);
      return () => `${room.name} ${room.status} ${status.value}`;
    });
    await nextTick();
    expect(box.textContent).toBe("chat/bar connecting connecting");
    await settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one")).transient("chat/bar", "typing");
    await nextTick();
    expect(seen).toEqual(["one", "…"]);
    expect(box.textContent).toBe("chat/bar connected connected");
    expect(parts.server.links).toHaveLength(1);
  });

  test("uses the newest handlers without subscribing again", async () => {
    const seen: string[] = [];
    const handlers = reactive({ "message.sent": ({ text }: { readonly text: string }) => void seen.push(`a${text}`) });
    show(() => {
      useChannel("chat/{roomId}", { roomId: "bar" }, handlers);
      return () => "";
    });
    await settle();
    parts.server.link.accept().event("chat/bar", 1, "message.sent", message("1"));
    const before = parts.subscribed();
    handlers["message.sent"] = ({ text }) => void seen.push(`b${text}`);
    await settle();
    parts.server.link.event("chat/bar", 2, "message.sent", message("2"));
    expect(seen).toEqual(["a1", "b2"]);
    expect(parts.subscribed()).toBe(before);
  });

  test("follows refs and functions: leaves the old channel, pauses, and leaves the last one when it unmounts", async () => {
    const seen: string[] = [];
    const roomId = ref("bar");
    const enabled = ref(true);
    show(() => {
      const room = useChannel("chat/{roomId}", () => ({ roomId: roomId.value }), { "message.sent": (_, { channel }) => seen.push(channel) }, () => ({ enabled: enabled.value }));
      return () => room.name;
    });
    await settle();
    parts.server.link.accept();
    const before = parts.subscribed();
    roomId.value = "bar";
    await settle();
    expect(parts.subscribed()).toBe(before);
    roomId.value = "foo";
    await nextTick();
    expect(box.textContent).toBe("chat/foo");
    await settle();
    expect(parts.server.link.sent.map(({ type, channel }) => [type, channel])).toEqual([["subscribe", "chat/foo"], ["unsubscribe", "chat/bar"]]);
    parts.server.link.obey().event("chat/foo", 1, "message.sent", message("1"));
    expect(seen).toEqual(["chat/foo"]);
    enabled.value = false;
    await settle();
    expect(parts.server.open).toHaveLength(0);
    enabled.value = true;
    await settle();
    expect(parts.server.open).toHaveLength(1);
    unmount();
    parts.settle();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("does not subscribe without handlers; publishes all the same, on the channel of the moment", async () => {
    const params = shallowRef({ roomId: "bar" });
    let publish: ((event: "typing") => Promise<unknown>) | undefined;
    show(() => {
      const room = useChannel("chat/{roomId}", params);
      ({ publish } = room);
      return () => room.name;
    });
    await settle();
    expect(parts.server.links).toHaveLength(0);
    params.value = { roomId: "foo" };
    await nextTick();
    const published = publish?.("typing");
    parts.server.link.welcome();
    const [frame] = parts.server.link.frames("publish");
    expect(frame).toMatchObject({ channel: "chat/foo", event: "typing" });
    parts.server.link.ack(frame!, { id: null, number: null, time: 1, stored: false });
    expect(await published).toMatchObject({ stored: false });
  });

  test("continues after a cursor, is told about gaps, and says that its channel is refused", async () => {
    const gaps: string[] = [];
    show(() => {
      const room = useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { after: "e.7", onGap: ({ reason }) => gaps.push(reason) });
      useRealtime({ onData: () => undefined });
      return () => `${room.status} ${room.denied?.reason ?? ""}`;
    });
    await settle();
    expect(parts.server.link.channels.find(({ name }) => name === "chat/bar")).toEqual({ name: "chat/bar", cursor: "e.7" });
    parts.server.link.welcome().subscribed("default", "fresh", "a").send({ type: "gap", channel: "chat/bar", reason: "trimmed", from: "e.7", cursor: "e.9" });
    expect(gaps).toEqual(["trimmed"]);
    parts.server.link.send({ type: "denied", channel: "chat/bar", error: { code: 4002, name: "denied", message: "no" } });
    await nextTick();
    expect(box.textContent).toBe("denied denied");
  });

  test("keeps the connection when its component is replaced, as in hot reload", async () => {
    const seen: string[] = [];
    const version = ref(1);
    const Room = defineComponent({ props: ["version"], setup: () => { useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(text) }); return () => null; } });
    const app = createApp(defineComponent(() => { provideRealtime(parts.client); return () => h(Room, { key: version.value }); }));
    app.mount(box);
    unmount = () => app.unmount();
    await settle();
    parts.server.link.accept();
    version.value = 2;
    await settle();
    parts.server.link.event("chat/bar", 1, "message.sent", message("one"));
    expect(seen).toEqual(["one"]);
    expect(parts.server.links).toHaveLength(1);
    expect(parts.server.link.sent).toEqual([]);
  });
});

test("useEvent asks the server for its event alone", async () => {
  const seen: string[] = [];
  show(() => {
    useEvent("chat/{roomId}", { roomId: "bar" }, "message.sent", ({ text }) => seen.push(text));
    return () => "";
  });
  await settle();
  expect(parts.server.link.opening.map(({ events }) => events)).toEqual([["message.sent"]]);
  parts.server.link.accept().event("chat/bar", 1, "message.sent", message("one"));
  expect(seen).toEqual(["one"]);
});

test("useRealtime subscribes to several channels, hands out a union with ids, and narrows", async () => {
  const seen: unknown[] = [];
  const narrow = ref(false);
  show(() => {
    const state = useRealtime(() => ({
      channels: ["default", address("chat/{roomId}", { roomId: "bar" })],
      events: narrow.value ? (["typing"] as const) : (["typing", "notification.alert"] as const),
      onData: ({ id, event }) => seen.push([id, event]),
    }));
    return () => state.status;
  });
  await settle();
  const send = (number: number): unknown => parts.server.link.event("default", number, "notification.alert", { text: "x" }).transient("chat/bar", "typing");
  parts.server.link.accept();
  send(1);
  const before = parts.subscribed();
  narrow.value = true;
  await settle();
  send(2);
  expect(seen).toEqual([["default@1", "notification.alert"], [null, "typing"], [null, "typing"]]);
  expect(parts.subscribed()).toBe(before);
  expect(box.textContent).toBe("connected");
});

test("useStatus and useClient give what the application was given", async () => {
  show(() => {
    const state = useStatus();
    expect(useClient()).toBe(parts.client);
    return () => `${state.status} ${state.reason?.name ?? ""}`;
  });
  await nextTick();
  expect(box.textContent).toBe("connecting idle");
  parts.client.close();
  await nextTick();
  expect(box.textContent).toBe("closed client_closed");
});

test("without a client they say what to do", () => {
  let error: unknown;
  const Lonely = defineComponent({ setup: () => { useStatus(); return () => null; } });
  const warning = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const app = createApp(defineComponent(() => { onErrorCaptured((thrown) => { error = thrown; return false; }); return () => h(Lonely); }));
  app.mount(box);
  app.unmount();
  warning.mockRestore();
  expect(error).toBeInstanceOf(MissingProviderError);
  expect(String(error)).toContain("useStatus needs a client: `app.use(realtimePlugin");
});
