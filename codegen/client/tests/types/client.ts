// What compiles, and what does not: each `@ts-expect-error` is an assertion.

import type { ChannelEvent, Client, CreateClient, EventName, Events, FetchInit, Gap, HistoryPage, Meta, Params, Payload, Published, RefusedError, StatusSnapshot } from "../../dist/index.js";
import { validator } from "../../dist/index.js";
import { authHandlerFactory, serverFactory } from "../../dist/server.js";
import type { Card, Change, Channels, ConnectionTypes, MessageSent, NotificationAlert } from "../generated/contract.js";
import { contract } from "../generated/contract.js";
import { address, createClient, sharedTabs, type Transport } from "../generated/index.js";
import { holds, type Same } from "./exact.js";

const client = createClient({ url: "/realtime" });
const room = client.channel("chat/{roomId}", { roomId: "42" });

// Handlers know their data.
const off = room.on("message.sent", (data, meta) => {
  holds<Same<typeof data, MessageSent>>();
  holds<Same<typeof meta, Meta>>();
});
holds<Same<typeof off, () => void>>();
room.on("message.sent", (data) => data.text.length, { after: "cursor" });
room.on("message.sent", (data, { self }) => (self ? 0 : data.text.length), { last: 50 });
room.onDenied(({ channel, error }) => channel + error.reason);
holds<Same<typeof room.denied, RefusedError | undefined>>();
room.on("typing", (data, meta) => {
  holds<Same<typeof data, void>>();
  holds<Same<typeof meta.sender, string | null>>();
});
room.on("typing", () => undefined);

// @ts-expect-error the channel carries no such event
room.on("message.send", () => undefined);
// @ts-expect-error an event of another channel
room.on("card.changed", () => undefined);
// @ts-expect-error the payload has no such field
room.on("message.sent", (data) => data.body);
// @ts-expect-error the handler expects another payload
room.on("message.sent", (data: { readonly author: number }) => data);
// @ts-expect-error payloads are read-only
room.on("message.sent", (data) => (data.text = ""));
// @ts-expect-error a channel of named events needs the name
room.on((data: unknown) => data);

// Publishing.
const published: Promise<Published> = room.publish("message.sent", { author: "ann", text: "hi" });
void published.then(({ id, stored }) => stored && id?.length);
void room.publish("message.sent", { author: "ann", text: "hi" }, { excludeSelf: true });
void room.publish("typing");
void room.publish("typing", undefined, { excludeSelf: true });
// @ts-expect-error another payload
void room.publish("message.sent", { author: "ann" });
// @ts-expect-error the data is missing
void room.publish("message.sent");
// @ts-expect-error a signal has no data
void room.publish("typing", {});
// @ts-expect-error there is no such event
void room.publish("message.send");
const echo = client.channel("echo");
void echo.publish("text");
void echo.publish("text", { excludeSelf: true });
// @ts-expect-error another payload
void echo.publish(5);
// @ts-expect-error the event has no name
void echo.publish("message", "text");
const pad = client.channel("pad/{padId}", { padId: "1" });
void pad.publish("cursor.moved", 5);
// @ts-expect-error the server alone publishes it
void pad.publish("message", "text");
// @ts-expect-error the server alone publishes on this channel
void client.channel("default").publish;

// Parameters.
// @ts-expect-error a missing parameter
client.channel("chat/{roomId}", {});
// @ts-expect-error missing parameters
client.channel("chat/{roomId}");
// @ts-expect-error an unknown parameter
client.channel("chat/{roomId}", { roomId: "42", room: "42" });
// @ts-expect-error a parameter of the wrong type
client.channel("auction-{auctionId}/bids", { auctionId: "7" });
// @ts-expect-error a value that the enumeration does not have
client.channel("room:{kind}/{open}", { kind: "closed", open: true });
// @ts-expect-error there is no such channel
client.channel("chat/{room}", { room: "42" });
// @ts-expect-error this channel has no parameters
client.channel("default", { roomId: "42" });
client.channel("default");
client.channel("default", undefined);
client.channel("room:{kind}/{open}", { kind: "open", open: false });

// A channel of one unnamed event.
const counter = client.channel("counter/{name}", { name: "visits" });
counter.on((data, meta) => {
  holds<Same<typeof data, number>>();
  holds<Same<typeof meta, Meta>>();
});
counter.on("message", (data) => data.toFixed());
client.channel("room:{kind}/{open}", { kind: "open", open: true }).on((data) => holds<Same<typeof data, void>>());
// @ts-expect-error the payload is a number
counter.on((data: string) => data);

// The default channel.
client.on("notification.alert", (data) => holds<Same<typeof data, NotificationAlert>>());
client.onAny((event) => holds<Same<typeof event.event, "notification.alert">>());
// @ts-expect-error an event of another channel
client.on("message.sent", () => undefined);

interface WithoutDefault {
  news: { readonly params: undefined; readonly events: { readonly "news.posted": string }; readonly publishes: never };
}
declare const other: Client<WithoutDefault>;
// @ts-expect-error this contract has no default channel
other.on("news.posted", () => undefined);
other.channel("news").on("news.posted", (data) => holds<Same<typeof data, string>>());

// Unions.
client.channel("board/{boardId}", { boardId: "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10" }).onAny((event) => {
  if (event.event === "card.changed") {
    holds<Same<typeof event.data, Change>>();
    if (event.data.op === "remove") holds<Same<keyof typeof event.data, "op" | "cardId">>();
  } else {
    holds<Same<typeof event.event, "board.cleared">>();
    // @ts-expect-error a signal has no data
    event.data;
  }
});

// History.
const page: Promise<HistoryPage<ChannelEvent<Channels, "chat/{roomId}">>> = room.history({ limit: 10, before: "cursor" });
void page;
void room.history();
// @ts-expect-error one direction at a time
void room.history({ after: "a", before: "b" });

// Status, gaps, names.
const snapshot: StatusSnapshot = client.status.get();
client.status.subscribe(() => snapshot.reason?.name);
// @ts-expect-error not a status
if (snapshot.status === "open") off();
client.onGap((gap) => holds<Same<typeof gap, Gap>>());
holds<Same<typeof client.connectionId, string | undefined>>();
holds<Same<ReturnType<typeof address<"chat/{roomId}">>["params"], { readonly roomId: string }>>();
// @ts-expect-error missing parameters
address("chat/{roomId}");

// The derived types.
holds<Same<EventName<Channels, "chat/{roomId}">, "message.sent" | "typing">>();
holds<Same<Payload<Channels, "chat/{roomId}", "message.sent">, MessageSent>>();
holds<Same<Params<Channels, "default">, undefined>>();
holds<Same<Events<Channels, "counter/{name}">, { readonly message: number }>>();
holds<Same<RefusedError["retry"], "never" | "back_off" | "now">>();

// Options.
createClient({ url: "/realtime", headers: async () => ({ authorization: "Bearer x" }), credentials: "include", onInvalid: "throw" });
createClient({ url: "/realtime", onSkew: ({ client: mine, server }) => mine === server });
createClient({ url: "/realtime", fetch: async (_url: string, init: FetchInit) => ({ status: Object.keys(init.headers).length, headers: { get: () => null }, body: null, text: async () => "" }) });
createClient({ url: "/realtime", transport: "websocket", onPublishDropped: ({ channel, event, error }) => `${channel} ${event} ${error.retryAfter}` });
// @ts-expect-error not a transport
createClient({ url: "/realtime", transport: "long-polling" });
createClient({ url: "/realtime", tabs: sharedTabs() });
createClient({ url: "/realtime", tabs: sharedTabs({ group: "ann" }), headers: () => ({}) });
// @ts-expect-error not a way to share
createClient({ url: "/realtime", tabs: "shared" });
const transport: Transport = (request, handlers) => {
  handlers.onFrame(JSON.stringify({ type: "welcome", channels: request.channels.map(({ name }) => name) }));
  return { close: () => undefined, send: (frames, session) => handlers.onReply({ session, refs: frames.map(({ ref }) => ref) }) };
};
createClient({ url: "/realtime", transport });
createClient({ url: "/realtime", transport: (request, { onEnd }) => ({ close: () => onEnd({ retry: "now", reason: { name: request.session ?? "new", message: "" } }), send: () => undefined }) });
// @ts-expect-error not a link
createClient({ url: "/realtime", transport: () => ({ close: () => undefined }) });
void client.fetch("/api/rooms", { method: "POST", body: "{}" });
// @ts-expect-error an address is required
createClient({});
// @ts-expect-error not a policy
createClient({ url: "", onInvalid: "ignore" });

// Validators.
const message = validator(contract, "chat/{roomId}", "message.sent");
const verdict = message["~standard"].validate({});
if (verdict.issues === undefined) holds<Same<typeof verdict.value, MessageSent>>();
// @ts-expect-error the channel carries no such event
validator(contract, "chat/{roomId}", "card.changed");

// Who is on a channel.
const presence = room.presence();
void presence.set({ name: "Ann", typing: true });
presence.members.map(({ id, user, state }) => [id, user, state.name]);
presence.subscribeMember("ann", () => presence.member("ann")?.state.typing);
// @ts-expect-error another state
void presence.set({ typing: true });
// @ts-expect-error the channel has no members
client.channel("default").presence();

// Calls, greetings, tokens.
void client.call("board.rename", { title: "x" }, { timeout: 5 }).then(({ title }) => title.length);
void client.call("ping");
client.onCall("confirm", ({ text }) => text.length > 0);
client.onGreeting(({ motd }, channel) => motd + (channel ?? ""));
// @ts-expect-error a call of the service's
void client.call("confirm", { text: "" });
// @ts-expect-error the request is missing
void client.call("board.rename");
// @ts-expect-error another reply
client.onCall("confirm", () => "yes");
createClient({ url: "/realtime", token: async () => "token" });
// @ts-expect-error a token is text
createClient({ url: "/realtime", token: () => 5 });
client.onRevoked(({ channel, until }) => channel.length + (until ?? 0));
client.channels.map(({ name, by }) => (by === "server" ? name : ""));

// Live queries.
const cards = client.live("boardCards", { boardId: "b" });
holds<Same<typeof cards.current.data, readonly Card[] | undefined>>();
cards.subscribe(() => cards.current.status === "error" && cards.current.error?.message.length)();
void cards.reload().then(() => cards.stop());
holds<Same<ReturnType<typeof visits>, number>>();
const visits = () => client.live("visits", undefined, { fallback: 0 }).current.data;
holds<Same<ReturnType<typeof byStatus>, readonly Card[]>>();
const byStatus = () => client.live("cardsBy", { boardId: "b" }, { params: { status: "open" }, fallback: [] }).current.data;
const titles = client.live("boardCards", { boardId: "b" }, { initial: new Set<string>(), reduce: (all, data) => new Set([...all, ...data.map(({ title }) => title)]) });
holds<Same<typeof titles.current.data, Set<string>>>();
const sum = client.live("visits", undefined, { initial: 0, reduce: (all, data) => all + data });
holds<Same<typeof sum.current.data, number>>();
const newest = client.live("boardCards", { boardId: "b" }, { stream: true });
holds<Same<typeof newest.current.data, Change | void | undefined>>();
const log = client.live("boardCards", { boardId: "b" }, { stream: true, initial: [] as readonly string[], reduce: (all, _data, event) => [...all, event.event satisfies "board.cleared" | "card.changed"] });
holds<Same<typeof log.current.data, readonly string[]>>();
client.live("visits");
// @ts-expect-error there is no such query
client.live("cards");
// @ts-expect-error the parameters of its channel are missing
client.live("boardCards");
// @ts-expect-error an unknown parameter
client.live("boardCards", { board: "b" });
// @ts-expect-error its own parameters are missing
client.live("cardsBy", { boardId: "b" });
// @ts-expect-error its own parameters are missing
client.live("cardsBy", { boardId: "b" }, { fallback: [] });
// @ts-expect-error another parameter
client.live("cardsBy", { boardId: "b" }, { params: { status: "lost" } });
// @ts-expect-error it has no parameters of its own
client.live("visits", undefined, { params: {} });
// @ts-expect-error the fallback is another value
client.live("visits", undefined, { fallback: "none" });
// @ts-expect-error nothing to begin with
client.live("visits", undefined, { reduce: (all: number, data: number) => all + data });
// @ts-expect-error what is added is no number
client.live("visits", undefined, { initial: 0, reduce: (all, data) => `${all}${data}` });
// @ts-expect-error values are read-only
cards.current.data?.push({ cardId: "1", title: "x" });

// A contract without live queries has none.
declare const createPlain: CreateClient<Channels>;
// @ts-expect-error there are none
createPlain({ url: "/realtime" }).live;

// A contract with an opening needs it.
declare const createOpened: CreateClient<Channels, Omit<ConnectionTypes, "opening"> & { readonly opening: { readonly locale: string } }>;
createOpened({ url: "/realtime", opening: { locale: "de" } });
// @ts-expect-error the opening is missing
createOpened({ url: "/realtime" });

// The service from another one.
const service = serverFactory(contract)({ url: "https://live.example.org/realtime", key: "key" });
void service.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "a", text: "b" }, { key: "k" });
// @ts-expect-error clients alone publish it
void service.channel("chat/{roomId}", { roomId: "42" }).publish("typing");
void service.revoke({ user: "ann", channel: service.channel("default") });
// @ts-expect-error nobody, and nothing
void service.revoke({});
export const handler = authHandlerFactory(contract)({ secret: "", issuer: "", audience: "", authorize: () => ({ user: "ann", subscribe: ["chat/{roomId}", { pattern: "board/{boardId}", params: { boardId: "b" } }] }) });
// @ts-expect-error there is no such channel
authHandlerFactory(contract)({ secret: "", issuer: "", audience: "", authorize: () => ({ publish: ["chat/{room}"] }) });
