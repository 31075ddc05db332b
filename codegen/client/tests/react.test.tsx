// @vitest-environment happy-dom
import { act, type ReactNode, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bindReact, MissingProviderError } from "../src/react.js";
import { addressBuilder } from "../src/address.js";
import { type Channels, contract } from "./generated/contract.js";
import type { FakeLink } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";

const { RealtimeProvider, useChannel, useClient, useEvent, useRealtime, useStatus } = bindReact<Channels>();
const address = addressBuilder(contract);
const message = (text: string): object => ({ author: "ann", text });

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

/** Lets the server send something, and React render what follows. */
function play(scene: (link: FakeLink) => unknown): void {
  act(() => void scene(parts.server.link));
}

/** Counts how often a channel of the client is subscribed to from now on. */
function countSubscriptions(): () => number {
  let count = 0;
  const channel = parts.client.channel.bind(parts.client) as (...args: unknown[]) => { onAny: (...args: unknown[]) => () => void };
  vi.spyOn(parts.client, "channel").mockImplementation(((...args: unknown[]) => {
    const made = channel(...args);
    const onAny = made.onAny.bind(made);
    made.onAny = (...rest) => {
      count += 1;
      return onAny(...rest);
    };
    return made;
  }) as typeof parts.client.channel);
  return () => count;
}

function settle(): void {
  act(() => parts.settle());
}

describe("useChannel", () => {
  test("receives events once, in spite of the double mount, over one link", () => {
    const seen: string[] = [];
    function Room(): ReactNode {
      const { status, name } = useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(text), typing: () => seen.push("…") });
      return `${name} ${status}`;
    }
    render(<Room />);
    expect(box.textContent).toBe("chat/bar connecting");
    settle();
    expect(parts.server.links).toHaveLength(1);
    play((link) => link.accept().event("chat/bar", 1, "message.sent", message("one")).transient("chat/bar", "typing"));
    expect(seen).toEqual(["one", "…"]);
    expect(box.textContent).toBe("chat/bar connected");
  });

  test("uses the newest handlers without subscribing again", () => {
    const seen: string[] = [];
    function Room({ prefix }: { readonly prefix: string }): ReactNode {
      useChannel("chat/{roomId}", { roomId: "bar" }, { "message.sent": ({ text }) => seen.push(prefix + text) });
      return null;
    }
    const subscribed = countSubscriptions();
    render(<Room prefix="a" />);
    const before = subscribed();
    settle();
    play((link) => link.accept().event("chat/bar", 1, "message.sent", message("1")));
    render(<Room prefix="b" />);
    settle();
    play((link) => link.event("chat/bar", 2, "message.sent", message("2")));
    expect(seen).toEqual(["a1", "b2"]);
    expect(parts.server.links).toHaveLength(1);
    expect(subscribed()).toBe(before);
  });

  test("leaves the old channel when the parameters change, and the last one when it unmounts", () => {
    const seen: string[] = [];
    function Room({ roomId }: { readonly roomId: string }): ReactNode {
      useChannel("chat/{roomId}", { roomId }, { "message.sent": (_, { channel }) => seen.push(channel) });
      return null;
    }
    render(<Room roomId="bar" />);
    settle();
    play((link) => link.accept());
    render(<Room roomId="foo" />);
    play((link) => link.event("chat/bar", 1, "message.sent", message("1")));
    settle();
    expect(parts.server.link.sent.map(({ type, channel }) => [type, channel])).toEqual([["subscribe", "chat/foo"], ["unsubscribe", "chat/bar"]]);
    play((link) => link.obey().event("chat/foo", 1, "message.sent", message("1")));
    expect(seen).toEqual(["chat/foo"]);
    render(null);
    settle();
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("does not subscribe without handlers, or while it is not enabled", () => {
    function Room({ enabled }: { readonly enabled: boolean }): ReactNode {
      useChannel("chat/{roomId}", { roomId: "foo" });
      useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { enabled });
      return null;
    }
    render(<Room enabled={false} />);
    settle();
    expect(parts.server.links).toHaveLength(0);
    render(<Room enabled />);
    settle();
    expect(parts.server.link.channels.map(({ name }) => name)).toEqual(["chat/bar"]);
    render(<Room enabled={false} />);
    settle();
    expect(parts.server.open).toHaveLength(0);
  });

  test("continues after a cursor, and is told about gaps", () => {
    const gaps: string[] = [];
    function Room(): ReactNode {
      useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { after: "e.7", onGap: ({ reason }) => gaps.push(reason) });
      return null;
    }
    render(<Room />);
    settle();
    expect(parts.server.link.channels).toEqual([{ name: "chat/bar", cursor: "e.7" }]);
    play((link) => link.welcome().send({ type: "gap", channel: "chat/bar", reason: "trimmed", from: "e.7", cursor: "e.9" }));
    expect(gaps).toEqual(["trimmed"]);
  });

  test("takes a plain handler for a channel of one unnamed event", () => {
    const seen: number[] = [];
    function Counter(): ReactNode {
      useChannel("counter/{name}", { name: "visits" }, (count) => seen.push(count));
      return null;
    }
    render(<Counter />);
    settle();
    play((link) => link.accept().event("counter/visits", 1, "message", 5));
    expect(seen).toEqual([5]);
  });

  test("gives stable functions", () => {
    const functions = new Set<unknown>();
    function Room({ tick }: { readonly tick: number }): ReactNode {
      const { history, publish } = useChannel("chat/{roomId}", { roomId: "bar" });
      functions.add(history).add(publish);
      return tick;
    }
    render(<Room tick={1} />);
    const before = functions.size;
    render(<Room tick={2} />);
    expect(functions.size).toBe(before);
  });

  test("publishes without handlers, once in spite of the double mount", async () => {
    let publish: ((text: string) => Promise<unknown>) | undefined;
    function Room(): ReactNode {
      const room = useChannel("chat/{roomId}", { roomId: "bar" });
      publish = (text) => room.publish("message.sent", { author: "ann", text });
      return null;
    }
    render(<Room />);
    settle();
    expect(parts.server.links).toHaveLength(0);
    let published: Promise<unknown> | undefined;
    act(() => {
      published = publish?.("hi");
    });
    play((link) => link.welcome());
    expect(parts.server.link.frames("publish").map(({ data }) => data)).toEqual([message("hi")]);
    play((link) => link.ack(link.frames("publish")[0]!, { id: "e.1", number: 1, time: 1, stored: true }));
    expect(await published).toMatchObject({ number: 1 });
  });

  test("says that its channel is refused, and that it is not any longer", () => {
    function Room({ enabled }: { readonly enabled: boolean }): ReactNode {
      const { status, denied } = useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { enabled });
      return `${status} ${denied?.reason ?? ""}`;
    }
    function Toasts(): ReactNode {
      return useRealtime({ onData: () => undefined }).status;
    }
    render(<><Room enabled />|<Toasts /></>);
    settle();
    play((link) => link.welcome().subscribed("default", "fresh", "a").send({ type: "denied", channel: "chat/bar", error: { code: 4002, name: "denied", message: "no" } }));
    expect(box.textContent).toBe("denied denied|connected");
    render(<><Room enabled={false} />|<Toasts /></>);
    render(<><Room enabled />|<Toasts /></>);
    settle();
    play((link) => link.obey());
    expect(box.textContent).toBe("connected |connected");
  });

  test("begins with stored events", () => {
    function Room(): ReactNode {
      useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined }, { last: 20 });
      return null;
    }
    render(<Room />);
    settle();
    expect(parts.server.link.opening.map(({ last }) => last)).toEqual([20]);
  });
});

test("useEvent asks the server for its event alone, and uses the newest handler", () => {
  const seen: string[] = [];
  function Room({ prefix }: { readonly prefix: string }): ReactNode {
    useEvent("chat/{roomId}", { roomId: "bar" }, "message.sent", ({ text }) => seen.push(prefix + text));
    return null;
  }
  render(<Room prefix="a" />);
  settle();
  expect(parts.server.link.opening.map(({ events }) => events)).toEqual([["message.sent"]]);
  play((link) => link.accept().event("chat/bar", 1, "message.sent", message("1")));
  render(<Room prefix="b" />);
  settle();
  play((link) => link.event("chat/bar", 2, "message.sent", message("2")));
  expect(seen).toEqual(["a1", "b2"]);
  expect(parts.server.link.sent).toEqual([]);
});

describe("useRealtime", () => {
  test("subscribes to the default channel and hands out a union with ids", () => {
    const seen: unknown[] = [];
    function Toasts(): ReactNode {
      const { status } = useRealtime({ onData: ({ id, event, channel, data }) => seen.push([id, event, channel, data.text]) });
      return status;
    }
    render(<Toasts />);
    settle();
    play((link) => link.accept().event("default", 1, "notification.alert", { text: "x" }));
    expect(seen).toEqual([["default@1", "notification.alert", "default", "x"]]);
    expect(box.textContent).toBe("connected");
  });

  test("subscribes to several channels and narrows to events", () => {
    const seen: string[] = [];
    function Feed({ onlyTyping }: { readonly onlyTyping: boolean }): ReactNode {
      useRealtime({
        channels: ["default", address("chat/{roomId}", { roomId: "bar" })],
        events: onlyTyping ? ["typing"] : ["typing", "notification.alert"],
        onData: ({ event }) => seen.push(event),
      });
      return null;
    }
    const send = (number: number): void => play((link) => link.event("default", number, "notification.alert", { text: "x" }).event("chat/bar", number, "message.sent", message("x")).transient("chat/bar", "typing"));
    const subscribed = countSubscriptions();
    render(<Feed onlyTyping={false} />);
    const before = subscribed();
    settle();
    play((link) => link.accept());
    send(1);
    render(<Feed onlyTyping />);
    send(2);
    settle();
    expect(seen).toEqual(["notification.alert", "typing", "typing"]);
    expect(subscribed()).toBe(before);
    expect(parts.server.links).toHaveLength(1);
  });

  test("does not subscribe without a callback, or while it is not enabled", () => {
    function Feed(): ReactNode {
      useRealtime();
      useRealtime({ enabled: false, onData: () => undefined });
      return null;
    }
    render(<Feed />);
    settle();
    expect(parts.server.links).toHaveLength(0);
  });
});

describe("useStatus and useClient", () => {
  test("give what the provider was given, and render when the status changes", () => {
    let renders = 0;
    function Light(): ReactNode {
      renders += 1;
      const { status, reason } = useStatus();
      expect(useClient()).toBe(parts.client);
      return `${status} ${reason?.name ?? ""}`;
    }
    function Feed(): ReactNode {
      useRealtime({ onData: () => undefined });
      return null;
    }
    render(<><Light /><Feed /></>);
    settle();
    play((link) => link.accept());
    expect(box.textContent).toBe("connected ");
    const before = renders;
    play((link) => link.event("default", 1, "notification.alert", { text: "x" }).heartbeat());
    expect(renders).toBe(before);
    play((link) => link.send({ type: "error", error: { code: 4002, name: "denied", message: "no" } }));
    expect(box.textContent).toBe("closed denied");
  });

  test("without a provider say what to do", () => {
    function Lonely(): ReactNode {
      return useStatus().status;
    }
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const failure = (): unknown => {
      try {
        act(() => root.render(<Lonely />));
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const error = failure();
    expect(error).toBeInstanceOf(MissingProviderError);
    expect(String(error)).toContain("useStatus needs a client: put <RealtimeProvider client={createClient({ url })}>");
    vi.restoreAllMocks();
  });

  test("a new client takes over the subscriptions", () => {
    const seen: string[] = [];
    function Toasts(): ReactNode {
      useRealtime({ onData: ({ data }) => seen.push(data.text) });
      useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined });
      return null;
    }
    const first = parts;
    render(<Toasts />);
    settle();
    play((link) => link.accept());
    parts = harness();
    render(<Toasts />);
    settle();
    first.settle();
    expect(first.server.open).toHaveLength(0);
    play((link) => link.accept().event("default", 1, "notification.alert", { text: "new" }));
    expect(seen).toEqual(["new"]);
  });
});
