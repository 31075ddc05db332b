// What compiles against the Svelte entry of the package of the contract `acme-live`, and what does not.

import { address, type Client, createClient } from "acme-live";
import { createChannel, createRealtime, createStatus, getRealtimeContext, onEvent, provideRealtime } from "acme-live/svelte";
import { get, type Readable } from "svelte/store";

export const clients: readonly Client[] = [provideRealtime({ url: "/realtime" }), provideRealtime(createClient({ url: "/realtime" })), getRealtimeContext()];

export function initialise(props: { readonly roomId: string }): string | undefined {
  const params = () => ({ roomId: props.roomId });
  const room = createChannel("chat/{roomId}", params, {
    "message.sent": (data, meta) => `${data.author}: ${data.text} ${meta.number}`,
    typing: (_data, meta) => meta.sender,
  });
  createChannel("default", undefined, { "notification.alert": (data) => data.text });
  onEvent("chat/{roomId}", params, "message.sent", (data) => data.author);
  createRealtime({ onData: (event) => event.data.text });
  createRealtime(() => ({ channels: ["default", address("chat/{roomId}", { roomId: props.roomId })], events: ["notification.alert"], onData: (event) => event.data.text }));
  // @ts-expect-error the channel carries no such event
  createChannel("chat/{roomId}", params, { "message.send": () => undefined });
  // @ts-expect-error the parameters are missing
  createChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  createChannel("chat/{roomId}", () => ({ room: "42" }));
  // @ts-expect-error the handler expects another payload
  createChannel("chat/{roomId}", params, { "message.sent": (data: number) => data });
  // @ts-expect-error a channel with parameters needs an address
  createRealtime({ channels: ["chat/{roomId}"] });
  // @ts-expect-error the channel carries no such event
  onEvent("chat/{roomId}", params, "message.send", () => undefined);
  const store: Readable<{ readonly status: string }> = room;
  const state = createStatus();
  return get(store).status === "connected" ? room.name : get(state).reason?.message;
}

// @ts-expect-error a client needs to know where the service is
provideRealtime({});
