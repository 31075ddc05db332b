import { createComponent, createSignal } from "solid-js";
import { render } from "solid-js/web";
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApp, defineComponent, nextTick, ref } from "vue";
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
  const [boardId, enabled, shown] = [ref<string>(A), ref(true), [] as string[]];
  const app = createApp(defineComponent({
    setup() {
      const cards = useVueLive("boardCards", () => ({ boardId: boardId.value }), () => ({ enabled: enabled.value, fallback: [] }));
      return () => {
        shown.push(`${boardId.value.at(-1)} ${titlesOf(cards.data)}`);
        return `${titlesOf(cards.data) || "-"} ${cards.status}`;
      };
    },
  }));
  app.use(vue.realtimePlugin, parts.client).mount(box);
  const settle = async (): Promise<void> => {
    await nextTick();
    parts.clock.pass(20);
    await nextTick();
  };
  return { text, shown, settle, leave: () => app.unmount(), board: (id) => ((boardId.value = id), settle()), enable: (is) => ((enabled.value = is), settle()) };
}

function inSolid(): Shown {
  const [[boardId, setBoardId], [enabled, setEnabled], shown] = [createSignal<string>(A), createSignal(true), [] as string[]];
  const Board = (): unknown => {
    const cards = useSolidLive("boardCards", () => ({ boardId: boardId() }), () => ({ enabled: enabled(), fallback: [] }));
    return () => {
      shown.push(`${boardId().at(-1)} ${titlesOf(cards.data)}`);
      return `${titlesOf(cards.data) || "-"} ${cards.status}`;
    };
  };
  const { client } = parts;
  const leave = render(() => createComponent(solid.RealtimeProvider, { client, get children(): unknown { return createComponent(Board as () => never, {}); } }), box);
  const settle = async (): Promise<void> => parts.clock.pass(20);
  return { text, shown, settle, leave, board: (id) => (setBoardId(id), settle()), enable: (is) => (setEnabled(is), settle()) };
}

function inSvelte(): Shown {
  const shown: string[] = [];
  const props = changing({ boardId: A as string, enabled: true, show: (titles: string) => void shown.push(titles) });
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
});
