//! The one place that every front end goes through: it owns the sessions, what they start from and what was called in them, and knows who may
//! do what. It knows no transport.
//!
//! | module | what it holds |
//! |---|---|
//! | [`Library`] | the worlds that sessions start from, and the suites with their judges |
//! | [`Gateway`] | the sessions by id: opening, finding, closing and reaping them |
//! | `planes` | [`Seat`], which is all that an agent has, and [`Harness`] |
//! | `held` | one session under its name, and its lock |
//! | `work` | what a session has come to: its calls, its end |
//! | `given` | the arguments of a call as they are kept |
//! | `kept` | what lies in a session's folder beside the session |
//! | `lent` | sessions that a run holds, and lends to the front ends |
//! | [`Limits`] | how much of anything there may be |
//! | [`ApiError`] | why something was not served |
//! | `methods` | the methods of JSON-RPC |
//! | [`wire`] | requests, responses and results, from which schemas are derived |
//! | [`tool_list`] | the tools as front ends list them |
//! | [`chaos`] | faults on the tools' side, on purpose |
//! | [`json`] | JSON that serde alone would misread |

pub mod chaos;
mod error;
mod given;
mod held;
pub mod json;
mod kept;
mod lent;
mod library;
mod limits;
mod methods;
mod planes;
mod sessions;
pub mod tool_list;
pub mod wire;
mod witness;
mod work;

pub use error::{ApiError, ErrorCode};
pub use lent::{Asked, Lease, Lent};
pub use library::Library;
pub use limits::Limits;
pub use methods::{METHODS, Method};
pub use planes::{Harness, Seat};
pub use sessions::random;
pub use sessions::{Gateway, Names};
pub use witness::Witness;
pub use work::Called;
