//! Breakroom: a simulated workplace to point AI agents at.

pub mod replay;
pub mod score;
pub mod tools;
pub mod world;
