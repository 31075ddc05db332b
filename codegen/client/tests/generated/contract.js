// The shape of what the generator prints, written by hand: names, and checks made of the functions that it imports.

import { all, boolean, integer, list, nullable, number, object, oneOf, only, optional, pattern, string, uint64, union, uuid } from "../../dist/checks.js";

const isCardStatus = oneOf("open", "done");
const isChange = union("op", {
  add: object({ cardId: uuid, status: optional(isCardStatus) }),
  remove: all(object({ cardId: uuid }), only("op", "cardId")),
});
const isCards = list(object({ cardId: string(), title: string(1) }));
const isUserId = string(1, 64);
const isMember = object({ name: string(1, 40), typing: optional(boolean) });
const isMessageSent = object({ author: isUserId, text: string(1, 2000), replyTo: optional(nullable(uint64)) });

export const CardStatus = { open: "open", done: "done" };

export const contract = {
  name: "sample",
  hash: "0f6d2c1b9a8e7d6c5b4a39281706f5e4",
  channels: {
    "auction-{auctionId}/bids": {
      params: [{ name: "auctionId", check: integer(1, 2147483647) }],
      events: { "bid.placed": { publish: ["server"], payload: number(0) } },
    },
    "board/{boardId}": {
      params: [{ name: "boardId", lower: true, check: uuid }],
      events: {
        "board.cleared": { publish: ["server"] },
        "card.changed": { publish: ["server"], payload: isChange },
      },
    },
    "chat/{roomId}": {
      params: [{ name: "roomId", check: all(string(), pattern("^[a-z0-9-]{1,40}$")) }],
      events: {
        "message.sent": { publish: ["server", "client"], payload: isMessageSent },
        typing: { publish: ["client"], transient: true },
      },
      presence: { payload: isMember },
    },
    "counter/{name}": {
      params: [{ name: "name", check: string() }],
      events: { message: { publish: ["server"], payload: integer(0, 4294967295) } },
    },
    default: {
      params: [],
      events: { "notification.alert": { publish: ["server"], payload: object({ text: string() }) } },
    },
    echo: {
      params: [],
      events: { message: { publish: ["server", "client"], payload: string() } },
    },
    "pad/{padId}": {
      params: [{ name: "padId", check: string() }],
      events: {
        "cursor.moved": { publish: ["client"], transient: true, latest: true, payload: number(0) },
        message: { publish: ["server"], payload: string() },
      },
    },
    "room:{kind}/{open}": {
      params: [{ name: "kind", check: isCardStatus }, { name: "open", check: boolean }],
      events: { message: { publish: ["server"] } },
    },
  },
  calls: {
    "board.rename": { from: ["client"], request: { payload: object({ title: string(1) }) }, reply: { payload: object({ title: string() }) } },
    confirm: { from: ["server"], request: { payload: object({ text: string() }) }, reply: { payload: boolean } },
    ping: { from: ["client"], request: {}, reply: {} },
  },
  live: {
    boardCards: { channel: "board/{boardId}", result: { payload: isCards } },
    cardsBy: {
      channel: "board/{boardId}",
      params: { payload: object({ status: isCardStatus, limit: optional(integer(1, 100)) }), fill: (params) => ({ limit: 10, ...params }) },
      result: { payload: isCards },
    },
    visits: { channel: "default", result: { payload: number(0) } },
  },
  connection: { greeting: { payload: object({ motd: string() }) } },
};
