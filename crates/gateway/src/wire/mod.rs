//! What crosses the wire: the parameters and results of every method, from which `schemas/` is derived. No logic belongs here.

mod requests;
mod responses;
mod results;
pub mod schema;

pub use requests::*;
pub use responses::*;
pub use results::*;
