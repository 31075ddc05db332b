//! Names: which are allowed on the wire, and how one language's spelling becomes another's.

/// The longest event name, in bytes.
pub const MAX_EVENT_NAME: usize = 128;

/// Names that mean something to JavaScript objects themselves and are refused where a name becomes an object key that code looks up.
pub const RESERVED: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// Whether `name` is an event name: segments joined by dots, each a letter followed by letters, digits, `_` or `-`, at most 128 bytes.
pub fn is_event_name(name: &str) -> bool {
    name.len() <= MAX_EVENT_NAME && !RESERVED.contains(&name) && name.split('.').all(is_segment)
}

fn is_segment(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether `name` can name a type in both languages: an upper-case letter, then letters and digits, ASCII.
pub fn is_type_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_uppercase()) && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether `name` can name a channel parameter: a letter, then letters, digits or `_`, ASCII, and nothing reserved.
pub fn is_param_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    !RESERVED.contains(&name)
        && bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The words of a name in any spelling: `room_id`, `roomId`, `room-id`, `room.id` and `RoomID` all have two.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let after_lower = at > 0 && (chars[at - 1].is_lowercase() || chars[at - 1].is_numeric());
        let ends_acronym = at > 0 && chars[at - 1].is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || ends_acronym) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect())
}

/// `message.sent` becomes `MessageSent`.
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `room_id` becomes `roomId`.
pub fn camel(name: &str) -> String {
    let words = words(name);
    let Some((first, rest)) = words.split_first() else { return String::new() };
    first.to_lowercase() + &rest.iter().map(|word| capitalised(word)).collect::<String>()
}

/// `MessageSent` becomes `message.sent`, as events and calls are called.
pub fn dotted(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join(".")
}

/// A spelling rule, as in serde's `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `roomid`
    Lower,
    /// `ROOMID`
    Upper,
    /// `RoomId`
    Pascal,
    /// `roomId`
    Camel,
    /// `room_id`
    Snake,
    /// `ROOM_ID`
    ScreamingSnake,
    /// `room-id`
    Kebab,
    /// `ROOM-ID`
    ScreamingKebab,
}

impl Case {
    /// The rules by the names that serde gives them.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    /// Applies the rule to a field, which Rust spells in `snake_case`; the same result as serde's for every such name.
    pub fn of_field(self, field: &str) -> String {
        let pascal = || -> String {
            let mut upper = true;
            let mut out = String::new();
            for c in field.chars() {
                if c == '_' {
                    upper = true;
                } else if std::mem::take(&mut upper) {
                    out.push(c.to_ascii_uppercase());
                } else {
                    out.push(c);
                }
            }
            out
        };
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(),
            Self::Camel => lower_first(&pascal()),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// Applies the rule to a variant, which Rust spells in `PascalCase`; the same result as serde's for every such name.
    pub fn of_variant(self, variant: &str) -> String {
        let snake = || -> String {
            let mut out = String::new();
            for (at, c) in variant.char_indices() {
                if at > 0 && c.is_uppercase() {
                    out.push('_');
                }
                out.push(c.to_ascii_lowercase());
            }
            out
        };
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Camel => lower_first(variant),
            Self::Snake => snake(),
            Self::ScreamingSnake => snake().to_ascii_uppercase(),
            Self::Kebab => snake().replace('_', "-"),
            Self::ScreamingKebab => snake().to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

/// The items in the order of their texts; what has the same text stays as it was.
///
/// Positions are sorted, not the items: the compiler translates a sort anew for each type that is sorted, and there are many lists of names here.
pub(crate) fn sorted<T>(items: Vec<T>, text: fn(&T) -> String) -> Vec<T> {
    let mut order: Vec<(String, usize)> = items.iter().map(text).zip(0..).collect();
    order.sort_unstable();
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(_, at)| items[at].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet_in_the_middle() {
        for (name, pascal_case, camel_case) in [
            ("message.sent", "MessageSent", "messageSent"),
            ("room_id", "RoomId", "roomId"),
            ("dueAt", "DueAt", "dueAt"),
            ("HTTPServer", "HttpServer", "httpServer"),
            ("a-b", "AB", "aB"),
            ("v2", "V2", "v2"),
        ] {
            assert_eq!((pascal(name).as_str(), camel(name).as_str()), (pascal_case, camel_case), "{name}");
        }
    }

    #[test]
    fn event_names_are_dotted_identifiers() {
        for good in ["typing", "message.sent", "a-b.c_d", "A1"] {
            assert!(is_event_name(good), "{good}");
        }
        for bad in ["", ".", "a.", "1a", "a b", "a:b", "ä", "__proto__", "constructor", &"a".repeat(129)] {
            assert!(!is_event_name(bad), "{bad}");
        }
    }

    #[test]
    fn cases_are_serdes() {
        assert_eq!(Case::Camel.of_field("room_id"), "roomId");
        assert_eq!(Case::ScreamingKebab.of_field("room_id"), "ROOM-ID");
        assert_eq!(Case::Camel.of_variant("VeryTasty"), "veryTasty");
        assert_eq!(Case::Snake.of_variant("VeryTasty"), "very_tasty");
        assert_eq!(Case::ScreamingKebab.of_variant("VeryTasty"), "VERY-TASTY");
    }
}
