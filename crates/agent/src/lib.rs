//! Agents: who works on a task, and how.
//!
//! An agent works through an [`Episode`]: it is told the task, calls the tools of a [`Workplace`], and reports everything that happens to
//! an [`Observer`]. How it ends is an [`Ending`], which is the agent's own doing, or an [`AgentError`], which is not.
//!
//! | module | what it holds |
//! |---|---|
//! | [`react`] | models that write text: thought, action, observation |
//! | [`tools`] | models that call tools natively |
//! | [`program`] | the lines that programs of the user's exchange with a run; starting programs is the runner's work |
//! | [`episode`] | what all agents share: limits, asking a model, calling tools |
//! | `ending`, `observer`, `workplace` | how an episode ends, who hears of it, and where calls go |
//!
//! Nothing here starts a process or a server.

mod ending;
pub mod episode;
mod observer;
pub mod program;
pub mod react;
pub mod tools;
mod workplace;

pub use ending::{AgentError, Ending};
pub use episode::{Episode, Limits, Mind};
pub use observer::{Event, Observer, Output};
pub use workplace::{Offer, SessionWorkplace, ToolOutcome, Workplace};
