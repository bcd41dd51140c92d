//! Runs: many episodes with one configuration, kept in a folder so that each can be understood later.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | what decides a run's results |
//! | [`record`] | what is written of a run and of each episode: the forms on disk |
//! | [`folder`] | the folder: written whole or not at all, taken up again, joined |
//! | [`trace`] | everything that happened in an episode |
//! | [`episode`] | one agent at work on one task, and the verdict |
//! | [`agents`] | which agent works, and with which model |
//! | [`driver`] | many episodes at once, and Ctrl-C |
//! | [`find`] | a run, and an episode of it, by name |
//! | [`summary`] | what a run came to, by domain |
//! | [`command`] | `breakroom run` and `breakroom merge` |

pub mod agents;
pub mod command;
pub mod driver;
pub mod episode;
pub mod find;
pub mod folder;
pub mod record;
pub mod settings;
pub mod summary;
pub mod trace;
