//! Reports on runs: text, tables, JSON, and files for other programs. Nothing here plays an episode.
//!
//! | module | what it holds |
//! |---|---|
//! | [`summary`] | the totals of a run, as tables |
//! | [`statistics`] | the statistics over its trials, as text |
//! | [`failures`] | failures by class, domain and template |
//! | [`show`] | one episode: its timeline, and when a correct outcome became unreachable |
//! | [`compare`] | comparing runs, and failing on a regression |
//! | [`export`] | exporting a run to other formats |
//! | [`runs`] | a list of runs, as a table |
//! | [`agent_names`] | agents in few words |
//! | [`table`] | the style of all tables |

pub mod agent_names;
pub mod compare;
pub mod export;
pub mod failures;
pub mod runs;
pub mod show;
pub mod statistics;
pub mod summary;
pub mod table;
