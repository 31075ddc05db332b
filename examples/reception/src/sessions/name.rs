//! Names that people choose.

/// The longest name, in characters.
pub(super) const LONGEST: usize = 40;

/// The name without what cannot be seen, so that two that look alike are alike; `None` if too little or too much is left.
pub(super) fn tidy(text: &str) -> Option<String> {
    // Whoever sends a megabyte gets no work done on it.
    if text.len() > LONGEST * 16 {
        return None;
    }
    let seen: String = text.chars().filter(|&character| !is_unseen(character)).collect();
    let name = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    (1..=LONGEST).contains(&name.chars().count()).then_some(name)
}

/// What makes two names the same for a reader.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Control characters, and those that take no room or turn the direction of the text around them.
fn is_unseen(character: char) -> bool {
    let formats = matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    formats || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_a_reader_sees_of_it() {
        assert_eq!(tidy("  Ann \t van\u{200b} Dyk\u{202e} ").as_deref(), Some("Ann van Dyk"));
        assert_eq!(tidy(&"é".repeat(LONGEST)).map(|name| name.chars().count()), Some(LONGEST));
        for nothing in ["", "  ", "\u{0}", "\u{feff}\u{200d}", &"é".repeat(LONGEST + 1), &"x".repeat(1_000_000)] {
            assert_eq!(tidy(nothing), None);
        }
    }
}
