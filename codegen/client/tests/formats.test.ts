import { expect, test } from "vitest";
import { countCharacters, isDate, isDateTime, isEmail, isInt64, isIpv4, isIpv6, isUri, isUuid } from "../src/formats.js";

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

const days = { good: ["2026-11-21", "2024-02-29", "2000-02-29", "0000-02-29", "2026-12-31", "2026-07-31", "2026-08-31"], bad: ["", "2023-02-29", "1900-02-29", "2024-02-30", "2026-04-31", "2026-06-31", "2026-09-31", "2026-11-31", "2026-00-10", "2026-13-01", "2026-10-00", "2026-10-32", "2026-1-01", "26-01-01", "2026-11-21T", "2026-11-21\n", "+2026-11-21", "２026-11-21"] };

const addresses = {
  good: ["a@b", "ann.lee@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", '"quoted @ text"@example.com', '"a\\"b"@x.org', '""@x.org', "a@xn--p1ai.example", "a@1.2.3", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@[IPv6:1::2:10.0.0.1]", "a@a--b.c"],
  bad: ["", "@", "a@", "@b", "a", "a@b@c", ".a@b", "a.@b", "a..b@c", "a b@c", "a@-b", "a@b-", "a@b..c", "a@b.", "a@.b", "a@b_c", "a@[1.2.3]", "a@[1.2.3.256]", "a@[::1]", "a@[IPv6:1.2.3.4]", "a@[IPv6:]", "a@[127.0.0.1", "a@[127.0.0.1]]", '"a@b', '"a"b@c', '"a\n"@b', "ä@b.c", "a@ä.c", "a@b.c\n", " a@b.c"],
};

const uris = {
  good: ["a:", "http://example.com", "http://user:pass@example.com:8080/a/b;c?d=e/?f#g/?h", "http://[::1]:80/", "http://[v1.a:b]/", "http://a:/", "http://@a", "http:///path", "mailto:ann@example.com", "urn:isbn:1", "tel:+1-2", "a:/b", "a:b//c", "a:%20", "x+y-z.1:b", "file:///etc/passwd", "http://1.2.3.4", "http://a?b", "http://a#b", "a:?#"],
  bad: ["", "a", "/a", "//a/b", "1a:b", ":a", "a b:c", "http://a b", "a:%", "a:%2", "a:%2g", "http://[::1", "http://::1]", "http://[::g]", "http://[1.2.3.4]", "http://[v.a]", "http://a:b:c/", "http://a:8a/", "http://a@b@c", "a:[b]", "a:b#c#d", "a:<b>", 'a:"', "a:\\b", "a:b\n", "a:^", "a:{b}", "a:`", "a:|", "ä:b", "a:ä", "http://\u{1f600}"],
};

const v4 = { good: ["0.0.0.0", "255.255.255.255", "1.20.30.249", "99.100.199.200"], bad: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.400", "01.2.3.4", "1.2.3.00", "1.2.3.4.", ".1.2.3.4", "1..2.3", "1.2.3.a", "1.2.3.-4", " 1.2.3.4", "1.2.3.4\n", "1.2.3.٤"] };

const v6 = {
  good: ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "ABCD:ef01::", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1::5:1.2.3.4", "1:2:3:4:5::1.2.3.4"],
  bad: ["", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3", "1:::2", "12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "1.2.3.4", "1.2.3.4::", "::1.2.3", "::1.2.3.256", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "fe80::1%eth0", "::1/64", "[::1]", " ::1", "::1\n", "::١"],
};

test.each([["date", isDate, days], ["email", isEmail, addresses], ["uri", isUri, uris], ["ipv4", isIpv4, v4], ["ipv6", isIpv6, v6]] as const)("%s", (_name, test, { good, bad }) => {
  for (const text of good) expect(test(text), JSON.stringify(text)).toBe(true);
  for (const text of bad) expect(test(text), JSON.stringify(text)).toBe(false);
});

test("no text keeps a format busy", () => {
  const began = performance.now();
  for (const text of ["a".repeat(100_000), "a-".repeat(50_000), "a.".repeat(50_000), "1:".repeat(50_000), `"${"\\\\".repeat(50_000)}`, `a:${"%20".repeat(30_000)}%`, `a@${"a-".repeat(50_000)}`, `http://${"a".repeat(100_000)}^`, `::${"1:".repeat(50_000)}`]) {
    for (const format of [isDate, isDateTime, isEmail, isIpv4, isIpv6, isUri, isUuid]) format(text);
  }
  expect(performance.now() - began).toBeLessThan(2000);
});
