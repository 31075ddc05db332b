import { describe, expect, test } from "vitest";
import type { EventFrame } from "../src/frames.js";
import { Intake } from "../src/intake.js";
import { RefusedError } from "../src/errors.js";
import type { Page } from "../src/history.js";
import { Subscriptions, type Gap } from "../src/subscriptions.js";
import { FakeClock } from "./fake-clock.js";
import { contract } from "./generated/contract.js";

const CHANNEL = "counter/visits";
/** What an event carries here that is not stored. */
const UNSTORED = 1000;
const frame = (number: number | null, data: number): EventFrame => ({ type: "event", channel: CHANNEL, event: "message", id: number === null ? null : `e@${number}`, number, time: 0, sender: null, data });
const page = (from: number, to: number, gap?: Page["gap"]): Page => {
  const events = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => frame(from + at, from + at));
  const cursor = `e@${Math.max(to, from - 1)}`;
  return gap === undefined ? { events, cursor } : { events, cursor, gap };
};

/** A registry whose pages of history the test answers. */
function registry(): {
  readonly subscriptions: Subscriptions;
  readonly clock: FakeClock;
  readonly asked: string[];
  readonly gaps: Gap[];
  listen(seen: number[], after?: string): () => void;
  live(...numbers: readonly (number | null)[]): void;
  answer(page: Page | Error): Promise<void>;
} {
  const clock = new FakeClock();
  const asked: string[] = [];
  const gaps: Gap[] = [];
  let respond: (answer: Page | Error) => void = () => undefined;
  const subscriptions = new Subscriptions({
    intake: new Intake({ contract, onInvalid: "drop", warn: () => undefined, self: () => undefined }),
    clock,
    onChange: () => undefined,
    report: (error) => {
      throw error;
    },
    page: (_, { after = "" }) => {
      asked.push(after);
      return new Promise((resolve, reject) => {
        respond = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
      });
    },
  });
  subscriptions.gaps.on(CHANNEL, (gap) => gaps.push(gap));
  return {
    subscriptions,
    clock,
    asked,
    gaps,
    listen: (seen, after) => subscriptions.listen("counter/{name}", CHANNEL, { event: "message", call: ({ data }) => seen.push(data as number) }, { after }),
    live: (...numbers) => {
      for (const number of numbers) subscriptions.accept(frame(number, number ?? UNSTORED));
    },
    answer: async (answer) => {
      respond(answer);
      // Everything that an answer sets off runs in microtasks.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const begin = (subscriptions: Subscriptions, cursor = "e@0"): void => {
  subscriptions.filtered(CHANNEL, undefined);
  subscriptions.accept({ type: "subscribed", channel: CHANNEL, outcome: "fresh", cursor });
};

describe("a listener with a cursor of its own on a shared subscription", () => {
  test("gets what it missed, then what the others get: nothing twice, nothing lost", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const first: number[] = [];
    const second: number[] = [];
    listen(first);
    begin(subscriptions);
    live(5, 6);
    listen(second, "e@2");
    expect(asked).toEqual(["e@2"]);
    live(7);
    await answer(page(3, 6));
    live(8);
    expect(second).toEqual([3, 4, 5, 6, 7, 8]);
    expect(first).toEqual([5, 6, 7, 8]);
    expect(asked).toHaveLength(1);
  });

  test("reads page by page, up to an empty one", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    live(6);
    listen(seen, "e@0");
    await answer(page(1, 3));
    await answer(page(4, 6));
    await answer(page(7, 6));
    live(7);
    expect(asked).toEqual(["e@0", "e@3", "e@6"]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("waits for the subscription to be live", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    listen(seen, "e@4");
    expect(asked).toEqual([]);
    begin(subscriptions);
    live(6);
    await answer(page(5, 6));
    expect(seen).toEqual([5, 6]);
  });

  test("that wants other events than the server sends reads them, also from where the subscription stands", async () => {
    const { subscriptions, listen, answer, asked } = registry();
    const seen: number[] = [];
    subscriptions.listen("counter/{name}", CHANNEL, { event: "another", call: () => undefined }, { after: "e@3" });
    subscriptions.filtered(CHANNEL, ["another"]);
    subscriptions.accept({ type: "subscribed", channel: CHANNEL, outcome: "resumed", cursor: "e@3" });
    // The server passed over 4 and 5, and says nothing of them.
    listen(seen, "e@3");
    expect(asked).toEqual([]);
    subscriptions.filtered(CHANNEL, undefined);
    await answer(page(4, 5));
    await answer(page(6, 5));
    subscriptions.accept(frame(6, 6));
    expect(asked).toEqual(["e@3", "e@5"]);
    expect(seen).toEqual([4, 5, 6]);
  });

  test("that wants what the server is asked for when the subscription begins reads no pages", () => {
    const { subscriptions, listen, asked } = registry();
    const seen: number[] = [];
    subscriptions.listen("counter/{name}", CHANNEL, { event: "another", call: () => undefined }, { after: "e@3" });
    listen(seen, "e@3");
    subscriptions.filtered(CHANNEL, ["another", "message"]);
    subscriptions.accept({ type: "subscribed", channel: CHANNEL, outcome: "resumed", cursor: "e@3" });
    subscriptions.accept(frame(4, 4));
    expect([asked, seen]).toEqual([[], [4]]);
  });

  test("is told by the subscription alone of a gap that both would have", () => {
    const { subscriptions, listen, asked, gaps } = registry();
    listen([], "e@3")();
    listen([], "e@3");
    subscriptions.filtered(CHANNEL, undefined);
    subscriptions.accept({ type: "gap", channel: CHANNEL, reason: "no_state", from: null, cursor: "f@9" });
    expect([asked, gaps.length]).toEqual([[], 1]);
  });

  test("waits until the server sends its events, so that none falls between the pages and the stream", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    subscriptions.filtered(CHANNEL, ["another"]);
    subscriptions.accept({ type: "subscribed", channel: CHANNEL, outcome: "fresh", cursor: "e@0" });
    listen(seen, "e@4");
    expect(asked).toEqual([]);
    subscriptions.filtered(CHANNEL, ["another", "message"]);
    live(6);
    await answer(page(5, 6));
    expect(seen).toEqual([5, 6]);
    subscriptions.down();
    listen([], "e@1");
    expect(asked).toEqual(["e@4"]);
  });

  test("of its own choice begins with the last stored events", async () => {
    const { subscriptions, live, answer, asked } = registry();
    const seen: number[] = [];
    const join = (last?: number): (() => void) => subscriptions.listen("counter/{name}", CHANNEL, { event: "message", call: ({ data }) => seen.push(data as number) }, { last });
    join();
    begin(subscriptions);
    seen.length = 0;
    join(2);
    live(8);
    expect(asked).toEqual([""]);
    await answer(page(6, 7));
    expect(seen.sort()).toEqual([6, 7, 8, 8]);
  });

  test("leaves out live events that a page brought, when the stream lags behind", async () => {
    const { subscriptions, listen, live, answer } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@1");
    await answer(page(2, 5));
    await answer(page(6, 5));
    live(3, 4, null, 5, 6, 7);
    expect(seen).toEqual([2, 3, 4, 5, UNSTORED, 6, 7]);
  });

  test("leaves out what its cursor covers, when the cursor is ahead of the stream", async () => {
    const { subscriptions, listen, live, answer } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@5");
    live(3, 4, 5, 6);
    await answer(page(6, 6));
    live(7);
    expect(seen).toEqual([6, 7]);
  });

  test("leaves out what its cursor covers, when there is nothing behind it and the stream is still on its way", async () => {
    const { subscriptions, listen, live, answer } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@5");
    await answer({ ...page(6, 5), number: 5 });
    live(3, 4, 5, 6, 7);
    expect(seen).toEqual([6, 7]);
  });

  test("is told about a hole", async () => {
    const { subscriptions, listen, live, answer, gaps } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "old");
    live(4);
    await answer(page(3, 3, { reason: "epoch", missed: 2 }));
    expect(seen).toEqual([3, 4]);
    expect(gaps).toEqual([{ channel: CHANNEL, reason: "epoch", missed: 2, from: "old", cursor: "e@3" }]);
  });

  test("reads on when the shared subscription itself has a gap", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@1");
    live(9);
    subscriptions.accept({ type: "gap", channel: CHANNEL, reason: "epoch", from: null, cursor: "new" });
    subscriptions.accept({ ...frame(1, 1), id: "new@1" });
    await answer(page(2, 9));
    expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    await answer(page(1, 1, { reason: "epoch" }));
    live(2);
    expect(asked).toEqual(["e@1", "e@9"]);
    expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 1, 2]);
  });

  test("takes low numbers for new after a hole, also where the page behind it is empty", async () => {
    const { subscriptions, listen, live, answer } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@7");
    await answer(page(8, 9));
    live(1);
    await answer({ events: [], cursor: "new@0", gap: { reason: "epoch" } });
    live(2);
    expect(seen).toEqual([8, 9, 1, 2]);
  });

  test("takes low numbers for new after a gap of the subscription that it joined", async () => {
    const { subscriptions, listen, live, answer } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@7");
    await answer(page(8, 9));
    await answer(page(10, 9));
    subscriptions.accept({ type: "gap", channel: CHANNEL, reason: "epoch", from: null, cursor: "new@0" });
    live(1, 2);
    expect(seen).toEqual([8, 9, 1, 2]);
  });

  test("tries again when a page fails", async () => {
    const { subscriptions, listen, live, answer, asked, clock } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@1");
    live(3);
    await answer(new TypeError("fetch failed"));
    expect(asked).toHaveLength(1);
    clock.pass(500);
    await new Promise((resolve) => setImmediate(resolve));
    await answer(page(2, 3));
    expect(asked).toEqual(["e@1", "e@1"]);
    expect(seen).toEqual([2, 3]);
  });

  test("is told the truth when the server refuses for good, and goes on from the present", async () => {
    const { subscriptions, listen, live, answer, gaps } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@1");
    live(3);
    await answer(new RefusedError({ code: 4004, name: "malformed_cursor", message: "no" }, "never"));
    live(4);
    expect(gaps).toMatchObject([{ reason: "no_state", from: "e@1" }]);
    expect(seen).toEqual([3, 4]);
  });

  test("holds a bounded number of events, because the pages bring them again", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions, "elsewhere");
    listen(seen, "e@0");
    for (let number = 1; number <= 1500; number += 1) live(number);
    await answer(page(1, 1000));
    await answer(page(1001, 1500));
    expect(asked).toEqual(["e@0", "e@1000"]);
    expect(seen).toEqual(Array.from({ length: 1500 }, (_, at) => at + 1));
  });

  test("stops when it leaves", async () => {
    const { subscriptions, listen, live, answer, asked } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    listen(seen, "e@1")();
    live(3);
    await answer(page(2, 2));
    expect(seen).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  test("needs no page where the subscription is at that very cursor", () => {
    const { subscriptions, listen, live, asked } = registry();
    const seen: number[] = [];
    listen([]);
    begin(subscriptions);
    live(4);
    listen(seen, "e@4");
    live(5);
    expect(asked).toEqual([]);
    expect(seen).toEqual([5]);
  });
});
