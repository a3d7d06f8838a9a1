// SPDX-License-Identifier: GPL-3.0-or-later
//! An agent's turn: from their line to what is answered, across the questions to the store in between.

use crate::event::{Action, Answer, Ask, Outbound, Verb};
use seshat_core::desk::Outcome;
use seshat_core::{ErrorKind, Millis};
use std::collections::HashMap;

/// What to do with an answer of the store.
pub type Then = Box<dyn FnOnce(&mut Turn<'_>, Answer) + Send>;

/// The turns that wait for the store, and the ids of what is said in answer.
#[derive(Default)]
pub struct Turns {
    waiting: HashMap<u64, Parked>,
    next_ticket: u64,
    next_reply: u64,
    /// Sets this broker's answers apart from those of its earlier lives.
    life: String,
}

struct Parked {
    agent: String,
    stanza: Option<String>,
    quiet: bool,
    limit: u32,
    then: Then,
}

impl Turns {
    /// No turns yet. `life` is different each time a broker starts.
    pub fn new(life: String) -> Self {
        Turns { life, ..Turns::default() }
    }

    /// An id for something said in answer.
    pub fn reply_id(&mut self) -> String {
        self.next_reply += 1;
        format!("reply-{}-{}", self.life, self.next_reply)
    }

    /// Goes on with the turn that asked.
    pub fn resume(&mut self, ticket: u64, answer: Answer, now: Millis, actions: &mut Vec<Action>) {
        let Some(parked) = self.waiting.remove(&ticket) else { return };
        let Parked { agent, stanza, quiet, limit, then } = parked;
        // An outcome that is no repeat is the first: the line was not heard before, and its agent waits for a word.
        // A store that failed remembers nothing; what is wrong with the line itself was said when it was first heard.
        let news = match &answer {
            Answer::Outcome(outcome, _) => !matches!(outcome, Outcome::Repeat),
            Answer::Failed(kind) => !matches!(kind, ErrorKind::TooLong | ErrorKind::Invalid),
            Answer::Status(_) | Answer::Waiting(_) => false,
        };
        then(&mut Turn { agent, stanza, quiet: quiet && !news, limit, now, turns: self, actions }, answer);
    }

    /// How many turns wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// One agent's turn, right now.
pub struct Turn<'a> {
    /// Whose.
    pub agent: String,
    /// The stanza that began it.
    pub stanza: Option<String>,
    /// The line comes out of the archive and may have been answered before: say nothing until the store knows.
    pub quiet: bool,
    /// How many chats an agent may handle.
    pub limit: u32,
    /// When it is.
    pub now: Millis,
    /// The turns that wait.
    pub turns: &'a mut Turns,
    /// What is to be done.
    pub actions: &'a mut Vec<Action>,
}

impl Turn<'_> {
    /// Says something to the agent.
    pub fn say(&mut self, body: String) {
        if self.quiet {
            return;
        }
        let id = self.turns.reply_id();
        self.actions.push(Action::Send(Outbound::Message { to: self.agent.clone(), id, body, track: None }));
    }

    /// Asks the store; `then` goes on with its answer.
    pub fn ask(&mut self, verb: Verb, then: impl FnOnce(&mut Turn<'_>, Answer) + Send + 'static) {
        self.turns.next_ticket += 1;
        let ticket = self.turns.next_ticket;
        let (agent, stanza) = (self.agent.clone(), self.stanza.clone());
        let parked = Parked {
            agent: agent.clone(),
            stanza: stanza.clone(),
            quiet: self.quiet,
            limit: self.limit,
            then: Box::new(then),
        };
        self.turns.waiting.insert(ticket, parked);
        self.actions.push(Action::Ask(Ask { ticket, agent, stanza, verb }));
    }
}
