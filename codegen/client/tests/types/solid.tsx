import { createSignal, type JSX } from "solid-js";
import { address, createClient } from "../generated/index.js";
import type { Card, Client, MessageSent, NotificationAlert } from "../generated/index.js";
import { RealtimeProvider, useChannel, useClient, useEvent, useLive, useRealtime, useStatus } from "../generated/solid.js";
import { holds, type Same } from "./exact.js";

const client = createClient({ url: "/realtime" });

export function Room(props: { readonly roomId: string }): JSX.Element {
  const room = useChannel("chat/{roomId}", () => ({ roomId: props.roomId }), {
    "message.sent": (data, meta) => {
      holds<Same<typeof data, MessageSent>>();
      holds<Same<typeof meta.id, string | null>>();
    },
    typing: (_data, meta) => meta.sender,
  }, () => ({ enabled: props.roomId !== "", after: "cursor", onGap: (gap) => gap.missed }));
  void room.history({ limit: 10 }).then((page) => page.events.map((event) => event.event satisfies "message.sent" | "typing"));
  void room.publish("message.sent", { author: "ann", text: room.denied?.message ?? room.name });
  // @ts-expect-error another payload
  void room.publish("message.sent", {});
  void useChannel("echo", undefined, undefined, { last: 5 }).publish("text");
  // @ts-expect-error the server alone publishes on this channel
  void useChannel("default").publish;
  const [params] = createSignal({ roomId: "42" });
  useChannel("chat/{roomId}", params);
  useChannel("chat/{roomId}", { roomId: "42" });
  useChannel("default", undefined, { "notification.alert": (data) => data.text });
  useChannel("counter/{name}", { name: "visits" }, (data) => holds<Same<typeof data, number>>());
  // @ts-expect-error the channel carries no such event
  useChannel("chat/{roomId}", params, { "message.send": () => undefined });
  // @ts-expect-error missing parameters
  useChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  useChannel("chat/{roomId}", () => ({ room: "42" }));

  useEvent("chat/{roomId}", params, "message.sent", (data) => holds<Same<typeof data, MessageSent>>());
  useEvent("default", undefined, "notification.alert", (data) => data.text);
  // @ts-expect-error the channel carries no such event
  useEvent("chat/{roomId}", params, "message.send", () => undefined);

  useRealtime({ onData: (event) => holds<Same<typeof event.data, NotificationAlert>>() });
  useRealtime(() => ({
    channels: ["default", address("board/{boardId}", { boardId: props.roomId })],
    onData: (event) => {
      if (event.event === "notification.alert") return event.data.text;
      if (event.event === "card.changed") return event.data.op;
      // @ts-expect-error a signal has no data
      return event.data;
    },
  }));
  // @ts-expect-error a channel with parameters needs an address
  useRealtime({ channels: ["chat/{roomId}"] });

  const cards = useLive("boardCards", () => ({ boardId: props.roomId }), () => ({ fallback: [] }));
  holds<Same<typeof cards.data, readonly Card[]>>();
  const total = useLive("visits", undefined, { initial: 0, reduce: (all, count) => all + count });
  holds<Same<typeof total.data, number>>();
  holds<Same<typeof plain.data, readonly Card[] | undefined>>();
  const plain = useLive("boardCards", { boardId: props.roomId });
  void cards.reload();
  // @ts-expect-error there is no such query
  useLive("cards");
  // @ts-expect-error the parameters of its channel are missing
  useLive("boardCards");
  // @ts-expect-error its own parameters are missing
  useLive("cardsBy", () => ({ boardId: props.roomId }));

  const snapshot = useStatus();
  holds<Same<typeof room.status, typeof snapshot.status | "denied">>();
  const same: Client = useClient();
  return <p title={room.name}>{room.status === "closed" ? snapshot.reason?.message : same.connectionId}</p>;
}

export function Page(): JSX.Element {
  return (
    <RealtimeProvider client={client}>
      <Room roomId="42" />
      text
    </RealtimeProvider>
  );
}

// @ts-expect-error a provider needs a client
export const without: JSX.Element = <RealtimeProvider>text</RealtimeProvider>;
