import { expect, test } from "vitest";
import { addressBuilder } from "../src/address.js";
import { string } from "../src/checks.js";
import type { Contract } from "../src/contract.js";
import { AddressError } from "../src/errors.js";
import { contract } from "./generated/contract.js";

const address = addressBuilder(contract);

interface TextChannels {
  "room:{a}/x-{b}.end": { readonly params: { readonly a: string; readonly b: string }; readonly events: { readonly message: void }; readonly publishes: never };
}
const text = { check: string() };
const texts: Contract<TextChannels> = {
  name: "texts",
  hash: "0",
  channels: { "room:{a}/x-{b}.end": { params: [{ name: "a", ...text }, { name: "b", ...text }], events: { message: { publish: ["server"] } } } },
};
const mixed = (a: string, b = "1"): string => addressBuilder(texts)("room:{a}/x-{b}.end", { a, b }).name;

function problem(build: () => unknown): readonly [string, string | undefined] {
  try {
    build();
  } catch (error) {
    if (error instanceof AddressError) return [error.code, error.parameter];
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("values stand in the pattern", () => {
  expect(address("chat/{roomId}", { roomId: "bar-7" }).name).toBe("chat/bar-7");
  expect(address("auction-{auctionId}/bids", { auctionId: 42 }).name).toBe("auction-42/bids");
  expect(address("room:{kind}/{open}", { kind: "done", open: false }).name).toBe("room:done/false");
  expect(address("default").name).toBe("default");
  expect(address("board/{boardId}", { boardId: "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6" }).name).toBe("board/f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
});

test("no value can contain a separator, alias another channel or need quoting", () => {
  for (const [value, encoded] of [
    ["a/b", "a%2Fb"], ["%", "%25"], ["%2F", "%252F"], ["..", "%2E%2E"], [".", "%2E"], ["a.b", "a.b"], ["...", "..."], ["~@:_-", "~@:_-"], ["ä{}", "%C3%A4%7B%7D"], ["😀", "%F0%9F%98%80"],
    ["!*'()", "%21%2A%27%28%29"], ["\0\n", "%00%0A"], ["a b+c", "a%20b%2Bc"], ["a,b=c", "a%2Cb%3Dc"], ["$x", "%24x"], ["$&", "%24%26"],
  ] as const) {
    expect(mixed(value), value).toBe(`room:${encoded}/x-1.end`);
  }
});

test("every ASCII character outside the set is encoded in upper case", () => {
  for (let code = 0; code < 128; code += 1) {
    const character = String.fromCharCode(code);
    const expected = character === "." || !/[A-Za-z0-9_.:~@-]/.test(character) ? `%${code.toString(16).toUpperCase().padStart(2, "0")}` : character;
    expect(mixed(character)).toBe(`room:${expected}/x-1.end`);
  }
});

test("bad addresses are refused with a code and the parameter", () => {
  const loose = address as (pattern: string, params?: object) => unknown;
  expect(problem(() => loose("chta/{roomId}", { roomId: "a" }))).toEqual(["unknown_channel", undefined]);
  expect(problem(() => loose("constructor"))).toEqual(["unknown_channel", undefined]);
  expect(problem(() => loose("chat/{roomId}"))).toEqual(["missing_parameter", "roomId"]);
  expect(problem(() => loose("chat/{roomId}", { roomId: undefined }))).toEqual(["missing_parameter", "roomId"]);
  expect(problem(() => loose("chat/{roomId}", { roomId: "a", room: "b" }))).toEqual(["unknown_parameter", "room"]);
  expect(problem(() => loose("chat/{roomId}", { roomId: "No" }))).toEqual(["invalid_parameter", "roomId"]);
  expect(problem(() => loose("chat/{roomId}", { roomId: 7 }))).toEqual(["invalid_parameter", "roomId"]);
  expect(problem(() => loose("auction-{auctionId}/bids", { auctionId: 1.5 }))).toEqual(["invalid_parameter", "auctionId"]);
  expect(problem(() => loose("room:{kind}/{open}", { kind: "closed", open: true }))).toEqual(["invalid_parameter", "kind"]);
  expect(problem(() => loose("default", { roomId: "a" }))).toEqual(["unknown_parameter", "roomId"]);
  expect(problem(() => mixed(""))).toEqual(["invalid_parameter", "a"]);
  expect(problem(() => mixed("\ud83d"))).toEqual(["invalid_parameter", "a"]);
  expect(problem(() => mixed("x".repeat(189)))).toEqual(["too_long", undefined]);
  expect(mixed("x".repeat(187))).toHaveLength(200);
});

test("a value is never read as a pattern", () => {
  expect(mixed("{b}", "2")).toBe("room:%7Bb%7D/x-2.end");
});

interface FileChannels {
  "files/{folder}/{file?}": { readonly params: { readonly folder: string; readonly file?: string }; readonly events: { readonly message: void }; readonly publishes: never };
}
const files: Contract<FileChannels> = {
  name: "files",
  hash: "0",
  channels: {
    "files/{folder}/{file?}": { params: [{ name: "folder", ...text }, { name: "file", optional: true, ...text }], events: { message: { publish: ["server"] } } },
  },
};

test("an optional last segment may be left out", () => {
  const file = addressBuilder(files);
  expect(file("files/{folder}/{file?}", { folder: "a" }).name).toBe("files/a");
  expect(file("files/{folder}/{file?}", { folder: "a", file: "b/c" }).name).toBe("files/a/b%2Fc");
  expect(problem(() => file("files/{folder}/{file?}", { folder: "a", file: "" }))).toEqual(["invalid_parameter", "file"]);
  expect(problem(() => file("files/{folder}/{file?}", { file: "b" } as never))).toEqual(["missing_parameter", "folder"]);
});
