//! What every request may need.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use breakroom_gateway::Gateway;

use super::metrics::Metrics;

/// What every request may need.
pub struct AppState {
    pub(super) gateway: Arc<Gateway>,
    pub(super) metrics: Arc<Metrics>,
    /// Where clients reach the server. Without it, the address that a client uses is taken.
    pub(super) public_url: Option<String>,
    /// Set once the server is stopping.
    pub(super) stopping: AtomicBool,
}

impl AppState {
    /// Puts a gateway behind HTTP, and counts what happens in it.
    pub fn new(gateway: Gateway, public_url: Option<String>) -> Arc<AppState> {
        let metrics = Arc::new(Metrics::default());
        Arc::new(AppState {
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
