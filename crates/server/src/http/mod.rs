//! `breakroom serve --http`: the gateway over HTTP, described by its own OpenAPI document. See docs/http.md.
//!
//! | module | what it holds |
//! |---|---|
//! | `server` | listening, the layers around the routes, stopping |
//! | `routes` | the list of routes |
//! | `harness`, `agent` | the routes of the two planes |
//! | `operation` | health, metrics, and the documents |
//! | `credential` | from a request to a plane |
//! | `problem` | errors (RFC 9457) |
//! | `body` | JSON bodies and query strings |
//! | `openapi`, `document`, `page` | the names in the OpenAPI document; the document; the page for people |
//! | `request_log` | request ids, traces and logs |
//! | `metrics` | what is counted |
//! | `app_state` | what every request may need |

mod agent;
mod app_state;
mod body;
mod credential;
mod document;
mod harness;
mod metrics;
mod openapi;
mod operation;
mod page;
mod problem;
mod request_log;
mod routes;
mod server;

pub use app_state::AppState;
pub(super) use credential::{AgentPlane, bearer};
pub use problem::Problem;
pub use server::Server;
