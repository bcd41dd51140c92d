//! Agents: who works on a task, and how.

mod ending;
mod workplace;

pub use ending::Ending;
pub use workplace::{NativeWorkplace, Offer, Outcome, Workplace};
