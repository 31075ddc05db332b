import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeBrowser, type FakeTab } from "./fake-tabs.js";

// Channels that the service subscribes to the connection which tabs share: each of the tabs has them, as a page with a connection of its own would.

const BAR = "chat/bar";

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

function say(text: string): void {
  browser.server.store({ pattern: "chat/{roomId}", channel: BAR, event: "message.sent", data: { author: "ann", text }, sender: null });
}

/** What a tab hears on the channel, without asking for more than that. */
function listen({ client }: FakeTab): { readonly seen: string[]; readonly off: () => void } {
  const seen: string[] = [];
  const off = client.channel("chat/{roomId}", { roomId: "bar" }).on("message.sent", ({ text }) => seen.push(text));
  return { seen, off };
}

/** Tabs that are connected, and given the channel. */
async function given(count: number): Promise<readonly FakeTab[]> {
  const tabs = Array.from({ length: count }, () => browser.tab());
  for (const { client } of tabs) client.connect();
  await browser.settle();
  browser.server.connections[0]?.give(BAR);
  await browser.settle();
  return tabs;
}

const channels = (tabs: readonly FakeTab[]): unknown => tabs.map(({ client }) => client.channels);
const byServer = [{ name: BAR, by: "server" }];
const byClient = [{ name: BAR, by: "client" }];

test("every tab has it, and whoever listens hears what comes", async () => {
  const tabs = await given(3);
  expect(browser.server.connections).toHaveLength(1);
  expect(channels(tabs)).toEqual([byServer, byServer, byServer]);
  say("nobody listens");
  await browser.settle();
  const heard = tabs.map(listen);
  await browser.settle();
  say("now");
  await browser.settle();
  expect(heard.map(({ seen }) => seen)).toEqual([["now"], ["now"], ["now"]]);
  expect(channels(tabs)).toEqual([byClient, byClient, byClient]);
});

test("it stays when nobody listens any more, whoever leaves", async () => {
  const tabs = await given(2);
  const heard = tabs.map(listen);
  await browser.settle();
  for (const { off } of heard) off();
  await browser.settle();
  expect(channels(tabs)).toEqual([byServer, byServer]);
  expect(browser.server.connections[0]?.channels).toEqual([BAR]);
  browser.tabs.find((tab) => tab !== browser.leader)?.kill();
  await browser.settle();
  expect(browser.server.connections[0]?.channels).toEqual([BAR]);
});

test("a tab that comes later has it from then on", async () => {
  await given(1);
  say("before");
  await browser.settle();
  const late = browser.tab();
  const off = late.client.connect();
  await browser.settle();
  expect(late.client.channels).toEqual(byServer);
  const { seen } = listen(late);
  await browser.settle();
  say("after");
  await browser.settle();
  expect(seen).toEqual(["after"]);
  off();
});

test("a tab that had it already by itself keeps its place, and the others get it", async () => {
  const tabs = [browser.tab(), browser.tab()] as const;
  for (const { client } of tabs) client.connect();
  const first = listen(tabs[0]);
  await browser.settle();
  say("1");
  await browser.settle();
  // What the server of these tests says of a channel that is there already is nothing; a real one says where it stands.
  browser.server.connections[0]?.take(BAR);
  browser.server.connections[0]?.give(BAR);
  await browser.settle();
  const second = listen(tabs[1]);
  await browser.settle();
  say("2");
  await browser.settle();
  expect([first.seen, second.seen]).toEqual([["1", "2"], ["2"]]);
});

test("what the service takes back, no tab has", async () => {
  const tabs = await given(2);
  browser.server.connections[0]?.take(BAR);
  await browser.settle();
  expect(channels(tabs)).toEqual([[], []]);
  browser.server.connections[0]?.give(BAR);
  await browser.settle();
  expect(channels(tabs)).toEqual([byServer, byServer]);
});

test("nothing of it is lost, and nothing comes twice, when the tab with the connection goes", async () => {
  const tabs = await given(3);
  const heard = tabs.map(listen);
  await browser.settle();
  say("1");
  await browser.settle();
  const leads = tabs.findIndex((tab) => tab === browser.leader);
  tabs[leads]?.kill();
  say("2");
  await browser.settle(10_000);
  say("3");
  await browser.settle();
  const others = heard.filter((_, at) => at !== leads).map(({ seen }) => seen);
  expect(others).toEqual([["1", "2", "3"], ["1", "2", "3"]]);
  expect(browser.server.connections).toHaveLength(1);
});

test("a tab where nobody listens keeps its place over such a change, too", async () => {
  const tabs = await given(3);
  const leads = tabs.findIndex((tab) => tab === browser.leader);
  tabs[leads]?.kill();
  await browser.settle(10_000);
  const others = tabs.filter((_, at) => at !== leads);
  expect(channels(others)).toEqual([byServer, byServer]);
  const heard = others.map(listen);
  await browser.settle();
  say("1");
  await browser.settle();
  expect(heard.map(({ seen }) => seen)).toEqual([["1"], ["1"]]);
});

test("a tab that slept while another one began to lead goes on where it was", async () => {
  const tabs = await given(3);
  const heard = tabs.map(listen);
  await browser.settle();
  say("1");
  await browser.settle();
  const leads = tabs.findIndex((tab) => tab === browser.leader);
  const sleeper = tabs[(leads + 1) % 3];
  sleeper?.freeze();
  tabs[leads]?.kill();
  await browser.settle(20_000);
  say("2");
  await browser.settle();
  sleeper?.thaw();
  await browser.settle(20_000);
  say("3");
  await browser.settle();
  const others = heard.filter((_, at) => at !== leads).map(({ seen }) => seen);
  expect(others).toEqual([["1", "2", "3"], ["1", "2", "3"]]);
});

test("one that slept while the channel was given anew loses nothing of it either", async () => {
  const tabs = await given(3);
  const heard = tabs.map(listen);
  await browser.settle();
  say("1");
  await browser.settle();
  const leads = tabs.findIndex((tab) => tab === browser.leader);
  const sleeper = tabs[(leads + 1) % 3];
  sleeper?.freeze();
  tabs[leads]?.kill();
  await browser.settle(20_000);
  browser.server.connections[0]?.take(BAR);
  browser.server.connections[0]?.give(BAR);
  await browser.settle();
  say("2");
  await browser.settle();
  sleeper?.thaw();
  await browser.settle(20_000);
  say("3");
  await browser.settle();
  const others = heard.filter((_, at) => at !== leads).map(({ seen }) => seen);
  expect(others).toEqual([["1", "2", "3"], ["1", "2", "3"]]);
});
