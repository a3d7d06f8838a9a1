// SPDX-License-Identifier: GPL-3.0-or-later
//! The relay: what happened goes in, what is to be done comes out.
//!
//! It is pure: no clock (the time comes with each event), no socket, no store (it asks for the desk's verbs and
//! gets their outcomes as events). So every conversation can be replayed from a text file, and is.

mod doubt;
mod line;
mod people;
mod sent;
mod strangers;

use crate::command::{self, Turn, Turns};
use crate::event::{
    Action, Address, Answer, Asked, Content, Event, Fate, Message, Note, Outbound, Query, Reply, Verb,
};
use crate::replies;
use doubt::Doubt;
use line::{Line, Words};
use people::People;
use sent::Sent;
use seshat_core::desk::{Outcome, Outgoing, OutgoingId, What};
use seshat_core::{ChatId, Millis, limits};
use std::hash::{DefaultHasher, Hash, Hasher};
use strangers::Strangers;

/// What the relay needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The addresses of the agents.
    pub agents: Vec<String>,
    /// How many chats an agent may handle at once.
    pub chats_per_agent: u32,
    /// Different each time a broker starts.
    pub life: String,
    /// When an agent was last heard, by this broker or an earlier one.
    pub last_heard: Option<Millis>,
}

/// How much further back than the last line the archive is asked: the server's clock is not ours.
const CLOCK_SLACK: Millis = 120_000;
/// The archive is never asked for more than this: the store remembers for a day what it has heard.
const ARCHIVE_REACH: Millis = limits::REMEMBER_STANZAS - 3_600_000;

/// Carries words both ways.
pub struct Relay {
    people: People,
    chats_per_agent: u32,
    turns: Turns,
    strangers: Strangers,
    sent: Sent,
    doubt: Doubt,
    last_heard: Option<Millis>,
}

impl Relay {
    /// A relay that has heard nothing yet.
    pub fn new(settings: Settings) -> Self {
        Relay {
            people: People::new(settings.agents),
            chats_per_agent: settings.chats_per_agent,
            turns: Turns::new(settings.life),
            strangers: Strangers::default(),
            sent: Sent::default(),
            doubt: Doubt::default(),
            last_heard: settings.last_heard,
        }
    }

    /// How many agents' turns wait for the store.
    pub fn turns_waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// Hears what happened at `now` and says what is to be done, in order.
    pub fn hear(&mut self, event: Event, now: Millis) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Connected => {
                self.people.forget();
                self.offline(&mut actions);
                actions.push(Action::Tell(Note::ForgetPresence));
                actions.push(Action::Send(Outbound::FetchRoster));
                // Before our presence: with it the server delivers what it kept, and that came later.
                actions.push(Action::Send(match self.last_heard {
                    Some(at) => Outbound::FetchArchive((at - CLOCK_SLACK).max(now - ARCHIVE_REACH)),
                    None => Outbound::Available,
                }));
                self.last_heard.get_or_insert(now);
            }
            Event::CaughtUp => actions.push(Action::Send(Outbound::Available)),
            Event::Announced | Event::Resumed => actions.push(Action::Online(true)),
            Event::Disconnected => self.offline(&mut actions),
            Event::Roster(contacts) => self.people.roster(contacts, &mut actions),
            Event::Presence(from, presence) => {
                if let Some(stranger) = self.people.presence(from, presence, &mut actions)
                    && self.strangers.may_answer(&format!("presence {stranger}"), now)
                {
                    tracing::info!("declined to show our presence to {stranger}, who is no agent");
                }
            }
            Event::Message(message) => self.message(message, now, &mut actions),
            Event::Query(query) => self.query(query, now, &mut actions),
            Event::Fate(id, fate) => self.fate(id, fate, &mut actions),
            Event::Outbox(outgoing) => {
                self.doubt.add(outgoing);
                self.send_next(&mut actions);
            }
            Event::Answer(ticket, answer) => self.turns.resume(ticket, answer, now, &mut actions),
        }
        actions
    }

    fn offline(&mut self, actions: &mut Vec<Action>) {
        actions.push(Action::Online(false));
        let unsent = |id| Action::Tell(Note::Settle(id, Fate::Unsent));
        actions.extend(self.doubt.give_back().map(unsent));
    }

    fn fate(&mut self, id: OutgoingId, fate: Fate, actions: &mut Vec<Action>) {
        self.doubt.landed(&id);
        let given_up = match fate {
            Fate::Delivered => {
                self.doubt.clear(&id);
                false
            }
            Fate::Unknown => self.doubt.blame(&id),
            Fate::Unsent => false,
        };
        if given_up {
            tracing::error!(
                "gave up a line of chat #{} to {}: every session it was sent in has ended",
                id.chat,
                id.to
            );
            let notice = replies::undeliverable(id.chat);
            let (to, reply) = (id.to.clone(), self.turns.reply_id());
            actions.push(Action::Send(Outbound::Message { to, id: reply, body: notice, track: None }));
        }
        let fate = if given_up { Fate::Delivered } else { fate };
        actions.push(Action::Tell(Note::Settle(id, fate)));
        self.send_next(actions);
    }

    fn send_next(&mut self, actions: &mut Vec<Action>) {
        while let Some(outgoing) = self.doubt.next() {
            actions.push(self.outgoing(outgoing));
        }
    }

    fn outgoing(&mut self, outgoing: Outgoing) -> Action {
        let Outgoing { id, stanza, what, .. } = outgoing;
        self.sent.remember(&stanza, &id);
        let body = match what {
            What::Offer { visitor } => replies::offer(&visitor, id.chat),
            What::Line { visitor, text, several } => {
                replies::visitors_line(id.chat, &visitor, &text, several)
            }
            What::Closed { visitor, several } => replies::closed_by_visitor(id.chat, &visitor, several),
            What::Left { visitor, email, text, page } => {
                replies::left(&visitor, &email, &text, page.as_deref())
            }
        };
        Action::Send(Outbound::Message { to: id.to.clone(), id: stanza, body, track: Some(id) })
    }

    fn message(&mut self, message: Message, now: Millis, actions: &mut Vec<Action>) {
        if message.archived {
            return self.archived(&message, now, actions);
        }
        if !self.people.is_agent(&message.from.bare) {
            self.stranger(&message, now, actions);
            return;
        }
        let agent = message.from.bare.clone();
        match &message.content {
            Content::Line(body) => {
                self.last_heard = Some(now);
                let stanza = stanza_key(&message, body);
                obey(&mut self.turn(agent, stanza, now, actions), body);
            }
            Content::Typing(typing) => actions.push(Action::Tell(Note::Typing(agent, *typing))),
            Content::Malformed => {
                tracing::warn!("refused a malformed message of {agent}");
                self.turn(agent, None, now, actions).say(replies::MALFORMED.to_owned());
            }
            Content::Unfit(what) => {
                self.turn(agent, None, now, actions).say(replies::unfit(*what).to_owned());
            }
            Content::Bounced => self.bounced(&message, actions),
            Content::Other => {}
        }
    }

    /// Out of the archive only agents' lines matter, and only those the store has not heard.
    fn archived(&mut self, message: &Message, now: Millis, actions: &mut Vec<Action>) {
        let agent = message.from.bare.clone();
        if let (Content::Line(body), true) = (&message.content, self.people.is_agent(&agent)) {
            let mut turn = self.turn(agent, stanza_key(message, body), now, actions);
            turn.quiet = true;
            obey(&mut turn, body);
        }
    }

    fn turn<'a>(
        &'a mut self,
        agent: String,
        stanza: Option<String>,
        now: Millis,
        actions: &'a mut Vec<Action>,
    ) -> Turn<'a> {
        Turn {
            agent,
            stanza,
            quiet: false,
            limit: self.chats_per_agent,
            now,
            turns: &mut self.turns,
            actions,
        }
    }

    /// A line of ours came back from an agent who was thought to be there.
    fn bounced(&mut self, message: &Message, actions: &mut Vec<Action>) {
        let Some(id) = message.id.as_deref().and_then(|id| self.sent.take(id, &message.from.bare)) else {
            return;
        };
        // Offers (seq 0) belong to nobody yet; nothing hangs on one agent's getting them.
        if id.seq > 0 {
            actions.push(Action::Tell(Note::Bounced(id)));
        }
    }

    fn stranger(&mut self, message: &Message, now: Millis, actions: &mut Vec<Action>) {
        let who = &message.from.bare;
        // Servers and rooms' own voices have no name before the @; answering those helps nobody.
        let a_person = who.contains('@');
        let said_something =
            matches!(message.content, Content::Line(_) | Content::Malformed | Content::Unfit(_));
        if !a_person || !said_something || !self.strangers.may_answer(who, now) {
            return;
        }
        tracing::info!("refused a message of {who}, who is no agent");
        let id = self.turns.reply_id();
        let body = replies::STRANGER.to_owned();
        actions.push(Action::Send(Outbound::Message { to: who.clone(), id, body, track: None }));
    }

    fn query(&mut self, query: Query, now: Millis, actions: &mut Vec<Action>) {
        let ours = query.from.is_none();
        let known = query.from.as_ref().is_none_or(|Address { bare, .. }| self.people.is_agent(bare));
        if let Some(Address { bare, .. }) = query.from.as_ref().filter(|_| !known)
            && !self.strangers.may_answer(&format!("query {bare}"), now)
        {
            return;
        }
        let reply = match query.what {
            Asked::RosterPush if ours => Reply::Done,
            Asked::Ping if known => Reply::Done,
            Asked::Version if known => Reply::Version,
            Asked::Features if known => Reply::Features,
            _ => Reply::Refused,
        };
        actions.push(Action::Send(Outbound::Reply { to: query.from, id: query.id, reply }));
    }
}

/// Does what an agent's message says.
fn obey(turn: &mut Turn<'_>, body: &str) {
    match line::read(body) {
        Line::Command(word, rest) => command::run(turn, &word, &rest),
        Line::Choose(chat) => turn.ask(Verb::Choose(chat), move |turn, answer| match answer {
            Answer::Outcome(Outcome::Done(card), _) => turn.say(replies::chosen(&card)),
            other => not_sent(turn, other, Some(chat)),
        }),
        Line::Say(words) => say(turn, None, words),
        Line::SayIn(chat, words) => say(turn, Some(chat), words),
        Line::CommandNotAlone => turn.say(replies::COMMAND_NOT_ALONE.to_owned()),
        Line::CommandInside(line) => turn.say(replies::command_inside(line)),
        Line::CommandBehindNumber(chat) => turn.say(replies::command_behind_number(chat)),
    }
}

/// Says it, unless a later line of it is for another of the agent's chats.
fn say(turn: &mut Turn<'_>, chat: Option<ChatId>, words: Words) {
    if words.numbered.is_empty() {
        return say_now(turn, chat, words.text);
    }
    turn.ask(Verb::Status, move |turn, answer| {
        let Answer::Status(status) = answer else { return not_sent(turn, answer, chat) };
        let target = chat.or(status.current);
        let misplaced = words.numbered.iter().find(|(_, number)| {
            Some(*number) != target && status.chats.iter().any(|card| card.chat == *number)
        });
        match misplaced {
            Some((line, number)) => turn.say(replies::other_chat_inside(*line, *number)),
            None => say_now(turn, chat, words.text),
        }
    });
}

fn say_now(turn: &mut Turn<'_>, chat: Option<ChatId>, text: String) {
    let verb = match chat {
        Some(chat) => Verb::SayIn(chat, text),
        None => Verb::Say(text),
    };
    turn.ask(verb, move |turn, answer| not_sent(turn, answer, chat));
}

/// Says why nothing was sent. What was sent needs no words.
fn not_sent(turn: &mut Turn<'_>, answer: Answer, chat: Option<ChatId>) {
    match answer {
        Answer::Outcome(Outcome::Refused(refusal), status) => {
            turn.say(replies::not_sent(&refusal, chat, &status));
        }
        Answer::Failed(kind) => turn.say(replies::failed(kind)),
        Answer::Outcome(..) | Answer::Status(_) | Answer::Waiting(_) => {}
    }
}

/// What a line is remembered by, so that a repeat changes nothing: the id our own server gave it, else its
/// sender's client and id. Some clients count their ids from 1 in every session, so the text belongs to it too.
fn stanza_key(message: &Message, body: &str) -> Option<String> {
    if let Some(id) = &message.archive_id {
        return Some(format!("server:{id}"));
    }
    let id = message.id.as_ref()?;
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let resource = message.from.resource.as_deref().unwrap_or_default();
    Some(format!("client:{resource}:{id}:{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seshat_core::ErrorKind;
    use seshat_core::desk::AgentStatus;

    const JOE: &str = "joe@example.com";

    fn relay(last_heard: Option<Millis>) -> Relay {
        let agents = vec![JOE.to_owned()];
        Relay::new(Settings { agents, chats_per_agent: 3, life: "1".into(), last_heard })
    }

    fn sends(actions: Vec<Action>) -> Vec<Outbound> {
        let sent = |action| if let Action::Send(outbound) = action { Some(outbound) } else { None };
        actions.into_iter().filter_map(sent).collect()
    }

    #[test]
    fn a_store_that_has_heard_agents_asks_the_archive_before_it_is_seen() {
        let now = 100 * 3_600_000;
        let mut fresh = relay(None);
        assert_eq!(sends(fresh.hear(Event::Connected, now)), [Outbound::FetchRoster, Outbound::Available]);
        let again = sends(fresh.hear(Event::Connected, now + 1));
        assert_eq!(again, [Outbound::FetchRoster, Outbound::FetchArchive(now - CLOCK_SLACK)]);
        assert_eq!(sends(fresh.hear(Event::CaughtUp, now)), [Outbound::Available]);
        // Further back than the store remembers, repeats could not be told from news.
        let old = sends(relay(Some(0)).hear(Event::Connected, now));
        assert_eq!(old[1], Outbound::FetchArchive(now - ARCHIVE_REACH));
    }

    #[test]
    fn a_line_that_ends_every_session_is_given_up_and_its_agent_told() {
        let mut relay = relay(None);
        let line = |seq| Outgoing {
            id: OutgoingId { chat: ChatId(42), seq, to: JOE.into() },
            stanza: format!("s-{seq}"),
            attempt: 1,
            what: What::Line { visitor: "v".into(), text: seq.to_string(), several: false },
        };
        let mut bodies = Vec::new();
        let mut take = |actions| {
            for outbound in sends(actions) {
                let Outbound::Message { body, track, .. } = outbound else { panic!() };
                bodies.push((track.map(|id| id.seq), body));
            }
        };
        for _ in 0..5 {
            take(relay.hear(Event::Outbox(vec![line(1), line(2)]), 0));
            take(relay.hear(Event::Disconnected, 0));
            take(relay.hear(Event::Fate(line(1).id, Fate::Unknown), 0));
            take(relay.hear(Event::Fate(line(2).id, Fate::Unsent), 0));
        }
        take(relay.hear(Event::Outbox(vec![line(2)]), 0));
        let sent: Vec<_> = bodies.iter().map(|(seq, _)| *seq).collect();
        let (one, two) = (Some(1), Some(2));
        assert_eq!(sent, [one, two, one, two, one, two, one, one, None, two]);
        assert_eq!(bodies[8].1, replies::undeliverable(ChatId(42)));
    }

    #[test]
    fn an_archived_line_the_store_could_not_take_is_news_to_its_agent() {
        let mut relay = relay(None);
        let mut said_after = |answer| {
            let from = Address { bare: JOE.into(), resource: None };
            let content = Content::Line("Hello".into());
            let message = Message { from, id: None, archive_id: Some("a1".into()), content, archived: true };
            let asked = relay.hear(Event::Message(message), 0);
            let [Action::Ask(ask)] = asked.as_slice() else { panic!("{asked:?}") };
            sends(relay.hear(Event::Answer(ask.ticket, answer), 0)).len()
        };
        assert_eq!(said_after(Answer::Failed(ErrorKind::Busy)), 1);
        assert_eq!(said_after(Answer::Failed(ErrorKind::TooLong)), 0);
        assert_eq!(said_after(Answer::Outcome(Outcome::Repeat, AgentStatus::default())), 0);
    }

    #[test]
    fn questions_are_answered_to_agents_and_our_own_server() {
        let ask = |from: Option<&str>, what| {
            let from = from.map(|bare| Address { bare: bare.into(), resource: Some("x".into()) });
            let query = Query { from, id: "q".into(), what };
            match sends(relay(None).hear(Event::Query(query), 0)).as_slice() {
                [Outbound::Reply { reply, .. }] => *reply,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(ask(Some(JOE), Asked::Version), Reply::Version);
        assert_eq!(ask(Some(JOE), Asked::Features), Reply::Features);
        assert_eq!(ask(None, Asked::Ping), Reply::Done);
        assert_eq!(ask(None, Asked::RosterPush), Reply::Done);
        // A contact list that anybody but our own server pushes is a forgery.
        assert_eq!(ask(Some(JOE), Asked::RosterPush), Reply::Refused);
        for what in [Asked::Ping, Asked::Version, Asked::Features, Asked::RosterPush, Asked::Unknown] {
            assert_eq!(ask(Some("mallory@example.com"), what), Reply::Refused, "{what:?}");
        }
    }

    #[test]
    fn strangers_questions_are_answered_as_rarely_as_their_messages() {
        let mut relay = relay(None);
        let mut answers = |from: &str| {
            let from = Some(Address { bare: from.into(), resource: Some("x".into()) });
            let query = Query { from, id: "q".into(), what: Asked::Ping };
            (0..10).map(|_| relay.hear(Event::Query(query.clone()), 0).len()).sum::<usize>()
        };
        assert_eq!((answers("mallory@example.com"), answers(JOE)), (1, 10));
    }
}
