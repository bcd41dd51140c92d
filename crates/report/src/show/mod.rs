//! `breakroom show`: one episode of a run, for someone who wants to know what happened.
//!
//! | module | what it holds |
//! |---|---|
//! | `reach` | the first call after which a correct end was out of reach |
//! | `timeline` | what happened, step by step, as text |

pub mod reachability;
pub mod timeline;

pub use reachability::{Reachability, reachability};
