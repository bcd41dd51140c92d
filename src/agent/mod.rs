//! Agents: who works on a task, and how.
//!
//! An agent works through an [`Episode`]: it is told the task, calls tools of a [`Workplace`], and tells an [`Observer`] all that
//! happens. How it ends is an [`Ending`], which is the agent's doing, or an [`AgentError`], which is not.
//!
//! | module | what it holds |
//! |---|---|
//! | `react` | models that write text: thought, action, observation |
//! | `tools` | models that call tools natively |
//! | `program` | any program |
//! | `episode` | what all of them share |

mod ending;
mod episode;
mod observer;
mod program;
mod react;
mod tools;
mod workplace;

pub use ending::{AgentError, Ending};
pub use episode::{Episode, Limits, Mind};
pub use observer::{Event, Observer, Output};
pub use program::{Door, TaskLine, WorkerLine, Workers, exec};
pub use react::react;
pub use tools::{prompt_hash, tools, unread};
pub use workplace::{Offer, SessionWorkplace, ToolOutcome, Workplace};
