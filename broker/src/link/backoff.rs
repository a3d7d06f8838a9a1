// SPDX-License-Identifier: GPL-3.0-or-later
//! How long to wait before the next attempt.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

/// The first wait: a server that restarts needs a moment.
const FIRST: Duration = Duration::from_millis(500);
/// The longest: online again soon after any outage.
const LONGEST: Duration = Duration::from_secs(30);
/// A session that lasted so long was a good one; the next trouble is a new one.
const GOOD_SESSION: Duration = Duration::from_secs(60);

/// Waits that double, with jitter: a thousand brokers do not come back in the same second.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    online_since: Option<Instant>,
}

impl Backoff {
    /// The session is up.
    pub fn online(&mut self, now: Instant) {
        self.online_since = Some(now);
    }

    /// The wait before the next attempt, which never is none: two clients that push each other out of one
    /// session come back slower and slower.
    pub fn next(&mut self, now: Instant) -> Duration {
        if self.online_since.take().is_some_and(|since| now.duration_since(since) >= GOOD_SESSION) {
            self.failures = 0;
        }
        let full = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        // From half the wait to all of it.
        full / 2 + full / 2 * u32::try_from(random() % 1000).unwrap_or(0) / 1000
    }
}

/// A number nobody can foresee: the seed of a hash map, which comes from the system.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_good_session() {
        let mut backoff = Backoff::default();
        let start = Instant::now();
        for full in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
            let wait = backoff.next(start).as_millis();
            assert!((full / 2..=full).contains(&wait), "{wait} of {full}");
        }
        backoff.online(start);
        assert!(backoff.next(start + GOOD_SESSION / 2) >= LONGEST / 2);
        backoff.online(start);
        assert!(backoff.next(start + GOOD_SESSION) <= FIRST);
    }
}
