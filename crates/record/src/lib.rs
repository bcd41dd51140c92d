//! Runs on disk: their format, writing and reading them, and what follows from the records alone.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | the settings that determine a run's results |
//! | [`record`] | `run.json` and the lines of `episodes.jsonl` |
//! | [`trace`] | the events of an episode |
//! | [`folder`] | reading a run |
//! | [`writer`] | writing a run atomically, and resuming it |
//! | [`find`] | finding a run or an episode by name |
//! | [`errors`] | error classes: why an episode failed |
//! | [`summary`], [`statistics`] | totals by domain; pass rates and intervals over trials |
//!
//! Nothing here plays an episode or prints a report.

pub mod errors;
pub mod find;
pub mod folder;
pub mod record;
pub mod settings;
pub mod statistics;
pub mod summary;
pub mod trace;
pub mod writer;
