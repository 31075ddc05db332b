// @vitest-environment happy-dom
import { act, type ReactNode, StrictMode, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bindReact } from "../src/react.js";
import { type Channels, contract } from "./generated/contract.js";
import type { FakeLink } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";
import { outcome } from "./room.js";

const { RealtimeProvider, useChannel, useMember, usePresence } = bindReact<Channels>();
const BAR = "chat/bar";
const member = (id: string, typing = false): object => ({ id, user: id, connections: 1, since: 1000, state: { name: id, typing } });

let parts: Harness;
let root: Root;
let box: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  parts = harness();
  box = document.createElement("div");
  root = createRoot(box);
});
afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

/** Renders in StrictMode, which mounts everything twice. */
function render(children: ReactNode): void {
  act(() =>
    root.render(
      <StrictMode>
        <RealtimeProvider client={parts.client}>{children}</RealtimeProvider>
      </StrictMode>,
    ),
  );
}

const play = (scene: (link: FakeLink) => unknown): void => act(() => void scene(parts.server.link));
const settle = (): void => act(() => parts.settle());
const roster = (number: number, ...members: object[]) => (link: FakeLink): FakeLink => link.send({ type: "presence", channel: BAR, number, members });
const states = (): unknown[] => parts.server.links.flatMap((link) => link.frames("presence")).map(({ channel, state }) => [channel, state]);

describe("usePresence", () => {
  function Room({ roomId, name, enabled = true }: { readonly roomId: string; readonly name?: string; readonly enabled?: boolean }): ReactNode {
    const { isKnown, members, memberIds, self, setPresence } = usePresence("chat/{roomId}", { roomId }, { enabled });
    useEffect(() => {
      if (name !== undefined) void setPresence({ name });
    }, [setPresence, name]);
    return `${isKnown ? "known" : "unknown"} ${members.length} ${memberIds.join()} ${self?.state.name ?? "-"}`;
  }

  test("shows who is there, and this client, in spite of the double mount", () => {
    render(<Room roomId="bar" name="ann" />);
    expect(box.textContent).toBe("unknown 0  -");
    settle();
    play((link) => link.welcome({ user: "ann" }).subscribed(BAR, "fresh", "c"));
    expect(states()).toEqual([[BAR, { name: "ann" }]]);
    play(roster(1, member("bob"), member("ann")));
    expect(box.textContent).toBe("known 2 ann,bob ann");
    play((link) => link.send({ type: "presence", channel: BAR, number: 2, left: ["bob"] }));
    expect(box.textContent).toBe("known 1 ann ann");
    settle();
    expect(states()).toEqual([[BAR, { name: "ann" }]]);
    expect(parts.server.links).toHaveLength(1);
  });

  test("leaves when it unmounts, and one room for another", () => {
    const answer = (): void => {
      for (const frame of parts.server.link.sent.filter(({ type }) => type === "presence").slice(answered)) {
        answered += 1;
        play((link) => link.ack(frame));
      }
    };
    let answered = 0;
    render(<Room roomId="bar" name="ann" />);
    settle();
    play((link) => link.welcome().subscribed(BAR, "fresh", "c"));
    answer();
    render(<Room roomId="foo" name="ann" />);
    answer();
    settle();
    answer();
    expect(states()).toEqual([[BAR, { name: "ann" }], ["chat/foo", { name: "ann" }], [BAR, null]]);
    render(null);
    settle();
    expect(states().at(-1)).toEqual(["chat/foo", null]);
    answer();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("waits while it is not enabled", () => {
    render(<Room roomId="bar" enabled={false} />);
    settle();
    expect(parts.server.links).toHaveLength(0);
    render(<Room roomId="bar" />);
    settle();
    play((link) => roster(1, member("bob"))(link.accept()));
    expect(box.textContent).toBe("known 1 bob -");
    render(<Room roomId="bar" enabled={false} />);
    expect(box.textContent).toBe("unknown 0  -");
    settle();
    expect(parts.server.open).toHaveLength(0);
  });
});

describe("useMember", () => {
  test("renders again for its member alone", () => {
    const renders = new Map<string, number>();
    function One({ id }: { readonly id: string }): ReactNode {
      const one = useMember("chat/{roomId}", { roomId: "bar" }, id);
      renders.set(id, (renders.get(id) ?? 0) + 1);
      return `${id} ${one === undefined ? "away" : one.state.typing === true ? "types" : "is here"}; `;
    }
    render(<><One id="ann" /><One id="bob" /></>);
    settle();
    play((link) => roster(1, member("ann"), member("bob"))(link.accept()));
    expect(box.textContent).toBe("ann is here; bob is here; ");
    const before = new Map(renders);
    play((link) => link.send({ type: "presence", channel: BAR, number: 2, changed: [member("bob", true)] }));
    expect(box.textContent).toBe("ann is here; bob types; ");
    expect(renders.get("ann")).toBe(before.get("ann"));
    expect(renders.get("bob")).toBeGreaterThan(before.get("bob") ?? 0);
    play((link) => link.send({ type: "presence", channel: BAR, number: 3, left: ["ann"] }));
    expect(box.textContent).toBe("ann away; bob types; ");
  });
});

test("what was queued for one room never reaches the next", async () => {
  let publish: ((text: string) => Promise<unknown>) | undefined;
  function Room({ roomId }: { readonly roomId: string }): ReactNode {
    const room = useChannel("chat/{roomId}", { roomId }, { "message.sent": () => undefined });
    publish = (text) => room.publish("message.sent", { author: "ann", text });
    return room.name;
  }
  render(<Room roomId="a" />);
  settle();
  play((link) => link.accept());
  play((link) => link.end());
  const queued = outcome(publish?.("for a") ?? Promise.resolve());
  render(<Room roomId="b" />);
  const next = outcome(publish?.("for b") ?? Promise.resolve());
  act(() => parts.clock.pass(1000));
  play((link) => link.accept());
  const sent = parts.server.link.frames("publish");
  expect(sent.map(({ channel, data }) => [channel, (data as { readonly text: string }).text])).toEqual([["chat/a", "for a"], ["chat/b", "for b"]]);
  for (const frame of sent) play((link) => link.ack(frame, { id: "x", number: 1, time: 1, stored: true }));
  expect(await Promise.all([queued, next])).toMatchObject([{ stored: true }, { stored: true }]);
  expect(contract.name).toBe("sample");
});
