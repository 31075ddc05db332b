import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bindReact } from "../src/react.js";
import { type TestServer, testServerFactory } from "../src/testing.js";
import { type Channels, contract } from "./generated/contract.js";
import Provider from "./svelte/Provider.svelte";
import Room from "./svelte/Room.svelte";

// What an application's own tests look like: components of a page, the page's client, and a server in the test's hands.

const createTestServer = testServerFactory(contract);
const { RealtimeProvider, useChannel } = bindReact<Channels>();

let server: TestServer<Channels>;
let box: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  server = createTestServer();
  box = document.createElement("div");
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("a React component shows what the server publishes, that it was cut off, and what it missed", () => {
  const client = server.client({ user: "ann" });
  const room = server.channel("chat/{roomId}", { roomId: "42" });
  const seen: string[] = [];
  function Chat(): ReactNode {
    const { status, publish } = useChannel("chat/{roomId}", { roomId: "42" }, { "message.sent": ({ text }) => seen.push(text) });
    return <button onClick={() => void publish("message.sent", { author: "ann", text: "mine" })}>{status}</button>;
  }
  const root = createRoot(box);
  document.body.append(box);
  act(() => root.render(<RealtimeProvider client={client}><Chat /></RealtimeProvider>));
  act(() => server.advance());
  expect(box.textContent).toBe("connected");
  act(() => void room.publish("message.sent", { author: "bob", text: "hi" }));
  act(() => server.disconnect());
  expect(box.textContent).toBe("reconnecting");
  act(() => void room.publish("message.sent", { author: "bob", text: "missed" }));
  act(() => server.advance(30_000));
  expect(box.textContent).toBe("connected");
  act(() => box.querySelector("button")?.click());
  act(() => server.advance());
  expect(seen).toEqual(["hi", "missed", "mine"]);
  expect(room.published.map(({ event }) => event)).toEqual(["message.sent"]);
  act(() => room.deny());
  expect(box.textContent).toBe("denied");
  act(() => root.unmount());
  box.remove();
  client.close();
});

test("a Svelte component does, too", () => {
  const client = server.client();
  const room = server.channel("chat/{roomId}", { roomId: "42" });
  const seen: string[] = [];
  const handlers = { "message.sent": ({ text }: { readonly text: string }) => seen.push(text) };
  const mounted = mount(Provider, { target: box, props: { given: client, child: Room, props: { roomId: "42", handlers } } });
  flushSync();
  server.advance();
  room.publish("message.sent", { author: "bob", text: "hi" });
  server.disconnect();
  flushSync();
  expect(box.textContent).toContain("chat/42 reconnecting");
  room.publish("message.sent", { author: "bob", text: "missed" });
  server.advance(30_000);
  flushSync();
  expect(box.textContent).toContain("chat/42 connected");
  expect(seen).toEqual(["hi", "missed"]);
  void unmount(mounted);
  server.advance(1000);
  expect(room.subscribers).toBe(0);
  client.close();
});

test("code without a framework does, without a hint when to look", async () => {
  const client = server.client();
  const room = server.channel("chat/{roomId}", { roomId: "42" });
  const seen: string[] = [];
  client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", ({ text }) => seen.push(text));
  await vi.waitFor(() => expect(room.subscribers).toBe(1));
  room.publish("message.sent", { author: "bob", text: "hi" });
  expect(seen).toEqual(["hi"]);
  client.close();
});
