import { createComponent, createEffect, createSignal, type JSX } from "solid-js";
import { render } from "solid-js/web";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bindSolid } from "../src/solid.js";
import type { Channels } from "./generated/contract.js";
import { stage } from "./stage.js";

const { RealtimeProvider, useMember, usePresence } = bindSolid<Channels>();
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

/** Mounts a component below a provider. It answers a function, which is what Solid makes of markup that changes. */
function show(component: () => () => JSX.Element): void {
  const { client } = parts;
  const props = { client, get children(): unknown { return createComponent(component as () => never, {}); } };
  unmount = render(() => createComponent(RealtimeProvider, props), box);
}

const change = (frame: object): unknown => parts.server.link.send({ type: "presence", channel: BAR, ...frame });
const states = (): unknown[] => parts.server.links.flatMap((link) => link.frames("presence")).map(({ channel, state }) => [channel, state]);

describe("usePresence", () => {
  const text = (room: ReturnType<typeof usePresence<"chat/{roomId}">>): string =>
    `${room.isKnown ? "known" : "unknown"} ${room.members.length} ${room.memberIds.join()} ${room.self?.state.name ?? "-"}`;

  test("shows who is there, and this client", () => {
    show(() => {
      const room = usePresence("chat/{roomId}", { roomId: "bar" });
      void room.setPresence({ name: "ann" });
      return () => text(room);
    });
    expect(box.textContent).toBe("unknown 0  -");
    parts.settle();
    parts.server.link.welcome({ user: "ann" }).subscribed(BAR, "fresh", "c");
    expect(states()).toEqual([[BAR, { name: "ann" }]]);
    change({ number: 1, members: [member("bob"), member("ann")] });
    expect(box.textContent).toBe("known 2 ann,bob ann");
    change({ number: 2, left: ["bob"] });
    expect(box.textContent).toBe("known 1 ann ann");
    expect(parts.server.links).toHaveLength(1);
  });

  test("leaves one room for another, and the last one when it is disposed of", () => {
    const [roomId, setRoomId] = createSignal("bar");
    let setPresence: ((state: { readonly name: string }) => Promise<void>) | undefined;
    show(() => {
      const room = usePresence("chat/{roomId}", () => ({ roomId: roomId() }));
      ({ setPresence } = room);
      return () => text(room);
    });
    void setPresence?.({ name: "ann" });
    parts.settle();
    parts.server.link.welcome({ user: "ann" }).subscribed(BAR, "fresh", "c");
    change({ number: 1, members: [member("ann")] });
    expect(box.textContent).toBe("known 1 ann ann");
    let answered = 0;
    const answer = (): void => {
      for (const frame of parts.server.link.frames("presence").slice(answered)) {
        answered += 1;
        parts.server.link.ack(frame);
      }
    };
    answer();
    setRoomId("foo");
    expect(box.textContent).toBe("unknown 0  -");
    // The function that was handed out speaks of the room of the moment.
    void setPresence?.({ name: "ann" });
    answer();
    parts.settle();
    answer();
    expect(states()).toEqual([[BAR, { name: "ann" }], ["chat/foo", { name: "ann" }], [BAR, null]]);
    unmount();
    parts.settle();
    expect(states().at(-1)).toEqual(["chat/foo", null]);
    answer();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("waits while it is not enabled", () => {
    const [enabled, setEnabled] = createSignal(false);
    show(() => {
      const room = usePresence("chat/{roomId}", { roomId: "bar" }, () => ({ enabled: enabled() }));
      return () => text(room);
    });
    parts.settle();
    expect(parts.server.links).toHaveLength(0);
    setEnabled(true);
    parts.settle();
    parts.server.link.accept();
    change({ number: 1, members: [member("bob")] });
    expect(box.textContent).toBe("known 1 bob -");
    setEnabled(false);
    expect(box.textContent).toBe("unknown 0  -");
    parts.settle();
    expect(parts.server.open).toHaveLength(0);
  });
});

test("useMember renders again for its member alone, and follows another one", () => {
  const told: string[] = [];
  const [followed, setFollowed] = createSignal("bob");
  show(() => {
    const [ann, other] = [useMember("chat/{roomId}", { roomId: "bar" }, "ann"), useMember("chat/{roomId}", { roomId: "bar" }, followed)];
    const say = (id: string, one: typeof ann): string => `${id} ${one.member === undefined ? "away" : one.member.state.typing === true ? "types" : "is here"}; `;
    createEffect(() => told.push(say("ann", ann)));
    return () => say("ann", ann) + say(followed(), other);
  });
  parts.settle();
  parts.server.link.accept();
  change({ number: 1, members: [member("ann"), member("bob")] });
  expect(box.textContent).toBe("ann is here; bob is here; ");
  const before = told.length;
  change({ number: 2, changed: [member("bob", true)] });
  expect(box.textContent).toBe("ann is here; bob types; ");
  setFollowed("cid");
  expect(box.textContent).toBe("ann is here; cid away; ");
  change({ number: 3, joined: [member("cid")], left: ["bob"] });
  expect(box.textContent).toBe("ann is here; cid is here; ");
  expect(told).toHaveLength(before);
  change({ number: 4, changed: [member("ann", true)] });
  expect(told.slice(before)).toEqual(["ann types; "]);
});
