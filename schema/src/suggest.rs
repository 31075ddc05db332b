//! "Did you mean": the nearest name by edit distance.

/// The candidate nearest to `name`, if one is near enough to be what the writer meant.
///
/// Near enough means an edit distance (insertions, deletions, substitutions, swaps of neighbours) of at most a third of the name's length,
/// and at least one. Ties go to the candidate that comes first in alphabetical order, so messages do not depend on the order of a map.
///
/// ```
/// use tidewire_schema::suggest::nearest;
/// assert_eq!(nearest("Crad", ["Card", "Board"]), Some("Card"));
/// assert_eq!(nearest("Crad", ["Elephant"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 4 * limit)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance over lower-cased characters: a wrong case alone costs nothing.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &right) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(left != right)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && left == b[j - 1] && a[i - 1] == right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_neighbours_are_one_edit() {
        assert_eq!(distance("crad", "card"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("publsh", ["publish", "payload"]), Some("publish"));
        assert_eq!(nearest("x", ["yyy"]), None);
    }
}
