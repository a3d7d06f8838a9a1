// SPDX-License-Identifier: GPL-3.0-or-later
//! People who are no agents: whatever they do, each is told so once, then left without an answer for a while.

use seshat_core::Millis;
use std::collections::HashMap;

/// How long one who was answered is not answered again. Two machines that answer each other stay quiet.
const PAUSE: Millis = 3_600_000;
/// How many are remembered. A crowd beyond that gets no answers at all.
const MOST: usize = 1000;

/// Whom we have answered, and when.
#[derive(Debug, Default)]
pub struct Strangers(HashMap<String, Millis>);

impl Strangers {
    /// Is it time to answer this one?
    pub fn may_answer(&mut self, who: &str, now: Millis) -> bool {
        // A clock that was set back must not silence anybody for long.
        let recent = |at: Millis| at <= now && now - at < PAUSE;
        if self.0.get(who).copied().is_some_and(recent) {
            return false;
        }
        if self.0.len() >= MOST {
            self.0.retain(|_, at| recent(*at));
        }
        if self.0.len() >= MOST {
            return false;
        }
        self.0.insert(who.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_answered_once_an_hour() {
        let mut strangers = Strangers::default();
        assert!(strangers.may_answer("eve@x", 0));
        assert!(!strangers.may_answer("eve@x", PAUSE - 1));
        assert!(strangers.may_answer("mallory@x", 5));
        assert!(strangers.may_answer("eve@x", PAUSE));
    }

    #[test]
    fn a_crowd_costs_a_bounded_memory() {
        let mut strangers = Strangers::default();
        let answered = (0..5000).filter(|n| strangers.may_answer(&format!("{n}@x"), 0)).count();
        assert_eq!((answered, strangers.0.len()), (MOST, MOST));
        assert!(strangers.may_answer("5001@x", PAUSE));
        assert_eq!(strangers.0.len(), 1);
    }
}
