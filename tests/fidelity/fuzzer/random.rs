//! A seeded source of choices: the same seed gives the same run, whatever the platform and the versions of other crates.

use serde_json::Value;

/// Steele, Lea and Flood's `SplitMix64`.
pub(crate) struct Random(u64);

impl Random {
    /// A source of its own for one part of a run, so that a part can be repeated without the parts before it.
    pub(crate) fn part(seed: u64, part: u64) -> Self {
        Self(Self(seed ^ part.wrapping_mul(0xd134_2543_de82_ef95)).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).expect("no more than 64 bits")).expect("below a usize")
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = i128::from(high) - i128::from(low) + 1;
        let offset = i128::from(self.next()) % span;
        i64::try_from(i128::from(low) + offset).expect("between two of them")
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Up to `count` different members of `from`, in its order.
    pub(crate) fn some<T: Copy>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut rest: Vec<usize> = (0..from.len()).collect();
        let mut chosen: Vec<usize> = (0..count.min(from.len())).map(|_| rest.swap_remove(self.below(rest.len()))).collect();
        chosen.sort_unstable();
        chosen.into_iter().map(|at| from[at]).collect()
    }

    /// Any JSON, nested at most `depth` deep.
    pub(crate) fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(self.once_in(2)),
            2 => Value::from(self.between(-3, 12)),
            3 => Value::from(super::values::number(self)),
            4 => Value::from(super::values::text(self)),
            5 => (0..self.below(4)).map(|_| self.json(depth - 1)).collect(),
            _ => {
                let names = super::values::NAMES;
                (0..self.below(4)).map(|_| ((*self.pick(&names)).to_owned(), self.json(depth - 1))).collect()
            }
        }
    }
}
