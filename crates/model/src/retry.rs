//! Retries: how often, and how long to wait in between.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How many attempts there are, and the backoff between them.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The number of attempts, including the first.
    pub max_attempts: u32,
    /// The backoff after the first attempt; it doubles after each further one.
    pub initial_backoff: Duration,
    /// The longest backoff that we choose; a provider may ask for more.
    pub max_backoff: Duration,
    /// The seed of the jitter.
    pub seed: u64,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            max_attempts: 6,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(30),
            seed: 0,
        }
    }
}

impl RetryPolicy {
    /// The backoff after a failed attempt, counted from one. Half of it doubles with each attempt and half is jitter, so that
    /// episodes that failed together do not retry together. It is never shorter than `retry_after`.
    pub fn backoff(
        &self,
        attempt: u32,
        conversation: u64,
        retry_after: Option<Duration>,
    ) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
        let full = self
            .initial_backoff
            .saturating_mul(factor)
            .min(self.max_backoff);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed ^ conversation);
        generator.set_stream(u64::from(attempt));
        let jitter = Duration::from_nanos(generator.next_u64() % (full.as_nanos() as u64 / 2 + 1));
        (full / 2 + jitter).max(retry_after.unwrap_or_default())
    }
}

/// Parses a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date.
pub fn parse_retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    // Some providers send fractional seconds.
    if let Ok(seconds) = header.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(header).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_with_jitter_up_to_the_maximum() {
        let retry = RetryPolicy::default();
        for attempt in 1..40 {
            let wait = retry.backoff(attempt, 7, None);
            let full = Duration::from_millis(500 << (attempt - 1).min(10)).min(retry.max_backoff);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
            assert_eq!(wait, retry.backoff(attempt, 7, None));
        }
        assert_ne!(retry.backoff(3, 7, None), retry.backoff(3, 8, None));
    }

    #[test]
    fn the_backoff_is_at_least_what_the_provider_asks_for() {
        let retry = RetryPolicy::default();
        let asked = Some(Duration::from_secs(100));
        assert_eq!(retry.backoff(1, 0, asked), Duration::from_secs(100));
        assert!(retry.backoff(1, 0, Some(Duration::ZERO)) >= retry.initial_backoff / 2);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-06-11T09:00:00Z")
            .unwrap()
            .to_utc();
        let read = |header| parse_retry_after(header, now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read(" 0.5 "), Some(Duration::from_millis(500)));
        assert_eq!(
            read("Thu, 11 Jun 2026 09:01:30 GMT"),
            Some(Duration::from_secs(90))
        );
        assert_eq!(read("Thu, 11 Jun 2026 08:00:00 GMT"), Some(Duration::ZERO));
        for wrong in ["soon", "-1", "NaN", "inf", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
