//! Agent loops: what works on a task, and how.
//!
//! An agent works through an [`Episode`]. It is given the task, calls the tools of a [`Workplace`], and reports every event to an
//! [`Observer`]. It ends with an [`AgentEnding`], which is the agent's own doing, or an [`AgentError`], which is a fault.
//!
//! | module | what it holds |
//! |---|---|
//! | [`react`] | models that write text: thought, action, observation |
//! | [`tools`] | models that call tools natively |
//! | [`program`] | the lines that a user's program exchanges with a run |
//! | [`episode`] | what all agents share: limits, requests to a model, tool calls |
//! | `ending`, `observer`, `workplace` | how an episode ends, what is notified of events, and where calls go |
//! | `prompt_hash` | the hash of a prompt |
//!
//! Nothing here starts a process or a server: starting programs is the runner's job.

mod ending;
pub mod episode;
mod observer;
pub mod program;
mod prompt_hash;
pub mod react;
pub mod tools;
mod workplace;

pub use ending::{AgentEnding, AgentError};
pub use episode::{Episode, EpisodeLimits, ModelConfig};
pub use observer::{EpisodeEvent, Observer, OutputStream};
pub use workplace::{SessionWorkplace, ToolOutcome, ToolSelection, Workplace};
