// What compiles against the Solid entry of the package of the contract `acme-live`, and what does not.

import { address, createClient } from "acme-live";
import { RealtimeProvider, useChannel, useClient, useEvent, useRealtime, useStatus } from "acme-live/solid";
import type { JSX } from "solid-js";

const client = createClient({ url: "/realtime" });

export function Room(props: { readonly roomId: string }): JSX.Element {
  const params = () => ({ roomId: props.roomId });
  const room = useChannel("chat/{roomId}", params, {
    "message.sent": (data, meta) => `${data.author}: ${data.text} ${meta.number}`,
    typing: (_data, meta) => meta.sender,
  });
  useChannel("default", undefined, { "notification.alert": (data) => data.text });
  useEvent("chat/{roomId}", params, "message.sent", (data) => data.author);
  useRealtime({ onData: (event) => event.data.text });
  useRealtime(() => ({ channels: ["default", address("chat/{roomId}", { roomId: props.roomId })], events: ["notification.alert"], onData: (event) => event.data.text }));
  // @ts-expect-error the channel carries no such event
  useChannel("chat/{roomId}", params, { "message.send": () => undefined });
  // @ts-expect-error the parameters are missing
  useChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  useChannel("chat/{roomId}", () => ({ room: "42" }));
  // @ts-expect-error the handler expects another payload
  useChannel("chat/{roomId}", params, { "message.sent": (data: number) => data });
  // @ts-expect-error a channel with parameters needs an address
  useRealtime({ channels: ["chat/{roomId}"] });
  // @ts-expect-error the channel carries no such event
  useEvent("chat/{roomId}", params, "message.send", () => undefined);
  const { connectionId } = useClient();
  const state = useStatus();
  return <p title={room.name}>{room.status === "connected" ? connectionId : state.reason?.message}</p>;
}

export function Page(): JSX.Element {
  return (
    <RealtimeProvider client={client}>
      <Room roomId="42" />
    </RealtimeProvider>
  );
}

// @ts-expect-error a provider needs a client
export const without: JSX.Element = <RealtimeProvider>text</RealtimeProvider>;
