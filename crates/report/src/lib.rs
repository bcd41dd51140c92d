//! Reports on runs, as text, tables, JSON and files that other programs read. Nothing here plays an episode.
//!
//! | module | what it holds |
//! |---|---|
//! | [`summary`] | what a run came to, as a table |
//! | [`statistics`] | what its trials say, in words |
//! | [`failures`] | failures counted by class, domain and template |
//! | [`show`] | one episode: its timeline, and where a correct end went out of reach |
//! | [`compare`] | two runs side by side, and the gate |
//! | [`export`] | a run in the forms that other programs read |
//! | [`runs`] | a list of runs |
//! | [`agent_names`] | agents in few words |
//! | [`table`] | what all tables share |

pub mod agent_names;
pub mod compare;
pub mod export;
pub mod failures;
pub mod runs;
pub mod show;
pub mod statistics;
pub mod summary;
pub mod table;
