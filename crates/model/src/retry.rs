//! When to ask again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How often and how patiently a provider is asked again.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Attempts in all.
    pub attempts: u32,
    /// The wait before the second one; it doubles from there.
    pub first: Duration,
    /// The longest wait that is chosen here; a provider may ask for more.
    pub longest: Duration,
    /// Seeds the jitter.
    pub seed: u64,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 6,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            seed: 0,
        }
    }
}

impl RetryPolicy {
    /// The wait after a failed attempt, counted from one: half of the doubling wait, and a random part of the other half, so that
    /// episodes that failed together do not come back together. What the provider asked for is the least.
    pub fn wait(&self, attempt: u32, conversation: u64, asked_for: Option<Duration>) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let full = self.first.saturating_mul(doubled).min(self.longest);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed ^ conversation);
        generator.set_stream(u64::from(attempt));
        let part = Duration::from_nanos(generator.next_u64() % (full.as_nanos() as u64 / 2 + 1));
        (full / 2 + part).max(asked_for.unwrap_or_default())
    }
}

/// Reads a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date.
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    // Some providers send fractions of seconds.
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
    fn waits_double_with_jitter_up_to_the_longest() {
        let retry = RetryPolicy::default();
        for attempt in 1..40 {
            let wait = retry.wait(attempt, 7, None);
            let full = Duration::from_millis(500 << (attempt - 1).min(10)).min(retry.longest);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
            assert_eq!(wait, retry.wait(attempt, 7, None));
        }
        assert_ne!(retry.wait(3, 7, None), retry.wait(3, 8, None));
    }

    #[test]
    fn what_the_provider_asks_for_is_the_least() {
        let retry = RetryPolicy::default();
        let asked = Some(Duration::from_secs(100));
        assert_eq!(retry.wait(1, 0, asked), Duration::from_secs(100));
        assert!(retry.wait(1, 0, Some(Duration::ZERO)) >= retry.first / 2);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-06-11T09:00:00Z")
            .unwrap()
            .to_utc();
        let read = |header| retry_after(header, now);
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
