import { createApp, defineComponent, h, nextTick, ref } from "vue";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bindVue } from "../src/vue.js";
import type { Channels } from "./generated/contract.js";
import { stage } from "./stage.js";

const { realtimePlugin, useMember, usePresence } = bindVue<Channels>();
const BAR = "chat/bar";
const member = (id: string, typing = false): object => ({ id, user: id, connections: 1, since: 1000, state: { name: id, typing } });

let parts: ReturnType<typeof stage>;
let box: HTMLElement;
let unmount: () => void = () => undefined;

beforeEach(() => {
  parts = stage();
  box = document.createElement("div");
});
afterEach(() => unmount());

function show(setup: () => () => unknown): void {
  const app = createApp(defineComponent({ setup: () => { const text = setup(); return () => text() as string; } }));
  app.use(realtimePlugin, parts.client).mount(box);
  unmount = () => app.unmount();
}

async function settle(): Promise<void> {
  await nextTick();
  parts.settle();
  await nextTick();
}

const change = async (frame: object): Promise<void> => {
  parts.server.link.send({ type: "presence", channel: BAR, ...frame });
  await nextTick();
};
const states = (): unknown[] => parts.server.links.flatMap((link) => link.frames("presence")).map(({ channel, state }) => [channel, state]);

describe("usePresence", () => {
  const text = (room: ReturnType<typeof usePresence<"chat/{roomId}">>): string =>
    `${room.isKnown ? "known" : "unknown"} ${room.members.length} ${room.memberIds.join()} ${room.self?.state.name ?? "-"}`;

  test("shows who is there, and this client", async () => {
    show(() => {
      const room = usePresence("chat/{roomId}", { roomId: "bar" });
      void room.setPresence({ name: "ann" });
      return () => text(room);
    });
    await nextTick();
    expect(box.textContent).toBe("unknown 0  -");
    await settle();
    parts.server.link.welcome({ user: "ann" }).subscribed(BAR, "fresh", "c");
    expect(states()).toEqual([[BAR, { name: "ann" }]]);
    await change({ number: 1, members: [member("bob"), member("ann")] });
    expect(box.textContent).toBe("known 2 ann,bob ann");
    await change({ number: 2, left: ["bob"] });
    expect(box.textContent).toBe("known 1 ann ann");
    expect(parts.server.links).toHaveLength(1);
  });

  test("leaves one room for another, and the last one when it unmounts", async () => {
    const roomId = ref("bar");
    let setPresence: ((state: { readonly name: string }) => Promise<void>) | undefined;
    show(() => {
      const room = usePresence("chat/{roomId}", () => ({ roomId: roomId.value }));
      ({ setPresence } = room);
      return () => text(room);
    });
    await nextTick();
    void setPresence?.({ name: "ann" });
    await settle();
    parts.server.link.welcome({ user: "ann" }).subscribed(BAR, "fresh", "c");
    await change({ number: 1, members: [member("ann")] });
    expect(box.textContent).toBe("known 1 ann ann");
    let answered = 0;
    const answer = (): void => {
      for (const frame of parts.server.link.frames("presence").slice(answered)) {
        answered += 1;
        parts.server.link.ack(frame);
      }
    };
    answer();
    roomId.value = "foo";
    await nextTick();
    expect(box.textContent).toBe("unknown 0  -");
    // The function that was handed out speaks of the room of the moment.
    void setPresence?.({ name: "ann" });
    answer();
    await settle();
    answer();
    expect(states()).toEqual([[BAR, { name: "ann" }], ["chat/foo", { name: "ann" }], [BAR, null]]);
    unmount();
    parts.settle();
    expect(states().at(-1)).toEqual(["chat/foo", null]);
    answer();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("waits while it is not enabled", async () => {
    const enabled = ref(false);
    show(() => {
      const room = usePresence("chat/{roomId}", { roomId: "bar" }, () => ({ enabled: enabled.value }));
      return () => text(room);
    });
    await settle();
    expect(parts.server.links).toHaveLength(0);
    enabled.value = true;
    await settle();
    parts.server.link.accept();
    await change({ number: 1, members: [member("bob")] });
    expect(box.textContent).toBe("known 1 bob -");
    enabled.value = false;
    await settle();
    expect(box.textContent).toBe("unknown 0  -");
    expect(parts.server.open).toHaveLength(0);
  });
});

test("useMember renders again for its member alone, and follows another one", async () => {
  const renders = new Map<string, number>();
  const followed = ref("bob");
  const One = defineComponent({
    props: { id: { type: String, required: true } },
    setup(props) {
      const one = useMember("chat/{roomId}", { roomId: "bar" }, () => props.id);
      return () => {
        renders.set(props.id, (renders.get(props.id) ?? 0) + 1);
        return `${props.id} ${one.member === undefined ? "away" : one.member.state.typing === true ? "types" : "is here"}; `;
      };
    },
  });
  show(() => () => [h(One, { id: "ann" }), h(One, { id: followed.value })]);
  await settle();
  parts.server.link.accept();
  await change({ number: 1, members: [member("ann"), member("bob")] });
  expect(box.textContent).toBe("ann is here; bob is here; ");
  const before = new Map(renders);
  await change({ number: 2, changed: [member("bob", true)] });
  expect(box.textContent).toBe("ann is here; bob types; ");
  expect(renders.get("ann")).toBe(before.get("ann"));
  expect(renders.get("bob")).toBeGreaterThan(before.get("bob") ?? 0);
  followed.value = "cid";
  await nextTick();
  expect(box.textContent).toBe("ann is here; cid away; ");
  await change({ number: 3, joined: [member("cid")], left: ["bob"] });
  expect(box.textContent).toBe("ann is here; cid is here; ");
  expect(renders.get("ann")).toBe(before.get("ann"));
});
