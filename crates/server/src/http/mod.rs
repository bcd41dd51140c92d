//! `breakroom serve --http`: the gateway over HTTP, described by its own OpenAPI document. See docs/http.md.
//!
//! | module | what it holds |
//! |---|---|
//! | `server` | listening, the routes put together, stopping |
//! | `harness`, `agent` | the routes of the two planes |
//! | `operation` | health, metrics, and the documents |
//! | `credential` | from a request to a plane |
//! | `problem` | errors (RFC 9457) |
//! | `body` | JSON that is read and written |
//! | `openapi`, `page` | the description for programs and for people |
//! | `request_log` | request ids, traces and logs |
//! | `metrics` | what is counted |

mod agent;
mod body;
mod credential;
mod harness;
mod metrics;
mod openapi;
mod operation;
mod page;
mod problem;
mod request_log;
mod server;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) use credential::{AgentPlane, bearer};
pub use problem::Problem;
pub use server::Server;

use breakroom_gateway::Gateway;
use metrics::Metrics;

/// What every request may need.
pub struct App {
    gateway: Arc<Gateway>,
    metrics: Arc<Metrics>,
    /// Where clients reach the server, where they do not say it themselves.
    public_url: Option<String>,
    /// Set once the server stops.
    stopping: AtomicBool,
}

impl App {
    /// Puts a gateway behind HTTP; what happens in it is counted.
    pub fn new(gateway: Gateway, public_url: Option<String>) -> Arc<App> {
        let metrics = Arc::new(Metrics::default());
        Arc::new(App {
            gateway: Arc::new(gateway.with_observer(Arc::clone(&metrics) as _)),
            metrics,
            public_url,
            stopping: AtomicBool::new(false),
        })
    }

    /// The gateway.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }
}
