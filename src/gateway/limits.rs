//! How much of anything there may be.

use std::time::Duration;

use clap::Args;

/// Settings that bound what a server spends.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// Sessions that may be open at once
    #[arg(
        long = "max-sessions",
        value_name = "N",
        default_value_t = 10_000,
        env = "BREAKROOM_MAX_SESSIONS"
    )]
    pub sessions: usize,
    /// Seconds after which a session that nobody uses is closed
    #[arg(long = "idle-seconds", value_name = "N", default_value = "3600", value_parser = seconds, env = "BREAKROOM_IDLE_SECONDS")]
    pub idle: Duration,
    /// Calls that one session takes
    #[arg(
        long = "max-calls",
        value_name = "N",
        default_value_t = 1_000,
        env = "BREAKROOM_MAX_CALLS"
    )]
    pub calls: u32,
    /// Bytes of one request
    #[arg(long = "max-request-bytes", value_name = "N", default_value_t = 1 << 20, env = "BREAKROOM_MAX_REQUEST_BYTES")]
    pub request_bytes: usize,
    /// Bytes of one tool's result
    #[arg(long = "max-result-bytes", value_name = "N", default_value_t = 1 << 20, env = "BREAKROOM_MAX_RESULT_BYTES")]
    pub result_bytes: usize,
    /// Milliseconds that one call may take in the databases
    #[arg(long = "call-milliseconds", value_name = "N", default_value = "5000", value_parser = milliseconds, env = "BREAKROOM_CALL_MILLISECONDS")]
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

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: Limits,
    }

    #[test]
    fn the_command_line_and_the_library_have_the_same_defaults() {
        let line = Line::try_parse_from(["breakroom"]).unwrap();
        assert_eq!(
            format!("{:?}", line.limits),
            format!("{:?}", Limits::default())
        );
    }
}
