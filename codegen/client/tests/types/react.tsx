import type { ReactNode } from "react";
import { address, createClient } from "../generated/index.js";
import type { Card, Client, MessageSent, NotificationAlert } from "../generated/index.js";
import { RealtimeProvider, useChannel, useClient, useEvent, useLive, useRealtime, useStatus } from "../generated/react.js";
import { holds, type Same } from "./exact.js";

const client = createClient({ url: "/realtime" });

export function Room({ roomId }: { readonly roomId: string }): ReactNode {
  const { status, name, history, publish, denied } = useChannel("chat/{roomId}", { roomId }, {
    "message.sent": (data, meta) => {
      holds<Same<typeof data, MessageSent>>();
      holds<Same<typeof meta.id, string | null>>();
    },
    typing: (_data, meta) => meta.sender,
  }, { enabled: roomId !== "", after: "cursor", onGap: (gap) => gap.missed });
  void history({ limit: 10 }).then((page) => page.events.map((event) => event.event satisfies "message.sent" | "typing"));
  void publish("message.sent", { author: "ann", text: denied?.message ?? name });
  // @ts-expect-error another payload
  void publish("message.sent", {});
  void useChannel("echo", undefined, undefined, { last: 5 }).publish("text");
  // @ts-expect-error the server alone publishes on this channel
  void useChannel("default").publish;
  useChannel("chat/{roomId}", { roomId });
  useChannel("default");
  useChannel("default", undefined, { "notification.alert": (data) => data.text });
  useChannel("counter/{name}", { name: "visits" }, (data) => holds<Same<typeof data, number>>());
  useChannel("counter/{name}", { name: "visits" }, { message: (data) => holds<Same<typeof data, number>>() });
  // @ts-expect-error the channel carries no such event
  useChannel("chat/{roomId}", { roomId }, { "message.send": () => undefined });
  // @ts-expect-error missing parameters
  useChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  useChannel("chat/{roomId}", { room: roomId });
  // @ts-expect-error the handler expects another payload
  useChannel("chat/{roomId}", { roomId }, { "message.sent": (data: number) => data });

  useEvent("chat/{roomId}", { roomId }, "message.sent", (data) => holds<Same<typeof data, MessageSent>>(), { last: 5 });
  useEvent("default", undefined, "notification.alert", (data) => data.text);
  // @ts-expect-error the channel carries no such event
  useEvent("chat/{roomId}", { roomId }, "message.send", () => undefined);
  // @ts-expect-error missing parameters
  useEvent("chat/{roomId}", undefined, "typing", () => undefined);

  useRealtime({ onData: (event) => holds<Same<typeof event.data, NotificationAlert>>() });
  useRealtime({
    channels: ["default", address("board/{boardId}", { boardId: roomId })],
    onData: (event) => {
      holds<Same<typeof event.id, string | null>>();
      if (event.event === "notification.alert") return event.data.text;
      if (event.event === "card.changed") return event.data.op;
      // @ts-expect-error a signal has no data
      return event.data;
    },
  });
  useRealtime({ channels: [address("chat/{roomId}", { roomId })], events: ["typing"], onData: (event) => holds<Same<typeof event.event, "typing">>() });
  // @ts-expect-error no channel of the list carries this event
  useRealtime({ channels: ["default"], events: ["typing"] });
  // @ts-expect-error a channel with parameters needs an address
  useRealtime({ channels: ["chat/{roomId}"] });

  const snapshot = useStatus();
  holds<Same<typeof status, typeof snapshot.status | "denied">>();
  const same: Client = useClient();
  return <p title={name}>{status === "closed" ? snapshot.reason?.message : same.connectionId}</p>;
}

export function Cards({ boardId }: { readonly boardId: string }): ReactNode {
  const cards = useLive("boardCards", { boardId }, { enabled: boardId !== "" });
  holds<Same<typeof cards.data, readonly Card[] | undefined>>();
  const { data, status, error, reload } = useLive("boardCards", { boardId }, { fallback: [] });
  holds<Same<typeof data, readonly Card[]>>();
  const total = useLive("visits", undefined, { initial: 0, reduce: (all, count) => all + count });
  holds<Same<typeof total.data, number>>();
  // @ts-expect-error there is no such query
  useLive("cards");
  // @ts-expect-error the parameters of its channel are missing
  useLive("boardCards");
  // @ts-expect-error its own parameters are missing
  useLive("cardsBy", { boardId });
  // @ts-expect-error the value has no such field
  useLive("boardCards", { boardId }).data?.map(({ name }) => name);
  return <button type="button" onClick={() => void reload()}>{status === "error" ? error?.message : data.map(({ title }) => title).join()}</button>;
}

export function Page(): ReactNode {
  return (
    <RealtimeProvider client={client}>
      <Room roomId="42" />
      text
    </RealtimeProvider>
  );
}

// @ts-expect-error a provider needs a client
export const without: ReactNode = <RealtimeProvider>text</RealtimeProvider>;
