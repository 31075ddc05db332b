import { expect, test } from "vitest";
import { countCharacters, isDateTime, isInt64, isUuid } from "../src/formats.js";

// The same texts as in the server's own tests.
test.each(["2026-11-21T01:02:03Z", "2024-02-29t00:00:00.5z", "1990-12-31T15:59:60-08:00", "2026-01-01T00:00:00+23:59", "0000-01-01T00:00:00Z", "1998-12-31T23:59:60Z", "2000-02-29T12:00:00.123456789-00:00"])(
  "%s is a date-time",
  (text) => expect(isDateTime(text)).toBe(true),
);
test.each([
  "", "2026-11-21", "2026-11-21T01:02:03", "2026-11-21 01:02:03Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
  "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2026-11-21T23:59:60+01:00", "2026-11-21T12:00:60Z", "2026-11-21T23:59:61Z", "2026-11-21T01:02:03.Z", "2026-11-21T01:02:03+24:00", "2026-11-21T01:02:03+00:60",
  "2026-11-21T01:02:03+0100", "2026-11-21T01:02:03Zx", "２026-11-21T01:02:03Z", "2026-11-21T01:02:03Z\n",
])("%j is no date-time", (text) => expect(isDateTime(text)).toBe(false));

test("UUIDs are hyphenated, of any case", () => {
  expect(isUuid("f81d4fae-7dec-11d0-a765-00A0C91E6BF6")).toBe(true);
  for (const bad of ["", "f81d4fae7dec11d0a76500a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n"]) {
    expect(isUuid(bad), bad).toBe(false);
  }
});

test("64-bit integers have one spelling and two ranges", () => {
  for (const good of ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1000000000000000000"]) expect(isInt64(good, true), good).toBe(true);
  for (const bad of ["", "-0", "00", "01", "-01", "+1", "1.0", "1e3", " 1", "1\n", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "100000000000000000000"]) {
    expect(isInt64(bad, true), bad).toBe(false);
  }
  for (const good of ["0", "18446744073709551615", "9223372036854775808"]) expect(isInt64(good, false), good).toBe(true);
  for (const bad of ["-1", "-0", "18446744073709551616", "99999999999999999999"]) expect(isInt64(bad, false), bad).toBe(false);
});

test("lengths count code points", () => {
  for (const [text, length] of [["", 0], ["abc", 3], ["é", 1], ["e\u0301", 2], ["😀", 1], ["a😀b", 3], ["\ud83d", 1], ["\ude00\ud83d", 2], ["👨‍👩‍👧", 5]] as const) expect(countCharacters(text), text).toBe(length);
});
