import { createClient } from "../generated/index.js";
import type { Channels, ConnectionTypes, Client } from "../generated/index.js";
import { createTestServer } from "../generated/testing.js";
import type { TestServer } from "../../dist/testing.js";
import { holds, type Same } from "./exact.js";

// The example of the documentation; a test compares them.
const server = createTestServer();
const client = server.client({ user: "ann" });
const room = server.channel("chat/{roomId}", { roomId: "42" });
const texts: string[] = [];
client.channel("chat/{roomId}", { roomId: "42" }).on("message.sent", (data) => texts.push(data.text));

server.advance(); // the client is connected and subscribed
room.publish("message.sent", { author: "bob", text: "hi" }); // texts is ["hi"]

server.disconnect();
room.publish("message.sent", { author: "bob", text: "are you there?" });
server.advance(30_000); // it came back, and texts is ["hi", "are you there?"]

await client.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "ann", text: "yes" });
room.published.length; // 1

const same: TestServer<Channels, ConnectionTypes> = server;
export const made: Client = createClient({ url: "http://test.invalid", transport: same.transport, fetch: same.fetch });
export const other: Client = same.client();

for (const event of room.published) {
  if (event.event === "message.sent") holds<Same<typeof event.data.text, string>>();
  // @ts-expect-error a signal has no data
  else event.data;
}
room.publish("typing");
room.publish("typing", undefined, { sender: "bob" });
room.deny("rate_limited");
server.channel("counter/{name}", { name: "visits" }).publish("message", 7);
// @ts-expect-error another payload
room.publish("message.sent", { text: "hi" });
// @ts-expect-error not an event of this channel
room.publish("message.send", { author: "ann", text: "hi" });
// @ts-expect-error missing parameters
server.channel("chat/{roomId}");
// @ts-expect-error no such refusal
room.deny("because");
// @ts-expect-error the way to the server is the server's
server.client({ url: "/realtime" });

// Live queries.
server.live("boardCards", { boardId: "b" }).set([{ cardId: "1", title: "x" }]);
server.live("cardsBy", { boardId: "b" }, { status: "open" }).fail("live_timeout");
server.live("visits").end("revoked");
holds<Same<typeof visits, number>>();
const visits = server.live("visits").subscribers + server.live("visits").reloads;
// @ts-expect-error another value
server.live("visits").set("5");
// @ts-expect-error its own parameters are missing
server.live("cardsBy", { boardId: "b" });
// @ts-expect-error there is no such query
server.live("cards");
