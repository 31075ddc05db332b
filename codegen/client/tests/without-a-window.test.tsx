import type { ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { createComponent } from "solid-js";
import { renderToString as renderSolid } from "solid-js/web";
import { render as renderSvelte } from "svelte/server";
import { createSSRApp, defineComponent } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { expect, test, vi } from "vitest";
import ServerPage from "./svelte/ServerPage.svelte";
import { type ClientOptions } from "../dist/index.js";
import { type Client, createClient } from "./generated/index.js";
import * as solid from "./generated/solid.js";
import * as vue from "./generated/vue.js";
import { RealtimeProvider, useChannel, useEvent, useLive, useRealtime, useStatus } from "./generated/react.js";

test("the package can be imported and a client made where there is no window", () => {
  expect(typeof window).toBe("undefined");
  const client = createClient({ url: "/realtime" });
  expect(client.status.get()).toEqual({ status: "connecting", reason: { name: "idle", message: "the connection opens with the first subscription" }, since: 0 });
  client.close();
});

/** A client, and the check that what was rendered did not subscribe: whatever did would be asked for together with what is subscribed to later. */
function watched(): { readonly client: Client; readonly options: ClientOptions; idle(): Promise<void> } {
  const asked: string[] = [];
  const fetch = (url: string): never => {
    asked.push(url);
    throw new Error("nobody is there");
  };
  const options = { url: "http://service.test/realtime", transport: "sse", fetch } as const;
  const client = createClient(options);
  const idle = async (): Promise<void> => {
    client.on("notification.alert", () => undefined);
    await vi.waitFor(() => expect(asked).not.toEqual([]));
    client.close();
    expect(asked.map((url) => new URL(url).searchParams.getAll("channel"))).toEqual([["default"]]);
  };
  return { client, options, idle };
}

test("the hooks render on a server, without connecting", async () => {
  const { client, idle } = watched();
  function Page(): ReactNode {
    const { name, status } = useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined });
    useEvent("chat/{roomId}", { roomId: "bar" }, "typing", () => undefined);
    useRealtime({ onData: () => undefined });
    const visits = useLive("visits", undefined, { fallback: 7 });
    return <p title={name}>{`${status} ${useStatus().since} ${visits.status} ${visits.data}`}</p>;
  }
  expect(renderToString(<RealtimeProvider client={client}><Page /></RealtimeProvider>)).toBe('<p title="chat/bar">connecting 0 connecting 7</p>');
  await idle();
});

test("so do Vue's composables", async () => {
  const { client, idle } = watched();
  const app = createSSRApp(defineComponent({
    setup() {
      const room = vue.useChannel("chat/{roomId}", () => ({ roomId: "bar" }), { typing: () => undefined });
      vue.useEvent("chat/{roomId}", { roomId: "bar" }, "typing", () => undefined);
      vue.useRealtime({ onData: () => undefined });
      const status = vue.useStatus();
      const visits = vue.useLive("visits", undefined, { fallback: 7 });
      return () => `${room.name} ${room.status} ${status.since} ${visits.status} ${visits.data}`;
    },
  }));
  app.use(vue.realtimePlugin, client);
  expect(await renderVue(app)).toBe("chat/bar connecting 0 connecting 7");
  await idle();
});

test("so do Solid's primitives", async () => {
  const { client, idle } = watched();
  const Page = (): string => {
    const room = solid.useChannel("chat/{roomId}", () => ({ roomId: "bar" }), { typing: () => undefined });
    solid.useEvent("chat/{roomId}", { roomId: "bar" }, "typing", () => undefined);
    solid.useRealtime({ onData: () => undefined });
    const visits = solid.useLive("visits", undefined, { fallback: 7 });
    return `${room.name} ${room.status} ${solid.useStatus().since} ${visits.status} ${visits.data}`;
  };
  expect(renderSolid(() => createComponent(solid.RealtimeProvider, { client, get children() { return createComponent(Page as () => never, {}); } }))).toBe("chat/bar connecting 0 connecting 7");
  await idle();
});

test("so does Svelte", async () => {
  const { client, idle } = watched();
  const { body } = renderSvelte(ServerPage, { props: { given: client } });
  expect(body.replace(/<!--.*?-->/g, "").trim()).toBe("chat/bar connecting connecting 0 connecting 7");
  await idle();
});

test("Svelte closes the client that it made for a page", () => {
  const clients: Client[] = [];
  const { body } = renderSvelte(ServerPage, { props: { given: watched().options, provided: (client: Client) => clients.push(client) } });
  expect(body).toContain("connecting");
  expect(clients.map(({ status }) => status.get().status)).toEqual(["closed"]);
});
