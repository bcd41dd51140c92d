//! Draws from a seed, the same on every machine: ChaCha is specified, and only whole numbers are used.

use chrono::{Datelike, Days, NaiveDate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws. Parts of an office use streams of their own, so that a change in one does not redraw the others.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Dice {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Dice(generator)
    }

    /// A number below `count`, which must not be zero.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * count as u128;
        (wide >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// A weekday from `first` on, within so many days; where it would be a weekend, the Monday after.
    pub(super) fn weekday(&mut self, first: NaiveDate, days: usize) -> NaiveDate {
        working_day(first + Days::new(self.below(days) as u64))
    }
}

/// The day itself, or the Monday after a weekend day.
pub(super) fn working_day(day: NaiveDate) -> NaiveDate {
    match day.weekday().number_from_monday() {
        6 => day + Days::new(2),
        7 => day + Days::new(1),
        _ => day,
    }
}
