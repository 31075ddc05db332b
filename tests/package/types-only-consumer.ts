/** A program that takes the types of a contract and nothing else: `gen --types-only`. */

import type { Card, CardChanged, CardStatus, Channels, Events, Params, Pattern, Payload } from "acme-live";

const status: CardStatus = "done";
const card: Card = { id: "0190a5f0-0000-7000-8000-000000000000", title: "Write", status };
const change: CardChanged = { op: "add", card };
const params: Params<"chat/{roomId}"> = { roomId: "42" };
const sent: Payload<"chat/{roomId}", "message.sent"> = { author: "ada", text: "hi" };
const patterns: readonly Pattern[] = ["board/{boardId}", "chat/{roomId}", "default"];
const publishes: Channels["chat/{roomId}"]["publishes"] = "typing";
const handlers: { readonly [E in keyof Events<"board/{boardId}">]: (data: Events<"board/{boardId}">[E]) => void } = {
  "board.cleared": () => undefined,
  "card.changed": (data) => {
    if (data.op === "move") data.index.toFixed();
  },
  "card.focused": (data) => data.title.trim(),
};

// @ts-expect-error there is no such value
const wrongStatus: CardStatus = "closed";
// @ts-expect-error there is no such event
type Wrong = Payload<"chat/{roomId}", "message.set">;
// @ts-expect-error the name of the room is missing
const nameless: Params<"chat/{roomId}"> = {};
// @ts-expect-error the client is not part of it
type Client = import("acme-live").Client;

export type { Client, Wrong };
export { change, handlers, nameless, params, patterns, publishes, sent, wrongStatus };
