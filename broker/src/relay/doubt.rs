// SPDX-License-Identifier: GPL-3.0-or-later
//! Lines out of the store on their way, and those among them that may be why sessions end.
//!
//! A server may answer a line by ending the session: because of its size, say. As the line is sent again until the
//! server has it, it would keep us offline for ever, and whatever was sent with it looks just as guilty. So a line
//! whose fate was unknown several times is sent alone, and given up when it fails again even so.

use seshat_core::desk::{Outgoing, OutgoingId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A line that was lost so often is sent alone …
const SUSPECT: u32 = 3;
/// … and one that was lost so often is given up.
const POISON: u32 = 5;

/// What is on its way, what waits its turn, and how often a line was lost in a session.
#[derive(Debug, Default)]
pub struct Doubt {
    waiting: VecDeque<Outgoing>,
    in_flight: BTreeSet<OutgoingId>,
    /// The suspect that is on its way; nothing else is.
    alone: Option<OutgoingId>,
    lost: BTreeMap<OutgoingId, u32>,
}

impl Doubt {
    /// Lines the store wants sent.
    pub fn add(&mut self, outgoing: Vec<Outgoing>) {
        self.waiting.extend(outgoing);
    }

    /// The next line that may be sent now, in order.
    pub fn next(&mut self) -> Option<Outgoing> {
        let suspect = self.is_suspect(&self.waiting.front()?.id);
        if self.alone.is_some() || (suspect && !self.in_flight.is_empty()) {
            return None;
        }
        let outgoing = self.waiting.pop_front()?;
        self.in_flight.insert(outgoing.id.clone());
        self.alone = suspect.then(|| outgoing.id.clone());
        Some(outgoing)
    }

    /// The line's fate is known, for now.
    pub fn landed(&mut self, id: &OutgoingId) {
        self.in_flight.remove(id);
        if self.alone.as_ref() == Some(id) {
            self.alone = None;
        }
    }

    /// The server has it.
    pub fn clear(&mut self, id: &OutgoingId) {
        self.lost.remove(id);
    }

    /// It was lost with its session. Is it to be given up?
    pub fn blame(&mut self, id: &OutgoingId) -> bool {
        let lost = self.lost.entry(id.clone()).or_default();
        *lost += 1;
        if *lost < POISON {
            return false;
        }
        self.lost.remove(id);
        true
    }

    /// There is no session: what was not sent yet goes back to the store, which may find another agent for it.
    pub fn give_back(&mut self) -> impl Iterator<Item = OutgoingId> {
        std::mem::take(&mut self.waiting).into_iter().map(|outgoing| outgoing.id)
    }

    fn is_suspect(&self, id: &OutgoingId) -> bool {
        self.lost.get(id).is_some_and(|lost| *lost >= SUSPECT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seshat_core::ChatId;
    use seshat_core::desk::What;

    fn id(seq: i64) -> OutgoingId {
        OutgoingId { chat: ChatId(1), seq, to: "joe@x".into() }
    }

    fn line(seq: i64) -> Outgoing {
        let what = What::Line { visitor: "v".into(), text: "t".into(), several: false };
        Outgoing { id: id(seq), stanza: format!("s-{seq}"), attempt: 1, what }
    }

    fn sent(doubt: &mut Doubt) -> Vec<i64> {
        std::iter::from_fn(|| doubt.next()).map(|outgoing| outgoing.id.seq).collect()
    }

    #[test]
    fn a_suspect_travels_alone_and_the_others_in_order() {
        let mut doubt = Doubt::default();
        for _ in 0..SUSPECT {
            doubt.blame(&id(2));
        }
        doubt.add(vec![line(1), line(2), line(3), line(4)]);
        assert_eq!(sent(&mut doubt), [1]);
        doubt.landed(&id(1));
        assert_eq!(sent(&mut doubt), [2]);
        assert!(sent(&mut doubt).is_empty());
        doubt.landed(&id(2));
        assert_eq!(sent(&mut doubt), [3, 4]);
    }

    #[test]
    fn a_line_that_ends_every_session_is_given_up_and_one_that_arrives_is_cleared() {
        let mut doubt = Doubt::default();
        let verdicts: Vec<bool> = (0..POISON).map(|_| doubt.blame(&id(1))).collect();
        assert_eq!(verdicts, [false, false, false, false, true]);
        for _ in 0..POISON - 1 {
            assert!(!doubt.blame(&id(2)));
        }
        doubt.clear(&id(2));
        assert!(!doubt.blame(&id(2)));
    }

    #[test]
    fn without_a_session_what_waits_goes_back() {
        let mut doubt = Doubt::default();
        doubt.add(vec![line(1), line(2)]);
        doubt.next();
        assert_eq!(doubt.give_back().map(|id| id.seq).collect::<Vec<_>>(), [2]);
        assert!(sent(&mut doubt).is_empty());
    }
}
