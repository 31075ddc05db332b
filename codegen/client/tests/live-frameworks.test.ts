import { createComponent, createSignal, type JSX, Show } from "solid-js";
import { render } from "solid-js/web";
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApp, defineComponent, h, nextTick, ref } from "vue";
import { bindSolidLive } from "../src/live/solid.js";
import { bindVueLive } from "../src/live/vue.js";
import { bindSolid } from "../src/solid.js";
import { bindVue } from "../src/vue.js";
import type { SentFrame } from "./fake-server.js";
import type { Channels, ConnectionTypes } from "./generated/contract.js";
import { type Harness, harness } from "./harness.js";
import { changing } from "./svelte/changing.svelte.js";
import LiveProvider from "./svelte/LiveProvider.svelte";

const vue = bindVue<Channels, ConnectionTypes>();
const solid = bindSolid<Channels, ConnectionTypes>();
const useVueLive = bindVueLive<Channels, ConnectionTypes>(vue);
const useSolidLive = bindSolidLive<Channels, ConnectionTypes>(solid);

const BOARDS = ["6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10", "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a11"] as const;
const [A, B] = BOARDS;

/** A component that shows the titles of a board's cards and the status, as each framework has it. */
interface Shown {
  readonly text: () => string;
  /** What was shown so far: the board's last digit, and the titles. */
  readonly shown: readonly string[];
  board(id: string): Promise<void>;
  enable(is: boolean): Promise<void>;
  /** Another page with the same component takes the place of this one, inside the layout that holds the client. */
  navigate(): void;
  settle(): Promise<void>;
  leave(): void;
}

let parts: Harness;
let box: HTMLElement;
let page: Shown | undefined;

beforeEach(() => {
  parts = harness();
  box = document.createElement("div");
});
afterEach(() => page?.leave());

const titlesOf = (cards: readonly { readonly title: string }[]): string => cards.map(({ title }) => title).join();
const text = (): string => (box.textContent ?? "").trim();

function inVue(): Shown {
  const [boardId, enabled, shown, at] = [ref<string>(A), ref(true), [] as string[], ref(0)];
  const Board = defineComponent({
    setup() {
      const cards = useVueLive("boardCards", () => ({ boardId: boardId.value }), () => ({ enabled: enabled.value, fallback: [] }));
      return () => {
        shown.push(`${boardId.value.at(-1)} ${titlesOf(cards.data)}`);
        return `${titlesOf(cards.data) || "-"} ${cards.status}`;
      };
    },
  });
  const app = createApp({ render: () => h(Board, { key: at.value }) });
  app.use(vue.realtimePlugin, parts.client).mount(box);
  const settle = async (): Promise<void> => {
    await nextTick();
    parts.clock.pass(20);
    await nextTick();
  };
  return { text, shown, settle, leave: () => app.unmount(), navigate: () => void at.value++, board: (id) => ((boardId.value = id), settle()), enable: (is) => ((enabled.value = is), settle()) };
}

function inSolid(): Shown {
  const [[boardId, setBoardId], [enabled, setEnabled], [at, setAt], shown] = [createSignal<string>(A), createSignal(true), createSignal(1), [] as string[]];
  const Board = (): unknown => {
    const cards = useSolidLive("boardCards", () => ({ boardId: boardId() }), () => ({ enabled: enabled(), fallback: [] }));
    return () => {
      shown.push(`${boardId().at(-1)} ${titlesOf(cards.data)}`);
      return `${titlesOf(cards.data) || "-"} ${cards.status}`;
    };
  };
  const { client } = parts;
  const page = (): JSX.Element => createComponent(Show, { get when() { return at(); }, keyed: true, get children(): JSX.Element { return createComponent(Board as () => JSX.Element, {}); } });
  const leave = render(() => createComponent(solid.RealtimeProvider, { client, get children(): unknown { return page(); } }), box);
  const settle = async (): Promise<void> => parts.clock.pass(20);
  return { text, shown, settle, leave, navigate: () => void setAt((before) => before + 1), board: (id) => (setBoardId(id), settle()), enable: (is) => (setEnabled(is), settle()) };
}

function inSvelte(): Shown {
  const shown: string[] = [];
  const props = changing({ boardId: A as string, enabled: true, page: 0, show: (titles: string) => void shown.push(titles) });
  const mounted = mount(LiveProvider, { target: box, props: { given: parts.client, props } });
  const settle = async (): Promise<void> => {
    flushSync();
    parts.clock.pass(20);
    flushSync();
  };
  flushSync();
  return {
    // The second one is the store's.
    text: () => (flushSync(), text().replace(/ (\w+) \1$/, " $1")),
    ...{ shown, settle },
    leave: () => (void unmount(mounted), flushSync()),
    board: (id) => ((props.boardId = id), settle()),
    enable: (is) => ((props.enabled = is), settle()),
    navigate: () => ((props.page += 1), flushSync()),
  };
}

const asked = (): readonly SentFrame[] => parts.server.link.frames("live");
const value = (key: string, version: string, title: string): object => ({ type: "live", key, version, data: [{ cardId: "1", title }] });

describe.each([["Vue", inVue], ["Solid", inSolid], ["Svelte", inSvelte]])("a live query in %s", (_, show) => {
  test("is asked for while the component is there, and shows nothing of one board on another", async () => {
    page = show();
    expect(page.text()).toBe("- connecting");
    await page.settle();
    parts.server.link.welcome().ack(asked()[0] as SentFrame, { key: "a" }).send(value("a", "1", "of a"));
    await page.settle();
    expect(page.text()).toBe("of a open");
    await page.board(B);
    expect(page.text()).toBe("- connecting");
    parts.server.link.ack(asked()[1] as SentFrame, { key: "b" }).send(value("a", "2", "more of a")).send(value("b", "1", "of b"));
    await page.settle();
    expect(page.text()).toBe("of b open");
    expect(page.shown.filter((each) => each.startsWith("1") && each.includes("of a"))).toEqual([]);
    parts.server.link.send({ type: "live", key: "b", error: { code: 4107, name: "live_failed", message: "failed" } });
    await page.settle();
    expect(page.text()).toBe("of b error");
    page.leave();
    page = undefined;
    parts.clock.pass(6000);
    expect(asked().slice(2).map(({ key, end }) => [key, end])).toEqual([["a", true], ["b", true]]);
    expect(parts.server.open).toHaveLength(0);
    expect(parts.clock.armed).toBe(0);
  });

  test("waits while it is not enabled, and keeps what it showed", async () => {
    page = show();
    await page.settle();
    parts.server.link.welcome().ack(asked()[0] as SentFrame, { key: "a" }).send(value("a", "1", "of a"));
    await page.settle();
    await page.enable(false);
    expect(page.text()).toBe("of a closed");
    parts.clock.pass(6000);
    expect(parts.server.open).toHaveLength(0);
    await page.enable(true);
    parts.server.link.welcome();
    expect(asked()).toHaveLength(1);
  });
  test("stays as it is over a navigation inside a layout", async () => {
    page = show();
    await page.settle();
    parts.server.link.welcome().ack(asked()[0] as SentFrame, { key: "a" }).send(value("a", "1", "of a"));
    await page.settle();
    const before = page.shown.length;
    page.navigate();
    await nextTick();
    // Before a browser would paint the other page, and without asking. (Its very first render is that of the server, so that it could take over from it.)
    expect(page.text()).toBe("of a open");
    expect(page.shown.length).toBeGreaterThan(before);
    await page.settle();
    parts.clock.pass(10_000);
    parts.server.link.send(value("a", "2", "more of a"));
    await page.settle();
    expect(page.text()).toBe("more of a open");
    expect(asked()).toHaveLength(1);
  });
});
