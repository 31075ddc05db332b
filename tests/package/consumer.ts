// What compiles against the package of the contract `acme-live`, and what does not. Each `@ts-expect-error` is an assertion, and a test
// makes sure that each of them stands before an error.

import { address, CardStatus, codes, contract, createClient, sharedTabs } from "acme-live";
import { createTestServer } from "acme-live/testing";
import { contract as checked, type EventValidator, type Issue, validator } from "acme-live/validators";
import type { Card, CardChanged, Cents, Client, Events, Gap, MessageSent, Meta, Params, Pattern, Payload, Status, Transport } from "acme-live";

const client: Client = createClient({ url: "/realtime" });
const room = client.channel("chat/{roomId}", { roomId: "42" });
const boardId = "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10";
const board = client.channel("board/{boardId}", { boardId });

// Events and their payloads.
const off: () => void = room.on("message.sent", (data: MessageSent, meta: Meta) => `${data.author}: ${data.text} (${meta.channel} ${meta.number})`);
room.on("typing", (_data, meta) => meta.sender?.length);
client.on("notification.alert", (data) => data.text.length);
board.on("card.focused", (card) => card.dueAt?.length ?? card.labels?.["colour"]?.length);
// @ts-expect-error no channel carries such an event
room.on("message.send", () => undefined);
// @ts-expect-error an event of another channel
room.on("card.changed", () => undefined);
// @ts-expect-error the default channel does not carry it
client.on("message.sent", () => undefined);
// @ts-expect-error the payload has no such field
room.on("message.sent", (data) => data.body);
// @ts-expect-error the field has another type
room.on("message.sent", (data) => data.text.toFixed());
// @ts-expect-error the handler expects another payload
room.on("message.sent", (data: Card) => data.id);
// @ts-expect-error payloads are read-only
room.on("message.sent", (data) => (data.text = ""));
// @ts-expect-error the field may be absent
board.on("card.focused", (card) => card.labels["colour"]);
// @ts-expect-error the field may be null
board.on("card.focused", (card) => card.dueAt === undefined || card.dueAt.length);

// A signal carries nothing.
// @ts-expect-error a signal has no data
room.on("typing", (data) => data.author);
// @ts-expect-error a handler of a signal gets no payload
board.on("board.cleared", (data: Card) => data.id);
board.onAny((event) => {
  if (event.event === "board.cleared") {
    // @ts-expect-error a signal has no data
    return event.data;
  }
  return event.event === "card.focused" ? event.data.title : event.data.op;
});

// Parameters.
client.channel("default");
// @ts-expect-error a parameter is missing
client.channel("chat/{roomId}", {});
// @ts-expect-error the parameters are missing
client.channel("chat/{roomId}");
// @ts-expect-error an unknown parameter
client.channel("chat/{roomId}", { roomId: "42", room: "42" });
// @ts-expect-error a parameter of another type
client.channel("chat/{roomId}", { roomId: 42 });
// @ts-expect-error a channel without parameters
client.channel("default", { roomId: "42" });
// @ts-expect-error there is no such channel
client.channel("chat/{room}", { room: "42" });
const name: string = address("chat/{roomId}", { roomId: "42" }).name;
// @ts-expect-error a parameter is missing
address("chat/{roomId}");

// Types of the contract.
const status: CardStatus = CardStatus.open;
const done: "done" = CardStatus.done;
// @ts-expect-error a value that the enumeration does not have
const closed: CardStatus = "closed";
// @ts-expect-error a constant that the enumeration does not have
CardStatus.closed;
// @ts-expect-error constants do not change
CardStatus.open = "open";
const price: Cents = "1299";
// @ts-expect-error not an integer
const fraction: Cents = "12.99";
// @ts-expect-error 64-bit integers are text: a number would lose digits
const lossy: Cents = 1299;
const card: Card = { id: boardId, title: "Write", dueAt: null, status, price };
// @ts-expect-error a required field is missing
const untitled: Card = { id: boardId };
// @ts-expect-error an absent field is absent, not undefined
const undefinedStatus: Card = { id: boardId, title: "Write", status: undefined };
const changes: readonly CardChanged[] = [{ op: "add", card }, { op: "move", cardId: boardId, index: 3 }, { op: "clear" }];
// @ts-expect-error the branch has other fields
const mixed: CardChanged = { op: "move", card };
// @ts-expect-error there is no such branch
const renamed: CardChanged = { op: "rename", card };
for (const change of changes) {
  switch (change.op) {
    case "add":
      change.card.title.at(0);
      break;
    case "move":
      change.index.toFixed();
      // @ts-expect-error a field of another branch
      change.card;
      break;
    case "clear":
      break;
    default:
      change satisfies never;
  }
}

// The derived types.
const sent: Payload<"chat/{roomId}", "message.sent"> = { author: "ann", text: "hi" };
const params: Params<"chat/{roomId}"> = { roomId: "42" };
const none: Params<"default"> = undefined;
const patterns: readonly Pattern[] = ["default", "chat/{roomId}", "board/{boardId}"];
const eventNames: readonly (keyof Events<"chat/{roomId}">)[] = ["message.sent", "typing"];
// @ts-expect-error an event of another channel
const foreign: keyof Events<"chat/{roomId}"> = "card.changed";

// Status, gaps, history, codes.
const connection: Status = client.status.get().status;
// @ts-expect-error not a status
if (connection === "open") off();
client.onGap((gap: Gap) => gap.reason.length + (gap.missed ?? 0));
void room.history({ limit: 10 }).then((page) => page.events.map((event) => (event.event === "typing" ? event.meta.time : event.data.text)));
// @ts-expect-error one direction at a time
void room.history({ after: "a", before: "b" });
const unknownChannel: 4005 = codes.unknown_channel;
const hash: string = contract.hash;
// @ts-expect-error an address is required
createClient({});

export { closed, done, eventNames, foreign, fraction, hash, lossy, mixed, name, none, params, patterns, renamed, sent, undefinedStatus, unknownChannel, untitled };

// A transport of one's own, a connection for several tabs, and a server for tests.
const transport: Transport = (request, handlers) => {
  handlers.onFrame(JSON.stringify({ type: "welcome", session: request.session }));
  return { close: () => undefined, send: (frames) => frames.forEach(({ text }) => text.length) };
};
createClient({ url: "/realtime", transport, tabs: sharedTabs({ group: "ann" }) });
// @ts-expect-error not a transport
createClient({ url: "/realtime", transport: () => undefined });
const server = createTestServer();
const tested: Client = server.client({ user: "ann" });
tested.close();
server.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { author: "ann", text: "hi" });
// @ts-expect-error another payload
server.channel("chat/{roomId}", { roomId: "42" }).publish("message.sent", { text: "hi" });

// Validators without a client.
const check: EventValidator<MessageSent> = validator(checked, "chat/{roomId}", "message.sent");
export const issues: readonly Issue[] = check.issues({});
// @ts-expect-error not an event of this channel
validator(checked, "chat/{roomId}", "card.changed");
