//! GatewayLimits on what a server spends.

use std::time::Duration;

/// What a server may spend.
#[derive(Clone, Debug)]
pub struct GatewayLimits {
    /// Number of sessions that may be open at once
    pub sessions: usize,
    /// Seconds after which a session that nobody uses is closed
    pub idle: Duration,
    /// Number of calls in one session
    pub calls: u32,
    /// Bytes of one request
    pub request_bytes: usize,
    /// Bytes of one tool's result
    pub result_bytes: usize,
    /// Milliseconds that one call may take in the databases
    pub call_time: Duration,
}

impl Default for GatewayLimits {
    fn default() -> GatewayLimits {
        GatewayLimits {
            sessions: 10_000,
            idle: Duration::from_secs(3_600),
            calls: 1_000,
            request_bytes: 1 << 20,
            result_bytes: 1 << 20,
            call_time: Duration::from_secs(5),
        }
    }
}
