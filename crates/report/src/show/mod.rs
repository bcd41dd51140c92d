//! Shows what happened in one episode of a run.
//!
//! | module | what it holds |
//! |---|---|
//! | `reachability` | the first call after which a correct outcome was out of reach |
//! | `timeline` | the events of an episode, as text |

pub mod reachability;
pub mod timeline;

pub use reachability::{Reachability, reachability};
