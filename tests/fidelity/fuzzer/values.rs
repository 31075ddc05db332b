//! Numbers, texts and names that tend to find bugs.

use serde_json::Number;

use super::random::Random;

/// Names of fields: reserved words of both languages, members that every JavaScript object inherits, and names that are no identifiers.
pub(crate) const NAMES: [&str; 36] = [
    "a",
    "b",
    "id",
    "title",
    "dueAt",
    "roomId",
    "type",
    "self",
    "Self",
    "crate",
    "super",
    "gen",
    "async",
    "class",
    "default",
    "delete",
    "await",
    "yield",
    "constructor",
    "toString",
    "__proto__",
    "hasOwnProperty",
    "prototype",
    "length",
    "then",
    "a-b",
    "with space",
    "quote\"s",
    "back\\slash",
    "slash/tilde~",
    "1st",
    "0",
    "ünïcödé",
    "日本",
    "$dollar",
    "snake_case",
];

/// Patterns of the supported subset, with a text that matches.
pub(crate) const PATTERNS: [(&str, &str); 16] = [
    ("^[a-z0-9-]{1,40}$", "abc-9"),
    ("^\\d+$", "0123"),
    ("x", "axb"),
    ("^(?:foo|ba[rz])+$", "foobaz"),
    ("\\bword\\b", "a word."),
    ("^.{2}$", "👋é"),
    ("^[^\\s]*$", "no-space"),
    ("[\\u{1F600}-\\u{1F64F}]", "ok 😀"),
    ("^$|^a", "apple"),
    ("\\.", "1.5"),
    ("^\\S+\\s\\S+$", "two words"),
    ("^[A-Z][\\w-]*$", "Name_1"),
    ("^a*?b$", "aaab"),
    ("\\$\\{", "${x}"),
    ("^\\W", "-x"),
    ("^(a|b(c|d)){2,3}$", "abc"),
];

/// Texts that are of some format, or nearly so.
pub(crate) const FORMATTED: [(&str, &[&str], &[&str]); 7] = [
    (
        "date-time",
        &["2024-02-29T23:59:59Z", "1990-12-31T23:59:60Z", "2024-01-01t00:00:00.123456789+05:30", "0000-01-01T00:00:00-00:00"],
        &[
            "2023-02-29T00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:60Z",
        ],
    ),
    (
        "date",
        &["2024-02-29", "0001-01-01", "9999-12-31"],
        &["2023-02-29", "2024-1-1", "2024-13-01", "2024-01-01T", "২০২৪-01-01", "1900-02-29"],
    ),
    (
        "uuid",
        &["6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10", "00000000-0000-0000-0000-000000000000", "6F1C2F9E-8C1D-4A58-9F53-0D9C3B6F7A10"],
        &[
            "6f1c2f9e8c1d4a589f530d9c3b6f7a10",
            "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a1",
            "{6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a10}",
            "6f1c2f9e-8c1d-4a58-9f53-0d9c3b6f7a1g",
        ],
    ),
    (
        "email",
        &["ann@example.com", "\"a b\"@example.com", "a+b@[127.0.0.1]", "te~st@example.com", "a@[IPv6:::1]", "a@b"],
        &["ann", "@b", "a@", ".a@b.c", "a..b@c", "a b@c", "a@b c", "ä@b.c", "a@-b.c", "a@b.", "a@[999.1.1.1]", "a@b@c"],
    ),
    (
        "uri",
        &["https://example.com/a?b#c", "urn:isbn:0", "mailto:a@b.c", "http://[::1]:80/", "a:", "x:%20"],
        &["//host", "/path", "a b:c", "http://a b", "%zz:", "x:%2", "http://[::1", "http://ä", ":", "1a:b", "x:{}", "x:\\"],
    ),
    (
        "ipv4",
        &["127.0.0.1", "255.255.255.255", "0.0.0.0"],
        &["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4.5", "1.2.3.4 ", "1..2.3", "১.2.3.4", "0x7f.0.0.1"],
    ),
    (
        "ipv6",
        &["::1", "::", "2001:db8::ff00:42:8329", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8", "1::8"],
        &[
            "1:2:3:4:5:6:7",
            "::1%eth0",
            ":::",
            "12345::",
            "1::2::3",
            "1:2:3:4:5:6:7:8:9",
            "::1.2.3.256",
            "1:2:3:4:5:6:7:1.2.3.4",
            "g::",
            ":1",
        ],
    ),
];

const TEXTS: [&str; 18] = [
    "",
    "a",
    "abc",
    "A",
    "é",
    "e\u{301}",
    "👋",
    "👨‍👩‍👧",
    "\u{0}",
    "\u{7f}",
    "\u{2028}",
    "\u{feff}",
    "line\nbreak",
    "\"",
    "\\",
    "null",
    "1",
    "__proto__",
];

const NUMBERS: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    0.1,
    0.3,
    1e-7,
    5e-324,
    2.225_073_858_507_201_4e-308,
    1e15,
    1e16,
    1e21,
    1e22,
    9_007_199_254_740_991.0,
    -9_007_199_254_740_991.0,
    9_007_199_254_740_992.0,
    -9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    18_446_744_073_709_551_615.0,
    9_223_372_036_854_775_807.0,
    1.797_693_134_862_315_7e308,
    -1e308,
];

/// Integers at the edges of types.
pub(crate) const EDGES: [i64; 20] = [
    0,
    1,
    -1,
    127,
    128,
    -128,
    -129,
    255,
    256,
    32_767,
    65_536,
    2_147_483_647,
    2_147_483_648,
    -2_147_483_649,
    4_294_967_295,
    4_294_967_296,
    9_007_199_254_740_991,
    9_007_199_254_740_993,
    i64::MAX,
    i64::MIN,
];

pub(crate) fn text(random: &mut Random) -> String {
    match random.below(12) {
        0 => (*random.pick(&["a", "é", "👋"])).repeat(random.below(300)),
        1 => {
            let (_, good, bad) = random.pick(&FORMATTED);
            (*if random.once_in(2) { random.pick(good) } else { random.pick(bad) }).to_owned()
        }
        2 => random.pick(&PATTERNS).1.to_owned(),
        3 => random.pick(&EDGES).to_string(),
        _ => (*random.pick(&TEXTS)).to_owned(),
    }
}

/// A number, with or without a fraction, small or at an edge.
pub(crate) fn number(random: &mut Random) -> Number {
    let float = match random.below(6) {
        0 => return Number::from(random.next()),
        1 => return Number::from(*random.pick(&EDGES)),
        2 => return Number::from(random.between(-100, 100)),
        3 => decimal(random.between(-100_000, 100_000), random.below(6)),
        4 => f64::from_bits(random.next()),
        _ => *random.pick(&NUMBERS),
    };
    Number::from_f64(float).unwrap_or_else(|| Number::from(0))
}

/// `digits` with the point moved `places` to the left: the double nearest to that decimal.
pub(crate) fn decimal(digits: i64, places: usize) -> f64 {
    format!("{digits}e-{places}").parse().expect("a number")
}
