//! What a server is told about its gateway, so that it can count and measure.

use crate::wire::TracedCall;

/// Is told of every session and call. It is called while a session is locked, so it must be quick and must not call back.
pub trait GatewayObserver: Send + Sync {
    /// A session was opened.
    fn session_opened(&self);
    /// A session was closed.
    fn session_closed(&self, cause: CloseCause);
    /// A call was run.
    fn call_finished(&self, call: &TracedCall);
}

/// Why a session was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// Its harness asked for it.
    Requested,
    /// Nobody used it for too long.
    Idle,
}

/// Ignores everything.
pub(super) struct NoopObserver;

impl GatewayObserver for NoopObserver {
    fn session_opened(&self) {}
    fn session_closed(&self, _: CloseCause) {}
    fn call_finished(&self, _: &TracedCall) {}
}
