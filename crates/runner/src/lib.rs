//! Drives episodes: agents in this process, programs, and agent frameworks.
//!
//! | module | what it holds |
//! |---|---|
//! | [`agents`] | which agent works, and with which model |
//! | [`episode`] | one agent at work on one task, and the verdict |
//! | [`recording`] | what each call of an episode does to the rows, and what disturbs it |
//! | [`driver`] | many episodes at once, and Ctrl-C |
//! | [`program`] | agents that are programs of the user's |
//! | [`merge`] | the shards of a run, joined |
//! | [`frameworks`] | agent frameworks, tried one by one |

pub mod agents;
pub mod driver;
pub mod episode;
pub mod frameworks;
pub mod merge;
pub mod program;
pub mod recording;
