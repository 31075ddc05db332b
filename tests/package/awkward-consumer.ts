// Uses everything that has an awkward name.

import { address, AddressError, Choice, createClient } from "awkward";
import type { Client as Customer, Promise as Text, Record as Thing } from "awkward";

const client = createClient({ url: "/realtime" });
const channel = client.channel("a/{class}/{function}", { class: "one", function: 3 });
channel.onAny((event) => {
  if (event.event === "default") return event.data[0]?.s?.v;
  const [first] = event.data;
  return first?.t === "b" ? first.n?.length : undefined;
});
client.on("made.constructor", (data) => data.Array[0]?.length ?? data["with space"].length + data['quote"s'].length + data["1"].length + data.delete.length + (data.größe ?? 0) + (data[""]?.length ?? 0) + (data.__proto__ === true ? 1 : 0));
// A type of the contract stands before a name of the package's own.
client.on("address.failed", (data) => (data.error === AddressError.moved ? data.client satisfies Customer : data.client.vat));
client.on("list.of-names", (data) => data.array[0]?.length ?? data.unknown?.["a"]?.["b"]?.Symbol);
client.on("toString", (_data, meta) => meta.time);
client.on("weird-name.with_dash", (data) => data === Choice['quote"s'] || data === Choice.constructor || data === Choice["ünïcödé 👋"]);
client.on("any.thing", (data) => data);
// @ts-expect-error JSON of unknown shape has to be looked at first
client.on("any.thing", (data) => data.length);
// @ts-expect-error a value that the enumeration does not have
address("a/{class}/{function}", { class: "three", function: 1 });

export const name: string = address("a/{class}/{function}", { class: "two", function: 1 }).name;
export const text: Text = "text";
export const inner: Thing["self"] = undefined;
