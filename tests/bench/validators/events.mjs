/**
 * Five realistic events, forty-five more like them, and messages: what both benchmarks measure.
 *
 * A type is written once, in the form of the contract, so that every library checks the same thing.
 */

const string = (minLength, maxLength) => ({ kind: "string", minLength, maxLength });
const integer = (min, max) => ({ kind: "integer", min, max });
const number = (min, max) => ({ kind: "number", min, max });
const choose = (...values) => ({ kind: "enum", values: values.map((value) => ({ value })) });
const list = (items, minItems, maxItems) => ({ kind: "list", items, minItems, maxItems });
const ref = (name) => ({ kind: "ref", name });
const nullable = (of) => ({ kind: "nullable", of });
const matching = (pattern) => ({ kind: "string", pattern });
const boolean = { kind: "boolean" };
const uuid = { kind: "uuid" };
const dateTime = { kind: "dateTime" };

/** `name?` is an optional field. */
const fields = (types) => Object.entries(types).map(([name, type]) => (name.endsWith("?") ? { name: name.slice(0, -1), optional: true, type } : { name, type }));
const object = (types) => ({ kind: "object", fields: fields(types) });
const union = (tag, variants) => ({ kind: "union", tag, variants: Object.entries(variants).map(([value, types]) => ({ value, fields: fields(types) })) });

/** The named types that events share. */
export const types = {
  Person: object({ id: uuid, name: string(1, 64), role: choose("guest", "member", "owner"), online: boolean }),
  Card: object({ id: uuid, title: string(1, 200), labels: list(string(1, 32), 0, 8) }),
};

/** Five events: nested objects, a tagged union, lists, formats, a pattern, bounds, enums, booleans, what may be absent and what may be null. */
export const five = {
  "message.sent": object({ id: uuid, author: ref("Person"), text: string(1, 2000), sentAt: dateTime, replyTo: nullable(uuid), files: list(object({ name: string(1, 64), size: integer(0, 9999) }), 0, 8) }),
  "card.changed": union("op", {
    add: { card: ref("Card"), index: integer(0, 9999) },
    move: { id: uuid, from: integer(0, 9999), to: integer(0, 9999) },
    remove: { id: uuid },
  }),
  "order.placed": object({
    id: uuid,
    customer: object({ name: string(1, 64), address: object({ street: string(1, 64), city: string(1, 64), country: choose("AT", "CH", "DE") }) }),
    lines: list(object({ sku: matching("^[A-Z]{2}-[0-9]{4}$"), title: string(1, 200), count: integer(1, 9999), price: number(0, 9999) }), 1, 64),
    sentAt: dateTime,
  }),
  "presence.updated": object({ id: uuid, status: choose("online", "away", "busy"), seenAt: dateTime, "cursor?": object({ x: number(0, 1), y: number(0, 1) }) }),
  "bid.placed": object({ id: uuid, bidder: ref("Person"), amount: integer(1, 9999), endsAt: dateTime }),
};

const id = (n) => `f81d4fae-7dec-11d0-a765-${String(n).padStart(12, "0")}`;
const person = (n) => ({ id: id(n), name: `Person ${n}`, role: ["guest", "member", "owner"][n % 3], online: n % 2 === 0 });
const time = (n) => `2026-11-${String(1 + (n % 28)).padStart(2, "0")}T${String(n % 24).padStart(2, "0")}:02:03${n % 2 === 0 ? ".125Z" : "+01:00"}`;

/** Valid messages of the five events, as they come from the wire: `n` makes each a little different. */
const samples = {
  "message.sent": (n) => ({
    id: id(n),
    author: person(n),
    text: "The quick brown fox jumps over the lazy dog. ".repeat(1 + (n % 4)),
    sentAt: time(n),
    replyTo: n % 3 === 0 ? id(n + 1) : null,
    files: Array.from({ length: n % 3 }, (_, at) => ({ name: `photo-${at}.jpg`, size: 100 * n })),
  }),
  "card.changed": (n) =>
    [
      { op: "add", card: { id: id(n), title: `Card ${n}`, labels: ["red", "blue"].slice(n % 2) }, index: n },
      { op: "move", id: id(n), from: n, to: n + 1 },
      { op: "remove", id: id(n) },
    ][n % 3],
  "order.placed": (n) => ({
    id: id(n),
    customer: { name: `Customer ${n}`, address: { street: `${n} Main Street`, city: "Graz", country: "AT" } },
    lines: Array.from({ length: 1 + (n % 3) }, (_, at) => ({ sku: `AB-${String(1000 + n)}`, title: `Product ${at}`, count: 1 + at, price: 9.99 })),
    sentAt: time(n),
  }),
  "presence.updated": (n) => ({ id: id(n), status: ["online", "away", "busy"][n % 3], seenAt: time(n), ...(n % 2 === 0 && { cursor: { x: 0.25, y: n / 100 } }) }),
  "bid.placed": (n) => ({ id: id(n), bidder: person(n), amount: 1 + n, endsAt: time(n) }),
};

/** Messages of all five events, mixed: `[name, message]`. */
export const messages = Array.from({ length: 100 }, (_, n) => {
  const names = Object.keys(five);
  const name = names[n % names.length];
  return [name, JSON.parse(JSON.stringify(samples[name](n % 60)))];
});

/** What else applications tell each other, in the words that they have: each row is an event, and the fields in which it differs from the one it is like. */
const more = {
  "message.sent": {
    "message.edited": { editedAt: dateTime },
    "message.deleted": { reason: string(1, 64) },
    "comment.sent": { cardId: uuid },
    "comment.edited": { cardId: uuid, editedAt: dateTime },
    "comment.deleted": { cardId: uuid, reason: string(1, 200) },
    "ticket.opened": { title: string(1, 200), level: integer(1, 5) },
    "ticket.closed": { reason: string(1, 2000) },
    "review.sent": { title: string(1, 64), stars: integer(1, 5) },
    "review.deleted": { reason: string(1, 64) },
  },
  "card.changed": {
    "list.changed": { title: string(1, 64) },
    "label.changed": { color: choose("red", "green", "blue") },
    "row.changed": { row: integer(0, 9999) },
    "column.changed": { column: integer(0, 99) },
    "layer.changed": { color: choose("red", "green", "blue"), level: integer(0, 99) },
    "task.changed": { dueAt: dateTime },
    "slide.changed": { title: string(1, 200), text: string(0, 2000) },
    "track.changed": { title: string(1, 64), length: integer(1, 9999) },
    "stop.changed": { city: string(1, 64), dueAt: dateTime },
  },
  "order.placed": {
    "order.sent": { dueAt: dateTime },
    "order.deleted": { reason: string(1, 200) },
    "invoice.sent": { dueAt: dateTime, total: number(0, 9999) },
    "invoice.closed": { total: number(0, 9999) },
    "basket.changed": { count: integer(0, 99) },
    "offer.opened": { endsAt: dateTime },
    "offer.closed": { reason: string(1, 64) },
    "parcel.sent": { city: string(1, 64), weight: number(0, 99) },
    "booking.placed": { guests: integer(1, 9), nights: integer(1, 99) },
  },
  "presence.updated": {
    "player.updated": { level: integer(1, 99) },
    "device.updated": { level: integer(0, 99), version: string(1, 64) },
    "sensor.updated": { degrees: number(-99, 99) },
    "vehicle.updated": { speed: number(0, 999), city: string(1, 64) },
    "pointer.updated": { color: choose("red", "green", "blue") },
    "call.opened": { guests: integer(0, 99) },
    "call.closed": { length: integer(0, 9999) },
    "host.updated": { load: number(0, 1), version: string(1, 64) },
    "stream.updated": { guests: integer(0, 9999) },
  },
  "bid.placed": {
    "bid.deleted": { reason: string(1, 64) },
    "lot.opened": { title: string(1, 200), price: number(0, 9999) },
    "lot.closed": { price: number(0, 9999) },
    "vote.placed": { count: integer(0, 99) },
    "poll.opened": { title: string(1, 64) },
    "poll.closed": { total: integer(0, 9999) },
    "goal.placed": { minute: integer(1, 99) },
    "price.changed": { price: number(0, 9999) },
    "score.updated": { points: integer(0, 9999), level: integer(1, 99) },
  },
};

/** The fields of the old, of which every second gives way to the new. */
function vary(old, added, turn) {
  return [...old.filter((_, at) => at % 2 === turn % 2), ...fields(added)].filter((field, at, all) => all.findLastIndex((other) => other.name === field.name) === at);
}

function like(type, added, turn) {
  if (type.kind === "object") return { ...type, fields: vary(type.fields, added, turn) };
  return { ...type, variants: type.variants.map((variant, at) => (at === turn % 3 ? { ...variant, fields: vary(variant.fields, added, turn) } : variant)) };
}

/** The five, and forty-five that differ in names, fields, bounds and enums. */
export const fifty = {
  ...five,
  ...Object.fromEntries(Object.entries(more).flatMap(([base, events]) => Object.entries(events).map(([name, added], turn) => [name, like(five[base], added, turn)]))),
};
