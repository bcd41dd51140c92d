//! Random numbers from a seed. They are the same on every machine, since ChaCha is specified and only integers are used.

use chrono::{Days, NaiveDate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::working_time::working_day_from;

/// A stream of random numbers. Each part of an office uses its own stream, so that a change in one part does not change the others.
pub(super) struct SeededRng(ChaCha8Rng);

impl SeededRng {
    pub(super) fn new(seed: u64, stream: u64) -> SeededRng {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        SeededRng(generator)
    }

    /// A number below `count`, which must not be zero.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * count as u128;
        (wide >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn in_range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// Whether an event with a chance of so many percent happens.
    pub(super) fn percent_chance(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// A working day among the `days` from `first` on. A weekend day is moved to the next Monday.
    pub(super) fn working_day_within(&mut self, first: NaiveDate, days: usize) -> NaiveDate {
        working_day_from(first + Days::new(self.below(days) as u64))
    }
}
