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
//! | `given` | the arguments of a call, and whether two calls are the same |
//! | `kept` | what lies in a session's folder beside the session |
//! | `lent` | sessions that a run holds, and lends to the front ends |
//! | [`Limits`] | how much of anything there may be |
//! | [`Refused`] | why something was not served |
//! | `methods` | the methods of JSON-RPC |

mod given;
mod held;
mod kept;
mod lent;
mod library;
mod limits;
mod methods;
mod planes;
mod refused;
mod sessions;
mod witness;
mod work;

pub use lent::{Asked, Lease, Lent};
pub use library::Library;
pub use limits::Limits;
pub(crate) use methods::{METHODS, Method};
pub use planes::{Harness, Seat};
pub use refused::{Reason, Refused};
pub(crate) use sessions::random;
pub use sessions::{Gateway, Names};
pub use witness::Witness;
pub use work::Called;
