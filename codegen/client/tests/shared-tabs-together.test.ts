import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeBrowser, type FakeTab } from "./fake-tabs.js";
import { outcome } from "./room.js";

// What tabs that share a connection are to the server together: one member, one that asks, one that is asked.

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

const room = ({ client }: FakeTab) => client.channel("chat/{roomId}", { roomId: "bar" });

test("each sees who is on a channel, whenever it comes", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  room(one).presence().subscribe(() => undefined);
  await browser.settle();
  browser.server.rosters.show("chat/bar", "test", "bob", "bob", { name: "Bob" });
  await browser.settle();
  room(two).presence().subscribe(() => undefined);
  await browser.settle();
  for (const tab of [one, two]) expect(room(tab).presence().memberIds).toEqual(["bob"]);
  browser.server.rosters.remove("chat/bar", "bob");
  await browser.settle();
  for (const tab of [one, two]) expect(room(tab).presence().memberIds).toEqual([]);
});

test("they are one member, which shows what the newest of them does, and stays until the last one leaves", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  void room(one).presence().set({ name: "one" });
  await browser.settle();
  void room(two).presence().set({ name: "two" });
  await browser.settle();
  const states = (): unknown[] => browser.server.rosters.members("chat/bar").map(({ state }) => state);
  expect(states()).toEqual([{ name: "two" }]);
  room(two).presence().leave();
  await browser.settle();
  expect(states()).toEqual([{ name: "one" }]);
  room(one).presence().leave();
  await browser.settle();
  expect(states()).toEqual([]);
});

test("an answer goes to the tab that asked, and a call to the one that can answer", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  browser.server.handlers.set("board.rename", (data) => data);
  browser.server.handlers.set("ping", () => undefined);
  for (const { client } of [one, two]) client.connect();
  await browser.settle();
  const calls = [one.client.call("board.rename", { title: "one" }), two.client.call("board.rename", { title: "two" }), two.client.call("ping")];
  await browser.settle();
  await browser.settle();
  expect(await Promise.all(calls)).toEqual([{ title: "one" }, { title: "two" }, undefined]);
  two.client.onCall("confirm", ({ text }) => text === "sure?");
  const answer = browser.server.connections[0]?.ask("confirm", { text: "sure?" });
  await browser.settle();
  expect(await answer).toBe(true);
});

test("where none can, the service hears that", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  for (const { client } of [one, two]) client.connect();
  await browser.settle();
  const answer = outcome(browser.server.connections[0]?.ask("confirm", { text: "?" }) ?? Promise.resolve());
  await browser.settle();
  expect(await answer).toMatchObject({ message: expect.stringContaining("answers no call") as string });
});

test("a right that is taken away is taken from each", async () => {
  const [one, two] = [browser.tab(), browser.tab()];
  for (const tab of [one, two]) room(tab).on("message.sent", () => undefined);
  await browser.settle();
  browser.server.revoke({ channel: "chat/bar" }, 60);
  await browser.settle();
  for (const tab of [one, two]) expect(room(tab).denied?.reason).toBe("revoked");
});
