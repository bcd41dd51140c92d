//! Passes what models once wrote through today's ReAct loop, and compares.
//!
//! | module | what it holds |
//! |---|---|
//! | [`transcript`] | recorded runs and their file format |
//! | [`drive`] | redriving one run |
//! | [`class`] | how a redriven run can differ from the record |
//! | `report` | redriving all runs of a file, and the report |

pub mod class;
pub mod drive;
mod report;
pub mod transcript;

pub use report::{MatchCount, RedriveDifference, RedriveReport, redrive, word};
