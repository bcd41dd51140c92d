//! Compares runs: what improved, what broke, and whether the difference is significant.
//!
//! | module | what it holds |
//! |---|---|
//! | [`run_outcomes`] | the outcomes of a run or a baseline, by task and trial |
//! | [`task_comparison`] | each task in both runs: fixed, broken, changed, same, flaky |
//! | [`significance`] | McNemar's test, a permutation test and an interval, by template |
//! | [`gate`] | the conditions under which a comparison fails |
//! | [`report`] | a comparison as Markdown, JSON and JUnit |

pub mod gate;
pub mod report;
pub mod run_outcomes;
pub mod significance;
pub mod task_comparison;
