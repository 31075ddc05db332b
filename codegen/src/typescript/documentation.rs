//! Documentation comments, safe against whatever a description holds.

use tidewire_schema::json::Value;

/// What a documentation comment says.
#[derive(Clone, Default)]
pub(super) struct Documentation {
    paragraphs: Vec<String>,
    tags: Vec<String>,
}

impl Documentation {
    /// A comment that begins with this text, where there is one.
    pub(super) fn new(text: Option<&str>) -> Self {
        Self::default().and(text.map(str::to_owned))
    }

    /// One more paragraph, where it is there.
    pub(super) fn and(mut self, paragraph: Option<String>) -> Self {
        self.paragraphs.extend(paragraph.filter(|text| !text.trim().is_empty()));
        self
    }

    /// Says that something should not be used any more, and why if a reason is given.
    pub(super) fn deprecated(mut self, reason: Option<&str>) -> Self {
        self.tags.extend(reason.map(|reason| format!("@deprecated {}", escaped(&reason.lines().collect::<Vec<_>>().join(" ")))));
        self
    }

    /// Says what stands in for a value that is absent.
    pub(super) fn default_value(mut self, value: Option<&Value>) -> Self {
        self.tags.extend(value.map(|value| {
            let text = escaped(&value.to_string());
            // A code span ends at the first backtick.
            if text.contains('`') { format!("@defaultValue {text}") } else { format!("@defaultValue `{text}`") }
        }));
        self
    }

    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.paragraphs.is_empty() && self.tags.is_empty()
    }

    /// The comment at an indentation, with a line break behind it; nothing for nothing to say.
    pub(super) fn comment(&self, indent: usize) -> String {
        let pad = " ".repeat(indent);
        let mut lines: Vec<String> = Vec::new();
        for paragraph in &self.paragraphs {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(paragraph.trim().lines().map(escaped));
        }
        lines.extend(self.tags.iter().map(|tag| tag.trim_end().to_owned()));
        match lines.as_slice() {
            [] => String::new(),
            [line] => format!("{pad}/** {line} */\n"),
            lines => {
                let body: String = lines.iter().map(|line| format!("{pad} * {line}").trim_end().to_owned() + "\n").collect();
                format!("{pad}/**\n{body}{pad} */\n")
            }
        }
    }
}

impl From<&str> for Documentation {
    fn from(text: &str) -> Self {
        Self::new(Some(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(text: &str, indent: usize) -> String {
        Documentation::from(text).comment(indent)
    }

    #[test]
    fn no_text_can_leave_the_comment() {
        assert_eq!(comment("a */ b", 0), "/** a *\\/ b */\n");
        assert_eq!(comment("x\n@deprecated y\u{2028}z", 2), "  /**\n   * x\n   * \\@deprecated y z\n   */\n");
        assert_eq!(comment("  ", 0), "");
    }

    #[test]
    fn tags_stand_below_the_text_and_are_as_safe() {
        let tagged = Documentation::new(None).deprecated(Some("")).default_value(Some(&Value::from("*/\n`")));
        assert_eq!(tagged.comment(0), "/**\n * @deprecated\n * @defaultValue \"*\\/\\n`\"\n */\n");
        let reason = Documentation::from("Old.").deprecated(Some("use\n@x */"));
        assert_eq!(reason.comment(0), "/**\n * Old.\n * @deprecated use @x *\\/\n */\n");
    }
}
