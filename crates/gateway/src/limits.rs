//! How much of anything there may be.

use std::time::Duration;

/// Settings that bound what a server spends.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Sessions that may be open at once
    pub sessions: usize,
    /// Seconds after which a session that nobody uses is closed
    pub idle: Duration,
    /// Calls that one session takes
    pub calls: u32,
    /// Bytes of one request
    pub request_bytes: usize,
    /// Bytes of one tool's result
    pub result_bytes: usize,
    /// Milliseconds that one call may take in the databases
    pub call_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            sessions: 10_000,
            idle: Duration::from_secs(3_600),
            calls: 1_000,
            request_bytes: 1 << 20,
            result_bytes: 1 << 20,
            call_time: Duration::from_secs(5),
        }
    }
}
