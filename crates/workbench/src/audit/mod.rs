//! Recorded runs judged by the native rules beside the original's verdicts, and the original's tasks and answers
//! held against the linter's rules and more.
//!
//! | module | what it holds |
//! |---|---|
//! | [`evidence`] | a recorded run, replayed and judged by every rule |
//! | [`class`] | why native rules and the original disagree about a run |
//! | [`agreement`] | all runs of a checkout |
//! | [`truth`] | what is wrong with tasks, answers and data |
//! | `report` | all of it |
//!
//! No report quotes a prompt or a row: tasks are named by their ids, as `breakroom tasks import workbench` gives them.

pub mod agreement;
pub mod audited_run;
pub mod checks;
pub mod classes;
mod report;

pub use report::{AuditReport, audit};
