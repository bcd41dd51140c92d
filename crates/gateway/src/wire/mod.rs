//! What crosses the wire: the parameters and results of every method. `schemas/` is derived from these types. No logic belongs here.

mod requests;
mod responses;
mod results;
pub mod schema;

pub use requests::*;
pub use responses::*;
pub use results::*;
