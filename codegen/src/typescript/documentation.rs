//! Documentation comments, safe against whatever a description holds.

/// A documentation comment at an indentation, with a line break behind it; nothing for no text.
pub(super) fn comment(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines: Vec<String> = text.trim().lines().map(escaped).collect();
    match lines.as_slice() {
        [] => String::new(),
        [line] if line.is_empty() => String::new(),
        [line] => format!("{pad}/** {line} */\n"),
        lines => {
            let body: String = lines.iter().map(|line| format!("{pad} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{pad}/**\n{body}{pad} */\n")
        }
    }
}

/// One line of a comment: nothing in it ends the comment, or begins a tag that was not meant.
fn escaped(line: &str) -> String {
    let line = line.trim_end().replace("*/", "*\\/").replace("{@", "{\\@");
    // Control characters, and the two line separators that JavaScript knows besides the line feed, have no place in a comment.
    let line: String = line.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    match line.trim_start().strip_prefix('@') {
        Some(rest) => format!("{}\\@{rest}", &line[..line.len() - line.trim_start().len()]),
        None => line,
    }
}

/// A paragraph, and below it another one, where they are there.
pub(super) fn paragraphs(first: Option<&str>, second: Option<String>) -> String {
    match (first, second) {
        (Some(first), Some(second)) => format!("{first}\n\n{second}"),
        (Some(first), None) => first.to_owned(),
        (None, second) => second.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_the_comment() {
        assert_eq!(comment("a */ b", 0), "/** a *\\/ b */\n");
        assert_eq!(comment("x\n@deprecated y\u{2028}z", 2), "  /**\n   * x\n   * \\@deprecated y z\n   */\n");
        assert_eq!(comment("  ", 0), "");
    }
}
