import { renderToString } from "react-dom/server";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { createClient } from "./generated/index.js";
import { RealtimeProvider, useChannel, useRealtime, useStatus } from "./generated/react.js";

test("the package can be imported and a client made where there is no window", () => {
  expect(typeof window).toBe("undefined");
  const client = createClient({ url: "/realtime" });
  expect(client.status.get()).toEqual({ status: "connecting", reason: { name: "idle", message: "the connection opens with the first subscription" }, since: 0 });
  client.close();
});

test("the hooks render on a server, without connecting", () => {
  const client = createClient({
    url: "/realtime",
    fetch: () => {
      throw new Error("a server must not connect");
    },
  });
  function Page(): ReactNode {
    const { name, status } = useChannel("chat/{roomId}", { roomId: "bar" }, { typing: () => undefined });
    useRealtime({ onData: () => undefined });
    return <p title={name}>{`${status} ${useStatus().since}`}</p>;
  }
  expect(renderToString(<RealtimeProvider client={client}><Page /></RealtimeProvider>)).toBe('<p title="chat/bar">connecting 0</p>');
});
