// What compiles against the React entry of the package of the contract `acme-live`, and what does not.

import { address, createClient } from "acme-live";
import { RealtimeProvider, useChannel, useClient, useEvent, useRealtime, useStatus } from "acme-live/react";
import type { ReactNode } from "react";

const client = createClient({ url: "/realtime" });

export function Room({ roomId }: { readonly roomId: string }): ReactNode {
  const { name, status } = useChannel("chat/{roomId}", { roomId }, {
    "message.sent": (data, meta) => `${data.author}: ${data.text} ${meta.number}`,
    typing: (_data, meta) => meta.sender,
  });
  useChannel("default", undefined, { "notification.alert": (data) => data.text });
  useEvent("chat/{roomId}", { roomId }, "message.sent", (data) => data.author);
  useRealtime({ onData: (event) => event.data.text });
  useRealtime({ channels: ["default", address("chat/{roomId}", { roomId })], events: ["notification.alert"], onData: (event) => event.data.text });
  // @ts-expect-error the channel carries no such event
  useChannel("chat/{roomId}", { roomId }, { "message.send": () => undefined });
  // @ts-expect-error the parameters are missing
  useChannel("chat/{roomId}");
  // @ts-expect-error an unknown parameter
  useChannel("chat/{roomId}", { room: roomId });
  // @ts-expect-error the handler expects another payload
  useChannel("chat/{roomId}", { roomId }, { "message.sent": (data: number) => data });
  // @ts-expect-error a channel with parameters needs an address
  useRealtime({ channels: ["chat/{roomId}"] });
  const { connectionId } = useClient();
  const { reason } = useStatus();
  return <p title={name}>{status === "connected" ? connectionId : reason?.message}</p>;
}

export function Page(): ReactNode {
  return (
    <RealtimeProvider client={client}>
      <Room roomId="42" />
    </RealtimeProvider>
  );
}

// @ts-expect-error a provider needs a client
export const without: ReactNode = <RealtimeProvider>text</RealtimeProvider>;
