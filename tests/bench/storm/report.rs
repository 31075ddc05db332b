//! Promises, and what became of them.

use std::fmt;

#[derive(Debug, Default)]
pub struct Report {
    kept: usize,
    broken: Vec<String>,
}

impl Report {
    /// Says what was measured, and remembers whether it is as promised.
    pub fn hold(&mut self, promise: &str, kept: bool, measured: impl fmt::Display) {
        println!("  {} {promise}: {measured}", if kept { "ok    " } else { "BROKEN" });
        if kept {
            self.kept += 1;
        } else {
            self.broken.push(format!("{promise}: {measured}"));
        }
    }

    pub fn at_most(&mut self, promise: &str, measured: f64, bound: f64, unit: &str) {
        self.hold(promise, measured <= bound, format!("{measured:.1} {unit}, at most {bound:.1}"));
    }

    /// Something to know, about which nothing is promised.
    #[expect(clippy::unused_self, reason = "it belongs to the report, though nobody counts it")]
    pub fn note(&self, text: impl fmt::Display) {
        println!("         {text}");
    }

    pub fn broken(&self) -> usize {
        self.broken.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for promise in &self.broken {
            writeln!(f, "BROKEN {promise}")?;
        }
        write!(f, "{} kept, {} broken", self.kept, self.broken.len())
    }
}
