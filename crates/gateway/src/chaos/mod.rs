//! Faults on the tools' side, drawn from a seed: they show what an agent does if the office itself misbehaves. `docs/chaos.md` says how to
//! write a file of faults.

mod config;
mod disturber;
mod recovery;

pub use config::{Chaos, Disturbance, DisturbanceKind};
pub use disturber::{DisturbedCall, Disturber};
pub use recovery::Recovery;
