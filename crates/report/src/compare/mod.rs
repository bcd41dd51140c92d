//! Comparing runs: what got better, what broke, and whether it is chance.
//!
//! | module | what it holds |
//! |---|---|
//! | [`sample`] | a run, or the baseline kept of one, as outcomes by task and trial |
//! | [`pairs`] | tasks side by side: fixed, broken, changed, the same, flaky |
//! | [`chance`] | McNemar's test, a permutation test and an interval, by template |
//! | [`gate`] | what makes a comparison fail |
//! | [`report`] | a comparison in words, Markdown, JSON and JUnit |

pub mod gate;
pub mod report;
pub mod run_outcomes;
pub mod significance;
pub mod task_comparison;
