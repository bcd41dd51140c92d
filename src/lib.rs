//! Breakroom: a simulated workplace to point AI agents at.

pub mod gateway;
pub mod progress;
pub mod replay;
pub mod schema;
pub mod score;
pub mod serve;
pub mod tools;
pub mod wire;
pub mod world;
