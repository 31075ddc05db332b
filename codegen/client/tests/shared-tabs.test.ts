import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../src/platform.js";
import { sharedTabs } from "../src/tabs.js";
import type { Transport } from "../src/transport.js";
import { FakeBrowser, type FakeTab } from "./fake-tabs.js";

const message = (text: string): { author: string; text: string } => ({ author: "ann", text });

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser();
});
afterEach(() => {
  for (const { errors, client } of browser.tabs) {
    expect(errors).toEqual([]);
    client.close();
  }
});

/** Publishes in a room, as the service. */
function say(text: string, roomId = "bar"): void {
  browser.server.store({ pattern: "chat/{roomId}", channel: `chat/${roomId}`, event: "message.sent", data: message(text), sender: null });
}

/** What a tab sees of a room. */
function watch({ client }: FakeTab, roomId = "bar", options: { readonly after?: string; readonly last?: number } = {}): { readonly seen: string[]; readonly gaps: string[]; readonly off: () => void } {
  const [seen, gaps]: [string[], string[]] = [[], []];
  const room = client.channel("chat/{roomId}", { roomId });
  const off = room.on("message.sent", ({ text }, { self }) => seen.push(self ? `${text} (mine)` : text), options);
  room.onGap(({ reason }) => gaps.push(reason));
  return { seen, gaps, off };
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

describe("tabs that share", () => {
  test("have one connection, and each gets what it subscribed to", async () => {
    const [one, two, three] = [browser.tab(), browser.tab(), browser.tab()];
    const views = [watch(one), watch(two), watch(three, "foo")];
    await browser.settle();
    expect(browser.server.connections).toHaveLength(1);
    expect([...(browser.server.connections[0]?.channels ?? [])].sort()).toEqual(["chat/bar", "chat/foo"]);
    for (const { client } of browser.tabs) expect(client.status.get().status).toBe("connected");
    say("a");
    say("b", "foo");
    await browser.settle();
    expect(views.map(({ seen }) => seen)).toEqual([["a"], ["a"], ["b"]]);
    expect(one.client.connectionId).toBeUndefined();
  });

  test("leave a channel when the last of them does, and come back to it", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const keep = watch(one, "keep");
    const [first, second] = [watch(one), watch(two)];
    await browser.settle();
    first.off();
    await browser.settle();
    say("a");
    await browser.settle();
    expect([first.seen, second.seen]).toEqual([[], ["a"]]);
    second.off();
    await browser.settle();
    expect(browser.server.connections[0]?.channels).toEqual(["chat/keep"]);
    const again = watch(two);
    await browser.settle();
    say("b");
    await browser.settle();
    expect(again.seen).toEqual(["b"]);
    expect(keep.gaps).toEqual([]);
  });

  test("of another group have a connection of their own", async () => {
    watch(browser.tab());
    watch(browser.tab({ group: "another user" }));
    await browser.settle();
    expect(browser.server.connections).toHaveLength(2);
  });

  test("get what they want when another tab has the channel already: from a cursor, the last events, or what comes next", async () => {
    const [one, two, three, four] = [browser.tab(), browser.tab(), browser.tab(), browser.tab()];
    for (const text of numbers(1, 5)) say(text);
    const first = watch(one);
    await browser.settle();
    say("6");
    await browser.settle();
    const after = watch(two, "bar", { after: "test1.2" });
    const last = watch(three, "bar", { last: 2 });
    const next = watch(four);
    await browser.settle();
    say("7");
    await browser.settle();
    expect(browser.server.connections).toHaveLength(1);
    expect(first.seen).toEqual(["6", "7"]);
    expect(after.seen).toEqual(["3", "4", "5", "6", "7"]);
    expect(last.seen).toEqual(["5", "6", "7"]);
    expect(next.seen).toEqual(["7"]);
  });

  test("widen the filter for one another", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const { seen } = watch(one);
    await browser.settle();
    let typing = 0;
    two.client.channel("chat/{roomId}", { roomId: "bar" }).on("typing", () => (typing += 1));
    await browser.settle();
    browser.server.store({ pattern: "chat/{roomId}", channel: "chat/bar", event: "typing", data: undefined, sender: "bob" });
    say("a");
    await browser.settle();
    expect([typing, seen]).toEqual([1, ["a"]]);
  });

  test("are refused a channel alone, each that asks", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    browser.server.deny("chat/bar", "denied");
    const denied: string[] = [];
    for (const tab of [one, two]) tab.client.onDenied(({ channel }) => denied.push(channel));
    const good = watch(one, "foo");
    watch(one);
    watch(two);
    await browser.settle();
    expect(denied).toEqual(["chat/bar", "chat/bar"]);
    say("a", "foo");
    await browser.settle();
    expect(good.seen).toEqual(["a"]);
    browser.server.deny("chat/foo", "denied");
    await browser.settle();
    expect(denied).toHaveLength(3);
  });

  test("share gaps and the end of the connection, and miss nothing", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const views = [watch(one), watch(two)];
    await browser.settle();
    say("1");
    browser.server.gap("chat/bar", "hole", (log) => {
      log.lose(1);
      return 1;
    });
    await browser.settle();
    browser.server.disconnect();
    say("2");
    await browser.settle(30_000);
    say("3");
    await browser.settle();
    expect(views.map(({ seen, gaps }) => [seen, gaps])).toEqual([[["1", "2", "3"], ["hole"]], [["1", "2", "3"], ["hole"]]]);
    expect(browser.server.connections).toHaveLength(1);
  });
});

describe("what a tab publishes", () => {
  test("is its own, and comes to the others as another's", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const views = [watch(one), watch(two)];
    await browser.settle();
    const published = two.client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("hi"));
    await browser.settle();
    expect(await published).toMatchObject({ number: 1, stored: true });
    expect(views.map(({ seen }) => seen)).toEqual([["hi"], ["hi (mine)"]]);
  });

  test("stays away from it alone where it is excluded", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const views = [watch(one), watch(two)];
    await browser.settle();
    await Promise.all([one.client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("hi"), { excludeSelf: true }), browser.settle()]);
    say("after");
    await browser.settle();
    expect(views.map(({ seen }) => seen)).toEqual([["after"], ["hi", "after"]]);
  });

  test("is known by what it says where it has no position", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    const seen: [string, number, boolean][] = [];
    for (const [name, tab] of [["one", one], ["two", two]] as const) tab.client.channel("pad/{padId}", { padId: "p" }).on("cursor.moved", (x, { self }) => seen.push([name, x, self]));
    await browser.settle();
    void one.client.channel("pad/{padId}", { padId: "p" }).publish("cursor.moved", 1);
    void two.client.channel("pad/{padId}", { padId: "p" }).publish("cursor.moved", 2, { excludeSelf: true });
    await browser.settle();
    expect(seen.sort()).toEqual([["one", 1, true], ["one", 2, false], ["two", 1, false]].sort());
  });

  test("is refused to it alone", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    watch(one);
    await browser.settle();
    browser.server.deny("echo", "denied");
    const refused = two.client.channel("echo").publish("x").catch((error: unknown) => error);
    await browser.settle();
    expect(await refused).toMatchObject({ reason: "denied" });
  });

  test("is stored once, even if the tab that leads goes meanwhile", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    watch(one);
    const view = watch(two);
    await browser.settle();
    expect(browser.leader).toBe(one);
    one.freeze();
    const published = two.client.channel("chat/{roomId}", { roomId: "bar" }).publish("message.sent", message("hi"));
    await browser.settle(50);
    one.kill();
    await browser.settle(20_000);
    expect(await published).toMatchObject({ number: 1 });
    expect(browser.server.published).toHaveLength(1);
    expect(view.seen).toEqual(["hi (mine)"]);
  });
});

describe("the tab that leads", () => {
  test("hands over when it is closed: nothing is lost, nothing comes twice", async () => {
    const [one, two, three] = [browser.tab(), browser.tab(), browser.tab()];
    const views = [watch(one), watch(two), watch(three)];
    await browser.settle();
    say("1");
    await browser.settle();
    expect(browser.leader).toBe(one);
    say("2");
    one.kill();
    say("3");
    await browser.settle(3000);
    say("4");
    await browser.settle();
    expect(views.slice(1).map(({ seen, gaps }) => [seen, gaps])).toEqual([[["1", "2", "3", "4"], []], [["1", "2", "3", "4"], []]]);
    expect(browser.server.connections).toHaveLength(1);
    expect(browser.leader).not.toBe(one);
  });

  test("hands over when its own client is closed, or wants nothing any more", async () => {
    const [one, two, three] = [browser.tab(), browser.tab(), browser.tab()];
    const [first, second, third] = [watch(one), watch(two), watch(three)];
    await browser.settle();
    first.off();
    say("1");
    await browser.settle(3000);
    expect(browser.leader).not.toBe(one);
    (browser.leader as FakeTab).client.close();
    say("2");
    await browser.settle(3000);
    say("3");
    await browser.settle();
    const left = browser.leader === two ? second : third;
    expect(left.seen).toEqual(["1", "2", "3"]);
    expect(left.gaps).toEqual([]);
    expect(browser.server.connections).toHaveLength(1);
  });

  test("keeps its session, so that the server sees one client come back", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    watch(one);
    watch(two);
    await browser.settle();
    const before = browser.server.connections[0]?.id;
    one.kill();
    await browser.settle(3000);
    expect(browser.server.connections.map(({ id }) => id)).toEqual([before]);
  });

  test("is replaced when it is frozen, and does not disturb when it wakes up", async () => {
    const [one, two, three] = [browser.tab(), browser.tab(), browser.tab()];
    const views = [watch(one), watch(two), watch(three)];
    await browser.settle();
    one.freeze();
    say("1");
    await browser.settle(20_000);
    expect(browser.leader).not.toBe(one);
    expect(views.slice(1).map(({ seen }) => seen)).toEqual([["1"], ["1"]]);
    say("2");
    await browser.settle();
    const disturbed: string[] = [];
    for (const { client } of [two, three]) client.status.subscribe(() => disturbed.push(client.status.get().status));
    one.thaw();
    await browser.settle(20_000);
    expect(disturbed).toEqual([]);
    say("3");
    await browser.settle();
    expect(views.map(({ seen, gaps }) => [seen, gaps])).toEqual([0, 1, 2].map(() => [["1", "2", "3"], []]));
    expect(browser.server.connections).toHaveLength(1);
  });

  test("is replaced when it is frozen and another tab comes", async () => {
    const [one] = [browser.tab()];
    watch(one);
    await browser.settle();
    one.freeze();
    const two = browser.tab();
    const { seen } = watch(two);
    await browser.settle(5000);
    say("1");
    await browser.settle();
    expect(seen).toEqual(["1"]);
    expect(browser.leader).toBe(two);
    one.thaw();
    await browser.settle(5000);
  });

  test("forgets a tab that is gone", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    watch(one);
    watch(two, "foo");
    await browser.settle();
    two.kill();
    await browser.settle();
    expect(browser.server.connections[0]?.channels).toEqual(["chat/bar"]);
  });

  test("waits for nobody that is frozen: a tab that wakes up has what came meanwhile", async () => {
    const [one, two] = [browser.tab(), browser.tab()];
    watch(one);
    const { seen, gaps } = watch(two);
    await browser.settle();
    two.freeze();
    for (const text of numbers(1, 50)) say(text);
    await browser.settle(120_000);
    two.thaw();
    await browser.settle(5000);
    say("51");
    await browser.settle();
    expect(seen).toEqual(numbers(1, 51));
    expect(gaps).toEqual([]);
  });

  test("changes again and again under load, and every tab has everything once and in order", async () => {
    const views: { readonly tab: FakeTab; readonly seen: string[]; readonly gaps: string[] }[] = [];
    let next = 0;
    const join = (): void => {
      const tab = browser.tab();
      views.push({ tab, ...watch(tab, "bar", { after: "test1.0" }) });
    };
    for (let at = 0; at < 4; at += 1) join();
    await browser.settle();
    for (let round = 0; round < 8; round += 1) {
      for (let at = 0; at < 7; at += 1) {
        say(String((next += 1)));
        await browser.settle(20 * at);
      }
      const { leader } = browser;
      if (round % 2 === 0) leader?.kill();
      else browser.server.disconnect();
      views.splice(0, views.length, ...views.filter(({ tab }) => tab !== leader || round % 2 === 1));
      join();
    }
    await browser.settle(40_000);
    for (const { seen, gaps } of views) {
      expect(seen).toEqual(numbers(1, next));
      expect(gaps).toEqual([]);
    }
    expect(browser.server.connections).toHaveLength(1);
  });
});

describe("sharedTabs", () => {
  const own: Transport = () => ({ close: () => undefined, send: () => undefined });
  const parts = { http: { url: "http://test.invalid/realtime", contract: "0" }, clock: systemClock };
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("leaves a tab its own connection where the browser cannot share", () => {
    vi.stubGlobal("navigator", {});
    expect(sharedTabs()(own, parts)).toBe(own);
    vi.stubGlobal("navigator", { locks: { request: () => Promise.resolve() } });
    vi.stubGlobal("BroadcastChannel", undefined);
    expect(sharedTabs()(own, parts)).toBe(own);
  });

  test("shares where headers are given only if a group says whose they are", () => {
    vi.stubGlobal("navigator", { locks: { request: () => Promise.resolve() } });
    const withHeaders = { ...parts, http: { ...parts.http, headers: () => ({}) } };
    expect(sharedTabs()(own, parts)).not.toBe(own);
    expect(sharedTabs()(own, withHeaders)).toBe(own);
    expect(sharedTabs({ group: "ann" })(own, withHeaders)).not.toBe(own);
  });
});

test("a browser that has locks and gives none leaves each tab its own connection", async () => {
  const [one, two] = [browser.tab({ hasLocks: false }), browser.tab({ hasLocks: false })];
  const views = [watch(one), watch(two)];
  await browser.settle();
  say("a");
  await browser.settle();
  expect(browser.server.connections).toHaveLength(2);
  expect(views.map(({ seen }) => seen)).toEqual([["a"], ["a"]]);
});
