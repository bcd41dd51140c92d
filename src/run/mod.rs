//! Runs: many episodes with one configuration, kept in a folder so that each can be understood later.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | what decides a run's results |
//! | [`record`] | what is written of a run and of each episode: the forms on disk |
//! | [`folder`] | a run as it lies in its folder |
//! | [`writer`] | writing it: whole or not at all, and taken up again |
//! | [`trace`] | everything that happened in an episode |
//! | [`noting`] | what each call does to the rows, and what disturbs it |
//! | [`episode`] | one agent at work on one task, and the verdict |
//! | [`agents`] | which agent works, and with which model |
//! | [`driver`] | many episodes at once, and Ctrl-C |
//! | [`find`] | a run, and an episode of it, by name |
//! | [`summary`], [`report`] | what a run came to, by domain, and how that is printed |
//! | [`command`] | `breakroom run` |
//! | [`merge`] | `breakroom merge` |

pub mod agents;
pub mod command;
pub mod driver;
pub mod episode;
pub mod find;
pub mod folder;
pub mod merge;
pub mod noting;
pub mod record;
pub mod report;
pub mod settings;
pub mod summary;
pub mod trace;
pub mod writer;
