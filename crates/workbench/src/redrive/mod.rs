//! What models once wrote, as the replies of the ReAct loop.
//!
//! | module | what it holds |
//! |---|---|
//! | [`transcript`] | the recorded runs as they lie in a file |
//! | [`drive`] | one run, driven again |
//! | [`class`] | the ways in which it can differ from the record |
//! | `report` | all runs of a file, and the report |

pub mod class;
pub mod drive;
mod report;
pub mod transcript;

pub use report::{MatchCount, RedriveDifference, RedriveReport, redrive, word};
