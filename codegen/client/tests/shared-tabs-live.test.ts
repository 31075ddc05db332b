import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeBrowser, type FakeTab } from "./fake-tabs.js";

// Live queries of tabs that share a connection: the server knows each once, for as long as any tab uses it.

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

const visits = ({ client }: FakeTab) => client.live("visits");
const key = (): string => browser.server.live.key("visits", "default", undefined);
const set = (value: number): void => browser.server.live.set(key(), "visits", "default", value);
const subscribers = (): number => browser.server.connections.filter((session) => session.hasLive(key())).length;

test("each has the value, whenever it comes, and the last to leave ends it", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  const offOne = visits(one).subscribe(() => undefined);
  await browser.settle();
  set(1);
  await browser.settle();
  const offTwo = visits(two).subscribe(() => undefined);
  await browser.settle();
  for (const tab of [one, two]) expect(visits(tab).current).toMatchObject({ data: 1, status: "open" });
  expect(browser.server.connections).toHaveLength(1);
  two.client.connect();
  offOne();
  await browser.settle(6000);
  expect(subscribers()).toBe(1);
  set(2);
  await browser.settle();
  expect(visits(two).current).toMatchObject({ data: 2, status: "open" });
  offTwo();
  await browser.settle(6000);
  expect(subscribers()).toBe(0);
});

test("one that begins while another ends is not ended with it", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  for (const { client } of [one, two]) client.connect();
  const off = visits(one).subscribe(() => undefined);
  await browser.settle();
  off();
  await browser.settle(4980);
  const query = visits(two);
  query.subscribe(() => undefined);
  await browser.settle(2000);
  set(3);
  await browser.settle();
  expect(query.current).toMatchObject({ data: 3, status: "open" });
  expect(subscribers()).toBe(1);
});

test("they survive the tab that leads, and end with the last tab", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  for (const tab of [one, two]) visits(tab).subscribe(() => undefined);
  await browser.settle();
  set(1);
  await browser.settle();
  one.client.close();
  await browser.settle(5000);
  set(2);
  await browser.settle();
  expect(visits(two).current).toMatchObject({ data: 2, status: "open" });
  expect(browser.server.connections).toHaveLength(1);
  two.client.close();
  await browser.settle();
  expect(browser.server.connections).toHaveLength(0);
});

test("a tab that goes without a word lets go of what it used alone; a refusal is the one's who asked", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  one.client.connect();
  visits(two).subscribe(() => undefined);
  await browser.settle();
  expect(subscribers()).toBe(1);
  two.client.close();
  await browser.settle();
  expect(subscribers()).toBe(0);
  browser.server.deny("default", "denied");
  const query = visits(one);
  query.subscribe(() => undefined);
  await browser.settle();
  expect(query.current).toMatchObject({ status: "closed", error: { reason: "denied" } });
});
