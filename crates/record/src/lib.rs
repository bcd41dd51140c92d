//! Runs on disk: their format, writing and reading them, and what follows from the records alone.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | what decides a run's results |
//! | [`record`] | the forms of a run and of each episode on disk |
//! | [`trace`] | everything that happened in an episode |
//! | [`folder`] | a run as it lies in its folder |
//! | [`writer`] | writing a run: whole or not at all, and taken up again |
//! | [`find`] | a run, and an episode of it, by name |
//! | [`list`] | the runs below a folder |
//! | [`errors`] | why an episode failed |
//! | [`user_error`] | the mark of an error that is the user's to fix |
//! | [`summary`], [`statistics`] | what a run came to, and what its trials say |
//!
//! Nothing here plays an episode or prints a report.

pub mod errors;
pub mod find;
pub mod folder;
pub mod list;
pub mod record;
pub mod settings;
pub mod statistics;
pub mod summary;
pub mod trace;
pub mod user_error;
pub mod writer;
