//! How one process hears that another has written.
//!
//! Callers bring a probe, a read that costs microseconds, and the bell says when it is worth calling. Today it
//! knows by looking often at first and seldom later; whoever waits sees no difference when it learns a better way.

use crate::error::Result;
use std::time::{Duration, Instant};

/// The first looks, while an answer is likely: somebody is talking.
const EAGER: Duration = Duration::from_millis(5);
/// Then this, while it is still likely.
const STEADY: Duration = Duration::from_millis(20);
/// And this, when it is not: ten looks a second cost 0.07 % of a core.
const PATIENT: Duration = Duration::from_millis(100);
const EAGER_FOR: Duration = Duration::from_millis(200);
const STEADY_FOR: Duration = Duration::from_secs(2);

/// Calls `probe` until it answers, `wait` is over or `go_on` says no. It is called at least once, and once more at
/// the end, so that what arrives last is not missed. `go_on` is asked before every look, so at least every 100 ms.
pub(crate) fn listen<T>(
    wait: Duration,
    go_on: &dyn Fn() -> bool,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    if let Some(answer) = probe()? {
        return Ok(Some(answer));
    }
    let begun = Instant::now();
    while let Some(left) = wait.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::sleep(pause(begun.elapsed()).min(left));
        if !go_on() {
            return Ok(None);
        }
        if let Some(answer) = probe()? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

fn pause(waited: Duration) -> Duration {
    if waited < EAGER_FOR {
        EAGER
    } else if waited < STEADY_FOR {
        STEADY
    } else {
        PATIENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_there_is_returned_at_once() {
        assert_eq!(listen(Duration::ZERO, &|| true, || Ok(Some(7))).unwrap(), Some(7));
    }

    #[test]
    fn it_looks_once_more_when_the_time_is_over() {
        let mut looks = 0;
        let answer = listen(Duration::from_millis(1), &|| true, || {
            looks += 1;
            Ok((looks == 2).then_some(looks))
        });
        assert_eq!(answer.unwrap(), Some(2));
    }

    #[test]
    fn it_stops_when_it_is_told_to() {
        let mut looks = 0;
        let answer = listen(Duration::from_secs(3600), &|| false, || {
            looks += 1;
            Ok(None::<()>)
        });
        assert_eq!((answer.unwrap(), looks), (None, 1));
    }
}
