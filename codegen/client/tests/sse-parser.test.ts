import { describe, expect, test } from "vitest";
import { MAX_BLOCK, StreamError, StreamParser } from "../src/sse.js";

type Seen = readonly [kind: "frame" | "comment" | "retry", content: string | number];

function parse(pieces: readonly Uint8Array[]): Seen[] {
  const seen: Seen[] = [];
  const parser = new StreamParser({
    onFrame: (text) => seen.push(["frame", text]),
    onComment: () => seen.push(["comment", ""]),
    onRetry: (milliseconds) => seen.push(["retry", milliseconds]),
  });
  for (const piece of pieces) parser.push(piece);
  return seen;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const samples: readonly (readonly [name: string, text: string, seen: readonly Seen[]])[] = [
  ["a frame", 'data: {"type":"welcome"}\n\n', [["frame", '{"type":"welcome"}']]],
  ["no space after the colon", "data:x\n\n", [["frame", "x"]]],
  ["only one space is taken off", "data:  x\n\n", [["frame", " x"]]],
  ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", [["frame", "a"], ["frame", "b"]]],
  ["CR alone", "data: a\r\rdata: b\r\r", [["frame", "a"], ["frame", "b"]]],
  ["mixed line ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", [["frame", "a"], ["frame", "b"], ["frame", "c"]]],
  ["several data lines", "data: a\ndata: b\ndata:\ndata: c\n\n", [["frame", "a\nb\n\nc"]]],
  ["several data lines with CRLF", "data: a\r\ndata: b\r\n\r\n", [["frame", "a\nb"]]],
  ["a comment", ": heartbeat\n\n:\n\n", [["comment", ""], ["comment", ""]]],
  ["a comment inside a block", "data: a\n: x\ndata: b\n\n", [["comment", ""], ["frame", "a\nb"]]],
  ["retry, id, event", "retry: 1500\nid: e.1\nevent: x\ndata: a\n\n", [["retry", 1500], ["frame", "a"]]],
  ["a retry that is no number", "retry: 1.5\nretry: -1\nretry:\n\n", []],
  ["unknown fields and fields without a colon", "dat: x\ndata\nfoo\n\n", []],
  ["a block without data", "id: 7\n\n", []],
  ["an incomplete block at the end", "data: a\n\ndata: b\n", [["frame", "a"]]],
  ["a byte order mark", "\uFEFFdata: a\n\n", [["frame", "a"]]],
  ["characters of every length", "data: aé€😀\u2028\n\ndata: 😀\r\n\r\n", [["frame", "aé€😀\u2028"], ["frame", "😀"]]],
  ["a colon in the data", "data: a:b: c\n\n", [["frame", "a:b: c"]]],
];

describe("the stream parser", () => {
  test.each(samples)("reads %s", (_, text, seen) => {
    expect(parse([bytes(text)])).toEqual(seen);
  });

  test.each(samples)("reads %s in two pieces cut at every byte, and byte by byte", (_, text, seen) => {
    const all = bytes(text);
    for (let at = 0; at <= all.length; at += 1) {
      for (let then = at; then <= all.length; then += 1) {
        expect(parse([all.slice(0, at), all.slice(at, then), all.slice(then)]), `cut at ${at} and ${then}`).toEqual(seen);
      }
    }
    expect(parse([...all].map((byte) => Uint8Array.of(byte)))).toEqual(seen);
  });

  test("survives bytes that are not UTF-8", () => {
    expect(parse([Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a)])).toEqual([["frame", "\uFFFD"]]);
  });

  test("refuses a line longer than the limit, whole or in pieces", () => {
    const long = bytes(`data: ${"x".repeat(MAX_BLOCK)}`);
    expect(() => parse([long])).toThrow(StreamError);
    expect(() => parse([bytes(`${"x".repeat(MAX_BLOCK + 1)}\n`)])).toThrow(StreamError);
    expect(() => parse([long.slice(0, 1000), long.slice(1000)])).toThrow(StreamError);
  });

  test("refuses a block that grows without end by many lines", () => {
    const line = bytes(`data: ${"x".repeat(MAX_BLOCK / 4)}\n`);
    expect(() => parse([line, line, line, line])).toThrow(StreamError);
    expect(parse([line, bytes("\n"), line, bytes("\n"), line, bytes("\n"), line, bytes("\n")])).toHaveLength(4);
  });
});
