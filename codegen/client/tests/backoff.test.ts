import { expect, test } from "vitest";
import { backoff, MAX_DELAY, MAX_HINT, MIN_DELAY, obeyed } from "../src/backoff.js";

test("delays are drawn evenly below a ceiling that doubles up to 30 s", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 50, 2000].map((failures) => backoff(failures, 0.999_999_9))).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  expect(backoff(3, 0.5)).toBe(2000);
});

test("no delay is so short that a failing server is asked in a loop", () => {
  for (const failures of [0, 1, 10]) expect(backoff(failures, 0)).toBe(MIN_DELAY);
});

test("a crowd spreads over the whole range", () => {
  const slots = new Set(Array.from({ length: 1000 }, (_, at) => Math.floor(backoff(6, at / 1000) / 1000)));
  expect(slots.size).toBeGreaterThanOrEqual(30);
  expect(MAX_DELAY).toBe(30_000);
});

test("a server's wish is obeyed within reason", () => {
  expect([1200, 0, -5, Number.NaN, Infinity, 1e12].map(obeyed)).toEqual([1200, 0, 0, 0, 0, MAX_HINT]);
});
