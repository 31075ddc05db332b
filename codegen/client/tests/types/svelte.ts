import { get, type Readable, writable } from "svelte/store";
import { address, createClient } from "../generated/index.js";
import type { Card, Client, MessageSent, NotificationAlert } from "../generated/index.js";
import { createChannel, createLive, createRealtime, createStatus, getRealtimeContext, onEvent, provideRealtime } from "../generated/svelte.js";
import { holds, type Same } from "./exact.js";

export const made: Client = provideRealtime({ url: "/realtime", transport: "sse" });
export const given: Client = provideRealtime(createClient({ url: "/realtime" }));
export const found: Client = getRealtimeContext();
// @ts-expect-error a client needs to know where the service is
provideRealtime({});

export function initialise(props: { readonly roomId: string }): string | undefined {
  const room = createChannel("chat/{roomId}", () => ({ roomId: props.roomId }), {
    "message.sent": (data, meta) => {
      holds<Same<typeof data, MessageSent>>();
      holds<Same<typeof meta.id, string | null>>();
    },
    typing: (_data, meta) => meta.sender,
  }, () => ({ enabled: props.roomId !== "", after: "cursor", onGap: (gap) => gap.missed }));
  const store: Readable<{ readonly status: string; readonly name: string }> = room;
  holds<Same<ReturnType<typeof get<{ readonly name: string }>>, { readonly name: string }>>();
  void room.history({ limit: 10 }).then((page) => page.events.map((event) => event.event satisfies "message.sent" | "typing"));
  void room.publish("message.sent", { author: "ann", text: room.denied?.message ?? get(store).name });
  // @ts-expect-error another payload
  void room.publish("message.sent", {});
  void createChannel("echo", undefined, undefined, { last: 5 }).publish("text");
  // @ts-expect-error the server alone publishes on this channel
  void createChannel("default").publish;
  const params = writable({ roomId: "42" });
  createChannel("chat/{roomId}", params);
  createChannel("chat/{roomId}", { roomId: "42" });
  createChannel("default", undefined, { "notification.alert": (data) => data.text });
  createChannel("counter/{name}", { name: "visits" }, (data) => holds<Same<typeof data, number>>());
  // @ts-expect-error the channel carries no such event
  createChannel("chat/{roomId}", params, { "message.send": () => undefined });
  // @ts-expect-error missing parameters
  createChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  createChannel("chat/{roomId}", () => ({ room: "42" }));
  // @ts-expect-error a store of something else
  createChannel("chat/{roomId}", writable({ room: "42" }));

  onEvent("chat/{roomId}", params, "message.sent", (data) => holds<Same<typeof data, MessageSent>>());
  onEvent("default", undefined, "notification.alert", (data) => data.text);
  // @ts-expect-error the channel carries no such event
  onEvent("chat/{roomId}", params, "message.send", () => undefined);

  const feed = createRealtime({ onData: (event) => holds<Same<typeof event.data, NotificationAlert>>() });
  createRealtime(() => ({
    channels: ["default", address("board/{boardId}", { boardId: props.roomId })],
    onData: (event) => {
      if (event.event === "notification.alert") return event.data.text;
      if (event.event === "card.changed") return event.data.op;
      // @ts-expect-error a signal has no data
      return event.data;
    },
  }));
  // @ts-expect-error a channel with parameters needs an address
  createRealtime({ channels: ["chat/{roomId}"] });

  const cards = createLive("boardCards", () => ({ boardId: props.roomId }), () => ({ fallback: [] }));
  holds<Same<typeof cards.data, readonly Card[]>>();
  const total = createLive("visits", undefined, { initial: 0, reduce: (all, count) => all + count });
  holds<Same<typeof total.data, number>>();
  holds<Same<typeof plain.data, readonly Card[] | undefined>>();
  const plain = createLive("boardCards", { boardId: props.roomId });
  void cards.reload();
  // @ts-expect-error there is no such query
  createLive("cards");
  // @ts-expect-error the parameters of its channel are missing
  createLive("boardCards");
  // @ts-expect-error its own parameters are missing
  createLive("cardsBy", () => ({ boardId: props.roomId }));

  const snapshot = createStatus();
  holds<Same<typeof room.status, typeof snapshot.status | "denied">>();
  return feed.status === "closed" ? snapshot.reason?.message : get(snapshot).status;
}
