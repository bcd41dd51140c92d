//! Drives episodes: agents in this process, programs, and agent frameworks.
//!
//! | module | what it holds |
//! |---|---|
//! | [`agents`] | the kinds of agents, and an agent that is ready to work |
//! | [`episode`] | playing one episode to its verdict |
//! | [`recording`] | a workplace that records the effects of each call |
//! | [`driver`] | playing many episodes concurrently, and Ctrl-C |
//! | [`program`] | agents that are the user's programs |
//! | [`merge`] | merging the shards of a run |
//! | [`frameworks`] | running agent frameworks, with and without faults of their model |
//!
//! How a run is stored is in `breakroom-record`; what people read about it is in `breakroom-report`.

pub mod agents;
pub mod driver;
pub mod episode;
pub mod frameworks;
pub mod merge;
pub mod program;
pub mod recording;
