//! What crosses the wire: the parameters and results of every method, from which `schemas/` is derived. No logic belongs here.

mod asked;
mod done;
mod told;

pub use asked::*;
pub use done::*;
pub use told::*;
