// SPDX-License-Identifier: GPL-3.0-or-later
//! What was sent lately, so that an error that comes back can be matched to its chat.

use seshat_core::desk::OutgoingId;
use std::collections::{HashMap, VecDeque};

/// How many are remembered: errors come back within seconds.
const MOST: usize = 1024;

/// The latest lines, by the id of their stanza and whom they went to.
#[derive(Debug, Default)]
pub struct Sent {
    by_stanza: HashMap<(String, String), OutgoingId>,
    order: VecDeque<(String, String)>,
}

impl Sent {
    /// Remembers a line.
    pub fn remember(&mut self, stanza: &str, id: &OutgoingId) {
        let key = (stanza.to_owned(), id.to.clone());
        if self.by_stanza.insert(key.clone(), id.clone()).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_stanza.remove(&oldest);
        }
    }

    /// The line an error from this agent is about; each is found once.
    pub fn take(&mut self, stanza: &str, from: &str) -> Option<OutgoingId> {
        let key = (stanza.to_owned(), from.to_owned());
        let found = self.by_stanza.remove(&key)?;
        self.order.retain(|other| *other != key);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seshat_core::ChatId;

    #[test]
    fn a_line_is_found_once_by_its_id_and_its_agent() {
        let mut sent = Sent::default();
        let id = OutgoingId { chat: ChatId(42), seq: 1, to: "joe@x".into() };
        sent.remember("s-42-1", &id);
        assert_eq!(sent.take("s-42-1", "mallory@x"), None);
        assert_eq!(sent.take("s-42-1", "joe@x"), Some(id));
        assert_eq!(sent.take("s-42-1", "joe@x"), None);
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let mut sent = Sent::default();
        for seq in 0..3000 {
            sent.remember(&format!("s-{seq}"), &OutgoingId { chat: ChatId(1), seq, to: "joe@x".into() });
        }
        assert_eq!((sent.by_stanza.len(), sent.order.len()), (MOST, MOST));
        assert!(sent.take("s-2999", "joe@x").is_some());
    }
}
