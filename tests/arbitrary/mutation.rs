//! New inputs from known ones.

use super::random::Random;
use super::targets::Target;

/// Words that mean something to a target; a mutation by bytes alone would hardly ever write one.
const OF_FILES: [&str; 72] = [
    "{",
    "}",
    "[",
    "]",
    ": ",
    ", ",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "- ",
    "---\n",
    "...\n",
    "\n",
    "\t",
    "  ",
    "? ",
    "| \n",
    ">-\n",
    "%YAML 1.2\n",
    "\u{feff}",
    "\u{0}",
    "é",
    "😀",
    "\u{2028}",
    "\r\n",
    "null",
    "true",
    "~",
    "type",
    "$ref",
    "enum",
    "oneOf",
    "anyOf",
    "allOf",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "pattern",
    "format",
    "description",
    "default",
    "#/types/Card",
    "#/types/",
    "string",
    "integer",
    "number",
    "boolean",
    "array",
    "object",
    "int64",
    "date-time",
    "(?=a)",
    "[a-",
    "a{1,99999}",
    "\\u{110000}",
    "-0",
    "1e999",
    "9007199254740993",
    "18446744073709551616",
    "0.1",
    "{id}",
];
const OF_MODULES: [&str; 66] = [
    "struct",
    "enum",
    "pub",
    "mod",
    "use",
    "impl",
    "fn",
    "type",
    "#[event(\"a\")]",
    "#[channel(\"a/{b}\", events(A))]",
    "#[channel(\"c\", payload = A)]",
    "#[rt(",
    "#[serde(",
    "#[deprecated]",
    "#[doc = \"x\"]",
    "#[cfg(a)]",
    ")]",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ";",
    ":",
    "::",
    "=",
    "-",
    "'a",
    "r#type",
    "Self",
    "String",
    "Option<",
    "Nullable<",
    "Vec<",
    "BTreeMap<String, ",
    "Box<",
    "Uuid",
    "DateTime<Utc>",
    "Json",
    "u64",
    "i128",
    "f64",
    "bool",
    "&str",
    "(u8, u8)",
    "[u8; 3]",
    "impl Fn()",
    "dyn A",
    "!",
    "tag = \"t\"",
    "untagged",
    "flatten",
    "rename = \"\"",
    "rename_all = \"kebab-case\"",
    "min = -1",
    "max = 1e400",
    "max_length = 4294967296",
    "pattern = \"(\"",
    "default = \"x\"",
    "json = r#\"{}\"#",
    "items(min = 1)",
    "history(max = 0, ttl = \"9999999999999d\")",
];
const OF_CURSORS: [&str; 14] =
    [".", "-", "0", "00", "+1", "18446744073709551615", "18446744073709551614", "99999999999999999999", "é", "\u{0}", " ", "A", "_", "٣"];

fn words(target: Target) -> &'static [&'static str] {
    match target {
        Target::Parser => &OF_FILES,
        Target::Module => &OF_MODULES,
        Target::Cursor => &OF_CURSORS,
    }
}

/// The largest input: beyond it a finding is hard to read, and speed is measured elsewhere.
const LONGEST: usize = 6000;

/// One to six changes to one of the known inputs.
pub(crate) fn mutated(corpus: &[Vec<u8>], target: Target, random: &mut Random) -> Vec<u8> {
    let mut bytes = random.pick(corpus).clone();
    for _ in 0..=random.below(6) {
        change(&mut bytes, corpus, words(target), random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str], random: &mut Random) {
    let part = |random: &mut Random, bytes: &[u8], longest: usize| {
        let start = random.below(bytes.len() + 1);
        start..(start + random.below(longest)).min(bytes.len())
    };
    match random.below(11) {
        0 => drop(bytes.drain(part(random, bytes, 30))),
        1 | 2 => {
            let at = random.below(bytes.len() + 1);
            bytes.splice(at..at, random.pick(words).bytes());
        }
        3 => {
            let over = part(random, bytes, 12);
            bytes.splice(over, random.pick(words).bytes());
        }
        4 => {
            let copy = bytes[part(random, bytes, 60)].to_vec();
            let at = random.below(bytes.len() + 1);
            for _ in 0..=random.below(3) {
                bytes.splice(at..at, copy.iter().copied());
            }
        }
        5 => {
            if let Some(at) = (!bytes.is_empty()).then(|| random.below(bytes.len())) {
                bytes[at] = u8::try_from(random.below(256)).unwrap_or_default();
            }
        }
        6 => {
            let other = random.pick(corpus);
            let copy = other[part(random, other, 200)].to_vec();
            let over = part(random, bytes, 100);
            bytes.splice(over, copy);
        }
        7 => lines(bytes, random),
        8 => tokens(bytes, random),
        // Deep nesting, the classic of parsers.
        9 if random.one_in(8) => {
            let at = random.below(bytes.len() + 1);
            let opening = *random.pick(&["[", "{ a: ", "Vec<", "(", "- ", "{ type: array, items: ", "Box<Option<", "  "]);
            bytes.splice(at..at, opening.repeat(random.below(700)).into_bytes());
        }
        _ => {
            let keep = bytes.len() - random.below(bytes.len() / 4 + 1);
            bytes.truncate(keep);
        }
    }
}

/// Swaps, repeats, removes or indents a line.
fn lines(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(4) {
        0 => lines.swap(one, other),
        1 => lines.insert(other, lines[one].clone()),
        2 => drop(lines.remove(one)),
        _ => drop(lines[one].splice(0..0, "  ".bytes())),
    }
    *bytes = lines.concat();
}

/// Swaps two words, or puts one in the place of the other: what is a word is what neither language splits.
fn tokens(bytes: &mut Vec<u8>, random: &mut Random) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match words.last_mut() {
            Some(last) if last.end == at && is_word(byte) && is_word(&bytes[at - 1]) => last.end = at + 1,
            _ => words.push(at..at + 1),
        }
    }
    if words.is_empty() {
        return;
    }
    let (one, other) = (random.pick(&words).clone(), random.pick(&words).clone());
    let (one_text, other_text) = (bytes[one.clone()].to_vec(), bytes[other.clone()].to_vec());
    if one.end <= other.start && random.one_in(2) {
        bytes.splice(other, one_text);
        bytes.splice(one, other_text);
    } else {
        bytes.splice(one, other_text);
    }
}
