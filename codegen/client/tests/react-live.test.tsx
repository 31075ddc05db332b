// @vitest-environment happy-dom
import { act, type ReactNode, StrictMode, Suspense } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bindReactLive } from "../src/live/react.js";
import { bindReact } from "../src/react.js";
import type { Channels, ConnectionTypes } from "./generated/contract.js";
import type { FakeLink, SentFrame } from "./fake-server.js";
import { type Harness, harness } from "./harness.js";

const bindings = bindReact<Channels, ConnectionTypes>();
const { RealtimeProvider } = bindings;
const useLive = bindReactLive<Channels, ConnectionTypes>(bindings);
const ids = { a: "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10", b: "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a11" };
type Id = keyof typeof ids;

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

const page = (children: ReactNode): ReactNode => (
  <StrictMode>
    <RealtimeProvider client={parts.client}>{children}</RealtimeProvider>
  </StrictMode>
);

/** Renders in StrictMode, which mounts everything twice. */
const render = (children: ReactNode): void => act(() => root.render(page(children)));
const play = (scene: (link: FakeLink) => unknown): void => act(() => void scene(parts.server.link));
const pass = (milliseconds = 20): void => act(() => parts.clock.pass(milliseconds));
const asked = (): readonly SentFrame[] => parts.server.link.frames("live");
const value = (key: string, version: string, ...titles: string[]) => (link: FakeLink): FakeLink =>
  link.send({ type: "live", key, version, data: titles.map((title, at) => ({ cardId: String(at), title })) });

/** Takes every query that was not taken yet, under the name of its board. */
function take(): void {
  for (const frame of asked()) {
    if (frame["query"] === undefined || taken.has(frame)) continue;
    taken.add(frame);
    const id = (Object.keys(ids) as Id[]).find((each) => frame["channel"] === `board/${ids[each]}`);
    play((link) => link.ack(frame, { key: `key-${id}` }));
  }
}
const taken = new WeakSet<SentFrame>();

/** What a component shows, render by render. */
let shown: string[];
function Board({ id, enabled = true, fallback }: { readonly id: Id; readonly enabled?: boolean; readonly fallback?: boolean }): ReactNode {
  const { data, status, error } = useLive("boardCards", { boardId: ids[id] }, { enabled, ...(fallback === true ? { fallback: [{ cardId: "0", title: "rendered" }] } : {}) });
  const text = `${id}: ${data?.map(({ title }) => title).join() ?? "-"} ${status}${error === undefined ? "" : ` ${error.message}`}`;
  shown.push(text);
  return text;
}
beforeEach(() => {
  shown = [];
});

describe("useLive", () => {
  test("shows the newest value, and asks once in spite of the double mount", () => {
    render(<Board id="a" />);
    expect(box.textContent).toBe("a: - connecting");
    pass();
    play((link) => link.welcome());
    take();
    play(value("key-a", "1", "one"));
    expect(box.textContent).toBe("a: one open");
    play(value("key-a", "2", "one", "two"));
    expect(box.textContent).toBe("a: one,two open");
    play((link) => link.send({ type: "live", key: "key-a", error: { code: 4107, name: "live_failed", message: "failed" } }));
    expect(box.textContent).toBe("a: one,two error failed");
    expect(asked()).toHaveLength(1);
    expect(parts.server.links).toHaveLength(1);
  });

  test("shows nothing of one key under another, not even for one render", () => {
    render(<Board id="a" />);
    pass();
    play((link) => link.welcome());
    take();
    play(value("key-a", "1", "of a"));
    shown = [];
    render(<Board id="b" />);
    pass();
    take();
    expect(box.textContent).toBe("b: - connecting");
    play(value("key-a", "2", "still of a"));
    play(value("key-b", "1", "of b"));
    expect(box.textContent).toBe("b: of b open");
    expect(shown.filter((text) => text.startsWith("b") && text.includes("of a"))).toEqual([]);
    // Back within the grace: at once as it is, and the server is not asked.
    render(<Board id="a" />);
    expect(box.textContent).toBe("a: still of a open");
    pass(10_000);
    expect(asked().map(({ key, end }) => [key, end])).toEqual([[undefined, undefined], [undefined, undefined], ["key-b", true]]);
  });

  test("stays as it is over a navigation inside a layout", () => {
    render(<main key="1"><Board id="a" /></main>);
    pass();
    play((link) => link.welcome());
    take();
    play(value("key-a", "1", "one"));
    shown = [];
    render(<section key="2"><Board id="a" /></section>);
    expect(new Set(shown)).toEqual(new Set(["a: one open"]));
    render(null);
    pass(4000);
    render(<Board id="a" />);
    expect(new Set(shown)).toEqual(new Set(["a: one open"]));
    expect(asked()).toHaveLength(1);
    render(null);
    pass(5010);
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("waits while it is not enabled, and then keeps what it showed", () => {
    render(<Board id="a" enabled={false} />);
    pass();
    expect(parts.server.links).toHaveLength(0);
    expect(box.textContent).toBe("a: - closed");
    render(<Board id="a" />);
    pass();
    play((link) => link.welcome());
    take();
    play(value("key-a", "1", "one"));
    render(<Board id="a" enabled={false} />);
    pass(10_000);
    expect(box.textContent).toBe("a: one closed");
    expect(parts.server.open).toHaveLength(0);
  });

  test("accumulates each value once, with the newest function, in every mode of React's", () => {
    function Sum({ factor }: { readonly factor: number }): ReactNode {
      const { data } = useLive("visits", undefined, { initial: 0, reduce: (sum, count) => sum + count * factor });
      return data;
    }
    render(<Sum factor={1} />);
    pass();
    play((link) => link.welcome().ack(asked()[0] as SentFrame, { key: "v" }));
    play((link) => link.send({ type: "live", key: "v", version: "1", data: 5 }));
    expect(box.textContent).toBe("5");
    render(<Sum factor={10} />);
    expect(box.textContent).toBe("5");
    play((link) => link.send({ type: "live", key: "v", version: "2", data: 7 }));
    expect(box.textContent).toBe("75");
    render(<Sum factor={100} />);
    expect(box.textContent).toBe("75");
  });

  test("reload is the same function, and renders again only if something changed", async () => {
    const functions = new Set<unknown>();
    let renders = 0;
    function Visits(): ReactNode {
      const { data, reload } = useLive("visits", undefined, { fallback: 0 });
      functions.add(reload);
      renders += 1;
      return <button type="button" onClick={() => void reload()}>{data}</button>;
    }
    // Without StrictMode, which makes two of everything.
    act(() => root.render(<RealtimeProvider client={parts.client}><Visits /></RealtimeProvider>));
    pass();
    play((link) => link.welcome().ack(asked()[0] as SentFrame, { key: "v" }).send({ type: "live", key: "v", version: "1", data: 1 }));
    const before = renders;
    act(() => box.querySelector("button")?.click());
    expect(asked().at(-1)).toMatchObject({ key: "v", reload: true });
    play((link) => link.send({ type: "live", key: "v", version: "1", data: 1 }));
    expect(renders).toBe(before);
    expect(functions.size).toBe(1);
  });

  test("renders on a server without asking, and takes over from what that rendered", async () => {
    const html = renderToString(page(<Board id="a" fallback />));
    expect(html).toBe("a: rendered connecting");
    pass(1000);
    expect(parts.server.links).toHaveLength(0);
    act(() => root.unmount());
    box = document.createElement("div");
    box.innerHTML = html;
    const errors: unknown[] = [];
    await act(async () => {
      root = hydrateRoot(box, page(<Board id="a" fallback />), { onRecoverableError: (error) => errors.push(error) });
    });
    expect(errors).toEqual([]);
    pass();
    play((link) => link.welcome());
    take();
    play(value("key-a", "1", "one"));
    expect(box.textContent).toBe("a: one open");
  });

  test("survives a suspended sibling and a provider that is missing says so", () => {
    const Waiting = (): never => {
      throw new Promise(() => undefined);
    };
    render(<Suspense fallback="…"><Board id="a" /><Waiting /></Suspense>);
    pass();
    expect(box.textContent).toBe("…");
    expect(parts.server.links).toHaveLength(0);
    expect(() => renderToString(<Board id="a" />)).toThrow(/useLive needs a client/);
  });
});
