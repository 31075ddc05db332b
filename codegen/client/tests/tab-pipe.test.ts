import { expect, test } from "vitest";
import { RefusedError } from "../src/errors.js";
import type { EventFrame } from "../src/frames.js";
import type { HistoryQuery, Page } from "../src/history.js";
import type { Wanted } from "../src/tabs/messages.js";
import { OwnEvents } from "../src/tabs/own-events.js";
import { Pipe } from "../src/tabs/pipe.js";
import { FakeClock } from "./fake-clock.js";
import { settled } from "./room.js";

/** A pipe whose pages of history are in the hands of the test. */
function pipe(): { readonly pipe: Pipe; readonly own: OwnEvents; readonly out: string[]; readonly asked: HistoryQuery[]; readonly refused: string[]; answer(page: Page | Error): Promise<void>; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const own = new OwnEvents(clock);
  const [out, asked, refused]: [string[], HistoryQuery[], string[]] = [[], [], []];
  const answers: [(page: Page) => void, (error: unknown) => void][] = [];
  const made = new Pipe({
    ...{ clock, own, origin: "c-1" },
    page: (query) => {
      asked.push(query);
      return new Promise((...settle) => answers.push(settle));
    },
    emit: (frame) => {
      const { type, number, outcome, cursor, reason, origin, data } = (typeof frame === "string" ? JSON.parse(frame) : frame) as { readonly [name: string]: unknown };
      out.push([type, number ?? outcome ?? reason ?? data, type === "event" ? undefined : cursor, origin === "" ? "own" : origin].filter((part) => part !== undefined && part !== null).join(" "));
    },
    onRefused: ({ reason }) => refused.push(reason),
  });
  return {
    ...{ pipe: made, own, out, asked, refused, clock },
    async answer(page) {
      const [resolve, reject] = answers.shift()!;
      if (page instanceof Error) reject(page);
      else resolve(page);
      await settled();
    },
  };
}

const wanted = (cursor?: string, last?: number): Wanted => ({ name: "room", cursor, last });
const stored = (number: number): EventFrame => ({ type: "event", channel: "room", event: "said", id: `e.${number}`, number, time: 0, sender: null });
const live = (number: number, members: object = {}, isOurs = false): { kind: string; text: string; isOurs: boolean } => ({ kind: "event", text: JSON.stringify({ ...stored(number), ...members }), isOurs });
const page = (from: number, to: number, more: Partial<Page> = {}): Page => ({ events: Array.from({ length: to - from + 1 }, (_, at) => stored(from + at)), cursor: `e.${to}`, number: to, ...more });

test("where the others are already, it begins at once", () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.4"), "e.4");
  parts.pipe.take(live(5));
  expect(parts.out).toEqual(["subscribed resumed e.4", "event 5"]);
  expect(parts.asked).toEqual([]);
});

test("from before, it reads what is between, and leaves out what came with a page", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.2"), "e.4");
  parts.pipe.take(live(5));
  parts.pipe.take(live(6));
  expect(parts.out).toEqual([]);
  await parts.answer(page(3, 5));
  expect(parts.out).toEqual(["subscribed resumed e.2", "event 3", "event 4", "event 5", "event 6"]);
  parts.pipe.take(live(7));
  expect(parts.out.slice(5)).toEqual(["event 7"]);
  expect(parts.asked).toEqual([{ limit: 500, after: "e.2" }]);
});

test("from after, it leaves out what the others still have to get, although the page is empty", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.9"), "e.4");
  await parts.answer({ events: [], cursor: "e.9", number: 9 });
  for (const number of [5, 6, 9, 10, 11]) parts.pipe.take(live(number));
  expect(parts.out).toEqual(["subscribed resumed e.9", "event 10", "event 11"]);
});

test("a position of the others says nothing before this tab is where they are", async () => {
  const parts = pipe();
  const position = (cursor: string): { kind: string; text: string; isOurs: boolean } => ({ kind: "position", text: JSON.stringify({ type: "position", channel: "room", cursor }), isOurs: false });
  parts.pipe.join(wanted("e.9"), "e.4");
  parts.pipe.take(position("e.5"));
  await parts.answer({ events: [], cursor: "e.9", number: 9 });
  parts.pipe.take(position("e.6"));
  parts.pipe.take(live(10));
  parts.pipe.take(position("e.12"));
  expect(parts.out).toEqual(["subscribed resumed e.9", "event 10", "position e.12"]);
});

test("without a cursor it begins with what comes next, whatever the others still get", async () => {
  const parts = pipe();
  parts.pipe.join(wanted(), "e.4");
  await parts.answer(page(8, 8));
  for (const number of [5, 8, 9]) parts.pipe.take(live(number));
  expect(parts.asked).toEqual([{ limit: 1 }]);
  expect(parts.out).toEqual(["subscribed fresh e.8", "event 9"]);
});

test("with the last events it begins with those", async () => {
  const parts = pipe();
  parts.pipe.join(wanted(undefined, 2), "e.4");
  await parts.answer(page(7, 8));
  parts.pipe.take(live(8));
  parts.pipe.take(live(9));
  expect(parts.asked).toEqual([{ limit: 2 }]);
  expect(parts.out).toEqual(["subscribed fresh e.8", "event 7", "event 8", "event 9"]);
});

test("pages are read until they meet what is held; a failure is tried again", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.0"), "e.1500");
  parts.pipe.take(live(1501));
  await parts.answer(page(1, 500));
  await parts.answer(new TypeError("network"));
  expect(parts.asked).toHaveLength(2);
  parts.clock.pass(30_000);
  await settled();
  await parts.answer(page(501, 1000));
  await parts.answer(page(1001, 1500));
  expect(parts.asked.map(({ after }) => after)).toEqual(["e.0", "e.500", "e.500", "e.1000"]);
  expect(parts.out).toHaveLength(1502);
  expect(parts.out.at(-1)).toBe("event 1501");
});

test("a page says what is missing before it; a gap of the others makes the pages reach further", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.2"), "e.9");
  parts.pipe.take(live(10));
  parts.pipe.take({ kind: "gap", text: JSON.stringify({ type: "gap", channel: "room", reason: "slow", from: "e.10", cursor: "e.12" }), isOurs: false });
  parts.pipe.take(live(13));
  await parts.answer(page(6, 13, { gap: { reason: "trimmed", missed: 3 } }));
  await parts.answer({ events: [], cursor: "e.13", number: 13 });
  parts.pipe.take(live(14));
  expect(parts.out).toEqual(["gap trimmed e.13", ...[6, 7, 8, 9, 10, 11, 12, 13, 14].map((number) => `event ${number}`)]);
});

test("when too much is held, the pages bring it again", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.0"), "e.500");
  for (let number = 501; number <= 1600; number += 1) parts.pipe.take(live(number));
  for (let from = 1; from <= 1600; from += 400) await parts.answer(page(from, from + 399));
  if (parts.asked.length > 4) await parts.answer({ events: [], cursor: "e.1600", number: 1600 });
  parts.pipe.take(live(1601));
  expect(parts.out.slice(1)).toEqual(Array.from({ length: 1601 }, (_, at) => `event ${at + 1}`));
});

test("a refusal for good is told", async () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.0"), "e.5");
  await parts.answer(new RefusedError({ code: 4002, name: "denied", message: "no" }, "never"));
  expect([parts.out, parts.refused]).toEqual([[], ["denied"]]);
});

test("this tab's events are its own, and wait for the acknowledgement that says so", () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.4"), "e.4");
  parts.own.send({ channel: "room", event: "said", key: "k1", data: 1 });
  parts.own.send({ channel: "room", event: "said", key: "k2", data: 2, excludeSelf: true });
  for (const number of [5, 6, 7]) parts.pipe.take(live(number, { origin: "c-1" }, true));
  parts.pipe.take(live(8));
  expect(parts.out).toEqual(["subscribed resumed e.4"]);
  parts.own.settle("k1", "e.6");
  parts.pipe.pump();
  // The fifth may still be the other one.
  expect(parts.out).toEqual(["subscribed resumed e.4"]);
  parts.own.settle("k2", "e.7");
  parts.pipe.pump();
  expect(parts.out).toEqual(["subscribed resumed e.4", "event 5", "event 6 own", "position e.7", "event 8"]);
});

test("an acknowledgement that does not come is not waited for for ever", () => {
  const parts = pipe();
  parts.pipe.join(wanted("e.4"), "e.4");
  parts.own.send({ channel: "room", event: "said", key: "k1", data: 1 });
  parts.pipe.take(live(5, { origin: "c-1" }, true));
  parts.clock.pass(5000);
  expect(parts.out).toEqual(["subscribed resumed e.4", "event 5"]);
});
