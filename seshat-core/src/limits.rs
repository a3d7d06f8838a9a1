//! Every limit and time-out of the store, with the reason for its number.

use crate::types::Millis;
use std::time::Duration;

/// Characters (Unicode scalar values) in one message: a long letter, and small enough for any XMPP server
/// once encoded.
pub const MAX_TEXT_CHARS: usize = 4000;
/// Characters in a visitor's name, as long as the longest names people really have.
pub const MAX_NAME_CHARS: usize = 100;
/// Characters in an e-mail address (RFC 5321 §4.5.3.1.3 bounds a path at 256 octets with its brackets).
pub const MAX_EMAIL_CHARS: usize = 254;
/// Characters in the address of the page a chat was started from; longer ones are cut, not refused.
pub const MAX_PAGE_CHARS: usize = 2000;
/// Characters in a locale such as `pt-BR`; longer ones are cut, not refused.
pub const MAX_LOCALE_CHARS: usize = 35;
/// Characters in the JSON object of a site's own fields.
pub const MAX_FIELDS_CHARS: usize = 4000;
/// Characters in a client key: a UUID takes 36.
pub const MAX_KEY_CHARS: usize = 64;
/// Messages one poll returns at most; the next poll brings the rest.
pub const MAX_POLL_MESSAGES: u32 = 100;
/// The longest wait of one poll: under the 60 s after which most proxies give up on a silent server.
pub const MAX_WAIT: Duration = Duration::from_secs(55);
/// How long a "typing" holds when nobody takes it back (XEP-0085 §5.3 suggests 30 s to "paused").
pub const TYPING_LASTS: Millis = 10_000;
/// A broker that has not been heard of for so long is taken for gone: three missed beats.
pub const BROKER_SILENCE: Millis = 3 * HEARTBEAT;
/// The broker's heartbeat.
pub const HEARTBEAT: Millis = 10_000;
/// How long the ids of heard stanzas are remembered: longer than any server keeps trying to deliver a repeat.
pub const REMEMBER_STANZAS: Millis = 24 * 3_600_000;
/// How long a call waits for other writers before it says [`Busy`](crate::ErrorKind::Busy).
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A bucket of `burst` that refills evenly over `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How long an empty bucket takes to fill.
    pub period: Duration,
}

/// New messages in one chat, for calls that come from a page: faster than anybody types.
pub const MESSAGE_RATE: Rate = Rate { burst: 10, period: Duration::from_secs(10) };
/// New chats and left messages from one network address: an office behind one address still gets through.
pub const START_RATE: Rate = Rate { burst: 5, period: Duration::from_secs(600) };

const YEAR: Millis = 366 * 86_400_000;

impl Rate {
    /// One step of the generic cell rate algorithm: from the stored "theoretical arrival time" to the next one,
    /// or how long to wait. A clock that jumped back by hours must not lock anyone out: what lies further ahead
    /// than a full bucket is cut to a full bucket.
    pub(crate) fn take(self, stored: Millis, now: Millis) -> Result<Millis, Duration> {
        // A year is as good as for ever, and cannot overflow.
        let period = Millis::try_from(self.period.as_millis()).unwrap_or(Millis::MAX).min(YEAR);
        let step = (period / Millis::from(self.burst.max(1))).max(1);
        let arrival = stored.clamp(now, now + period);
        if arrival + step > now + period {
            return Err(Duration::from_millis((arrival + step - now - period) as u64));
        }
        Ok(arrival + step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, period: Duration::from_secs(10) };

    #[test]
    fn ten_at_once_then_one_a_second() {
        let mut tat = 0;
        for _ in 0..10 {
            tat = RATE.take(tat, 50_000).unwrap();
        }
        assert_eq!(RATE.take(tat, 50_000), Err(Duration::from_secs(1)));
        assert_eq!(RATE.take(tat, 50_600), Err(Duration::from_millis(400)));
        assert!(RATE.take(tat, 51_000).is_ok());
    }

    #[test]
    fn no_rate_is_too_odd_to_count_by() {
        for (burst, period) in [(0, Duration::ZERO), (u32::MAX, Duration::ZERO), (1, Duration::MAX)] {
            assert!(Rate { burst, period }.take(0, 1_800_000_000_000).is_ok() || period.is_zero());
        }
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out_for_long() {
        let tat = RATE.take(0, 7_200_000).unwrap();
        assert_eq!(RATE.take(tat, 0), Err(Duration::from_secs(1)));
    }
}
