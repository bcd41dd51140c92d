//! Breakroom: a simulated workplace to point AI agents at.

pub mod agent;
pub mod audit;
pub mod gateway;
pub mod model;
pub mod react;
pub mod redrive;
pub mod replay;
pub mod schema;
pub mod score;
pub mod serve;
pub mod tasks;
pub mod tools;
pub mod wire;
pub mod world;
