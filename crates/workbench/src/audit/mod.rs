//! Audits a checkout: compares native verdicts on recorded runs with the original's, and checks the original's tasks,
//! answers and data.
//!
//! | module | what it holds |
//! |---|---|
//! | [`audited_run`] | a recorded run, replayed and judged by all rules |
//! | [`classes`] | why native rules and the original disagree about a run |
//! | [`agreement`] | all runs of a checkout |
//! | [`checks`] | checks of the original's tasks, answers and data |
//! | `report` | the report on all of it |
//!
//! No report quotes a prompt or a row. Tasks are named by the ids that `breakroom tasks import workbench` gives them.

pub mod agreement;
pub mod audited_run;
pub mod checks;
pub mod classes;
mod report;

pub use report::{AuditReport, audit};
