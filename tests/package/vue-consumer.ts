// What compiles against the Vue entry of the package of the contract `acme-live`, and what does not.

import { address, createClient } from "acme-live";
import { provideRealtime, realtimePlugin, useChannel, useClient, useEvent, useRealtime, useStatus } from "acme-live/vue";
import { createApp, defineComponent, h, toRefs } from "vue";

const client = createClient({ url: "/realtime" });

export const Room = defineComponent((props: { readonly roomId: string }) => {
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
  const { status } = toRefs(room);
  const { connectionId } = useClient();
  const state = useStatus();
  return () => h("p", { title: room.name }, status.value === "connected" ? connectionId : state.reason?.message);
});

createApp(defineComponent(() => {
  provideRealtime(client);
  return () => h(Room, { roomId: "42" });
})).use(realtimePlugin, client);
// @ts-expect-error a plugin needs a client
createApp({}).use(realtimePlugin);
