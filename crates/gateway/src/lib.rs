//! What every front end goes through. The gateway owns the sessions, what they start from and what was called in them, and it knows who may
//! do what. It knows no transport.
//!
//! | module | what it holds |
//! |---|---|
//! | `gateway` | [`Gateway`], the sessions by id: opening, finding, closing and expiring them |
//! | `access` | who gets which plane |
//! | `harness` | [`Harness`], which may do everything |
//! | `agent_session` | [`AgentSession`], which is all that an agent has |
//! | `owned_session`, `leased_session` | the two kinds of sessions behind it |
//! | `lease` | how the owner of a session leases it to the front ends |
//! | `session_entry` | one session of the gateway, and its lock |
//! | `episode_state` | the episode in a session: its calls and its end |
//! | `episode_journal` | the episode's file in a session's folder |
//! | `arguments`, `call_reply` | what a call says, and how it is answered |
//! | `library`, `session_source` | what sessions start from, and the suites with their judges |
//! | `limits`, `observer` | what a server may spend, and what it is told |
//! | `error` | why a request was not served |
//! | `methods` | the methods of JSON-RPC |
//! | [`wire`] | requests, responses and results; the schemas are derived from them |
//! | [`tool_list`] | the tools as front ends list them |
//! | [`chaos`] | faults on the tools' side, on purpose |
//! | [`json`] | JSON that serde alone would read too leniently or too strictly |

mod access;
mod agent_session;
mod arguments;
mod call_reply;
pub mod chaos;
mod episode_journal;
mod episode_state;
mod error;
mod gateway;
mod harness;
pub mod json;
mod lease;
mod leased_session;
mod library;
mod limits;
mod methods;
mod observer;
mod owned_session;
mod random_hex;
mod session_entry;
mod session_source;
pub mod tool_list;
pub mod wire;

pub use agent_session::AgentSession;
pub use call_reply::CallReply;
pub use error::{ApiError, ErrorCode, ErrorInfo};
pub use gateway::{Gateway, SessionIds};
pub use harness::Harness;
pub use lease::Lease;
pub use leased_session::{CallRequest, LeaseInfo};
pub use library::{Library, MissingWorld};
pub use limits::GatewayLimits;
pub use methods::{RPC_METHODS, RpcMethod};
pub use observer::{CloseCause, GatewayObserver};
pub use random_hex::random_hex;
