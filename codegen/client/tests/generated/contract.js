// The shape of what the generator prints, written by hand: data, and the checks that it needs.

import { checkBoolean, checkEnum, checkInt64, checkInteger, checkNullable, checkNumber, checkObject, checkRef, checkString, checkUnion, checkUuid } from "../../dist/checks.js";

export const CardStatus = { open: "open", done: "done" };

export const contract = {
  name: "sample",
  hash: "0f6d2c1b9a8e7d6c5b4a39281706f5e4",
  types: {
    CardStatus: { kind: "enum", values: [{ value: "open" }, { value: "done" }] },
    Change: {
      kind: "union",
      tag: "op",
      variants: [
        { value: "add", fields: [{ name: "cardId", type: { kind: "uuid" } }, { name: "status", optional: true, type: { kind: "ref", name: "CardStatus" } }] },
        { value: "remove", fields: [{ name: "cardId", type: { kind: "uuid" } }], closed: true },
      ],
    },
    MessageSent: {
      kind: "object",
      fields: [
        { name: "author", type: { kind: "ref", name: "UserId" } },
        { name: "text", type: { kind: "string", minLength: 1, maxLength: 2000 } },
        { name: "replyTo", optional: true, type: { kind: "nullable", of: { kind: "int64", signed: false } } },
      ],
    },
    UserId: { kind: "string", minLength: 1, maxLength: 64 },
  },
  channels: {
    "auction-{auctionId}/bids": {
      params: [{ name: "auctionId", type: { kind: "integer", min: 1, max: 2147483647 } }],
      events: { "bid.placed": { publish: ["server"], payload: { kind: "number", min: 0 } } },
    },
    "board/{boardId}": {
      params: [{ name: "boardId", type: { kind: "uuid" } }],
      events: {
        "board.cleared": { publish: ["server"] },
        "card.changed": { publish: ["server"], payload: { kind: "ref", name: "Change" } },
      },
    },
    "chat/{roomId}": {
      params: [{ name: "roomId", type: { kind: "string", pattern: "^[a-z0-9-]{1,40}$" } }],
      events: {
        "message.sent": { publish: ["server", "client"], payload: { kind: "ref", name: "MessageSent" } },
        typing: { publish: ["client"], transient: true },
      },
    },
    "counter/{name}": {
      params: [{ name: "name", type: { kind: "string" } }],
      events: { message: { publish: ["server"], payload: { kind: "integer", min: 0, max: 4294967295 } } },
    },
    default: {
      params: [],
      events: { "notification.alert": { publish: ["server"], payload: { kind: "object", fields: [{ name: "text", type: { kind: "string" } }] } } },
    },
    "room:{kind}/{open}": {
      params: [{ name: "kind", type: { kind: "ref", name: "CardStatus" } }, { name: "open", type: { kind: "boolean" } }],
      events: { message: { publish: ["server"] } },
    },
  },
  checks: {
    boolean: checkBoolean,
    enum: checkEnum,
    int64: checkInt64,
    integer: checkInteger,
    nullable: checkNullable,
    number: checkNumber,
    object: checkObject,
    ref: checkRef,
    string: checkString,
    union: checkUnion,
    uuid: checkUuid,
  },
};
