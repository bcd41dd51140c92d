//! Breakroom: a simulated workplace to point AI agents at.

pub mod agent;
pub mod audit;
pub mod chaos;
pub mod compare;
pub mod errors;
pub mod export;
pub mod frameworks;
pub mod gateway;
mod json;
pub mod model;
pub mod model_server;
pub mod policy;
pub mod progress;
pub mod react;
pub mod redrive;
pub mod replay;
pub mod run;
pub mod schema;
pub mod score;
pub mod serve;
pub mod show;
pub mod statistics;
pub mod table;
pub mod tasks;
pub mod tools;
pub mod wire;
pub mod world;
