//! The one thing in which JSON is not YAML: characters beyond 16 bits, written as two escapes.

use serde::de::IgnoredAny;

/// A text of JSON with `\U0001F600` in place of `\ud83d\ude00`, and for each of its characters the byte of the source where it comes from.
/// `None` for what needs no change, or is no JSON: outside of it such text may stand for itself.
pub(super) fn without_surrogates(source: &str) -> Option<(String, Vec<usize>)> {
    if !source.contains("\\ud") && !source.contains("\\uD") {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(source.trim_start_matches('\u{feff}')).ok()?;
    let mut text = String::with_capacity(source.len());
    let mut offsets = Vec::with_capacity(source.len());
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let (piece, length) = match pair(&source[at..]) {
            Some(character) => (format!("\\U{:08X}", u32::from(character)), 12),
            // The character behind a backslash begins no escape of its own.
            None if c == '\\' => (source[at..].chars().take(2).collect(), 2),
            None => (c.to_string(), c.len_utf8()),
        };
        // What stands for twelve bytes is shorter, and each of its characters comes from one of them.
        offsets.extend((0..piece.chars().count()).map(|step| at + step));
        text.push_str(&piece);
        at += length;
    }
    offsets.push(source.len());
    Some((text, offsets))
}

/// The character of two escapes, if two such stand here.
fn pair(text: &str) -> Option<char> {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok().filter(|_| escape.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    char::decode_utf16([unit(0)?, unit(6)?]).next()?.ok().filter(|c| c.len_utf16() == 2)
}

#[cfg(test)]
mod tests {
    use super::without_surrogates;

    #[test]
    fn pairs_become_one_escape_and_places_stay() {
        let source = r#"["ä \ud83d\uDE00", "\\\ud83d", "\u00e4", x]"#;
        assert_eq!(without_surrogates(source), None, "this is no JSON");
        let source = source.replace(", x", "");
        let (text, offsets) = without_surrogates(&source).unwrap();
        assert_eq!(text, r#"["ä \U0001F600", "\\\ud83d", "\u00e4"]"#);
        let second = |text: &str| text.find("\", \"").unwrap();
        assert_eq!(offsets[text[..second(&text)].chars().count()], second(&source));
        assert_eq!(offsets.len(), text.chars().count() + 1);
        assert_eq!(without_surrogates(r#"["\u00e4"]"#), None);
    }
}
