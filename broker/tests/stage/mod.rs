// SPDX-License-Identifier: GPL-3.0-or-later
//! The stage the dialogues are played on: a relay, a real store in a throwaway folder, and nobody in between.

use seshat_broker::clerk;
use seshat_broker::config::DEFAULT_CHATS_PER_AGENT;
use seshat_broker::event::{
    Action, Address, Contact, Content, Event, Fate, Message, Note, Outbound, Presence, Unfit,
};
use seshat_broker::relay::{Relay, Settings};
use seshat_core::clock::{Clock, ManualClock};
use seshat_core::desk::AgentEntry;
use seshat_core::{ChatState, Leave, OpenOptions, Poll, Sender, Show, Start, State, Store, Token, limits};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// 2026-11-22, 12:00.
const NOON: i64 = 1_795_348_800_000;

struct Visitor {
    token: Token,
    read: i64,
}

pub struct Stage {
    _folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    store: Store,
    relay: Relay,
    agents: Vec<String>,
    limit: u32,
    lives: u32,
    visitors: HashMap<String, Visitor>,
    unread: HashMap<String, VecDeque<String>>,
    /// The stanza that was last sent to somebody, and the one that said this.
    last_sent: HashMap<String, String>,
    said: HashMap<(String, String), String>,
    last_line: Option<Message>,
    stanzas: u32,
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOON));
        let options = OpenOptions { clock: clock.clone(), ..OpenOptions::default() };
        let store = Store::open(folder.path().join("chat.db"), options).unwrap();
        let mut stage = Stage {
            _folder: folder,
            clock,
            store,
            relay: relay(&[], DEFAULT_CHATS_PER_AGENT, 0),
            agents: Vec::new(),
            limit: DEFAULT_CHATS_PER_AGENT,
            lives: 0,
            visitors: HashMap::new(),
            unread: HashMap::new(),
            last_sent: HashMap::new(),
            said: HashMap::new(),
            last_line: None,
            stanzas: 0,
        };
        stage.restart();
        stage
    }

    pub fn nothing_unread(&mut self) -> Result<(), String> {
        for (who, lines) in &self.unread {
            if let Some(line) = lines.front() {
                return Err(format!("{who} also read {line:?}"));
            }
        }
        let names: Vec<String> = self.visitors.keys().cloned().collect();
        for name in names {
            if let Some(text) = self.page(&name)?.messages.first().map(|message| message.text.clone()) {
                return Err(format!("{name} also read {text:?}"));
            }
        }
        Ok(())
    }

    /// `> joe: text` or `< customer: text`.
    pub fn expect(&mut self, line: &str) -> Result<(), String> {
        let (who, text) = line[1..].split_once(':').ok_or("expected `name: text`")?;
        let (who, text) = (who.trim(), unescape(text));
        if line.starts_with('<') {
            let page = self.page(who)?;
            let Some(message) = page.messages.first() else { return Err("nothing came".into()) };
            if let Some(visitor) = self.visitors.get_mut(who) {
                visitor.read = message.seq;
            }
            return if message.text == text { Ok(()) } else { Err(format!("{who} read {:?}", message.text)) };
        }
        match self.unread.entry(jid(who)).or_default().pop_front() {
            Some(read) if read == text => Ok(()),
            Some(read) => Err(format!("{who} read {read:?}")),
            None => Err("nothing came".into()),
        }
    }

    pub fn perform(&mut self, line: &str) -> Result<(), String> {
        self.nothing_unread()?;
        if let Some((head, text)) =
            line.split_once(": ").or_else(|| line.strip_suffix(':').map(|head| (head, "")))
        {
            return self.speak(head, &unescape(text));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["agents", names @ ..] => {
                self.agents = names.iter().map(|name| jid(name)).collect();
                self.restart();
            }
            ["numbers", "from", first] => self.number_from(first.parse().map_err(|_| "no number")?),
            ["at", "most", limit, "chats"] => {
                self.limit = limit.parse().map_err(|_| "no number")?;
                self.restart();
            }
            [minutes, "minutes", "pass"] => {
                let time = minutes.parse::<i64>().map_err(|_| "no number")? * 60_000;
                // The last two of all the heartbeats: after a silence the first one means less.
                for part in [time - limits::HEARTBEAT, limits::HEARTBEAT] {
                    self.clock.advance(part);
                    self.store.desk().beat(true).unwrap();
                }
                self.settle();
            }
            ["the", "broker", "restarts"] => self.restart(),
            ["the", "broker", "restarts", "for", names @ ..] => {
                self.agents = names.iter().map(|name| jid(name)).collect();
                self.restart();
            }
            ["the", "connection", "begins", "anew"] => self.connect(),
            ["what", who, "got", "last", "comes", "back"] => {
                let id = self.last_sent.get(&jid(who)).cloned();
                self.hear_message(who, Content::Bounced, id);
            }
            [who, "sends", "back", text] => {
                let id = self.said.get(&(jid(who), (*text).to_owned())).cloned();
                self.hear_message(who, Content::Bounced, id);
            }
            [who, "comes", rest @ ..] => {
                let presence = match rest.last() {
                    Some(&"away" | &"unreachable") => Presence::Here(Show::Away),
                    _ => Presence::Here(Show::Available),
                };
                self.presence(who, client(rest, "on"), presence);
            }
            [who, "goes", rest @ ..] => self.presence(who, client(rest, "from"), Presence::Gone),
            [who, "asks", "to", "see", "us"] => {
                self.hear(Event::Presence(Address { bare: jid(who), resource: None }, Presence::Subscribe));
            }
            [who, "refuses", "to", "be", "seen"] => {
                self.hear(Event::Presence(
                    Address { bare: jid(who), resource: None },
                    Presence::Unsubscribed,
                ));
            }
            [_, "repeats", "that"] => {
                let again = self.last_line.clone().ok_or("nobody has said anything")?;
                self.hear(Event::Message(again));
            }
            [_, "is", "heard", "again", "from", "the", "archive"] => {
                let again = self.last_line.clone().ok_or("nobody has said anything")?;
                self.hear(Event::Message(Message { archived: true, ..again }));
            }
            [who, "sends", "something", "malformed"] => self.hear_message(who, Content::Malformed, None),
            [who, "sends", "something", "encrypted"] => {
                self.hear_message(who, Content::Unfit(Unfit::Encrypted), None);
            }
            [who, "corrects", "what", _, "said"] => {
                self.hear_message(who, Content::Unfit(Unfit::Correction), None);
            }
            [who, "takes", "that", "back"] => {
                self.hear_message(who, Content::Unfit(Unfit::Retraction), None);
            }
            [who, "reacts", "to", "that"] => self.hear_message(who, Content::Unfit(Unfit::Reaction), None),
            [who, "is", "typing"] => self.hear_message(who, Content::Typing(true), None),
            [who, "stops", "typing"] => self.hear_message(who, Content::Typing(false), None),
            [who, "starts"] => self.start(who, None),
            [who, "ends"] => {
                let token = &self.visitors.get(*who).ok_or("no such visitor")?.token;
                self.store.finish(token).map_err(|e| e.to_string())?;
                self.settle();
            }
            ["chat", number, "is", state] => return self.chat_is(number, state),
            [who, "sees", typing @ ("typing" | "no")] | [who, "sees", typing, "typing"] => {
                let seen = self.page(who)?.agent.is_some_and(|agent| agent.typing);
                if seen != (*typing == "typing") {
                    return Err(format!("typing is {seen}"));
                }
            }
            ["availability", "is", wanted] => {
                let is = self.store.availability().map_err(|e| e.to_string())?.name();
                return if is == *wanted { Ok(()) } else { Err(format!("it is {is}")) };
            }
            _ => return Err("nobody can do that here".into()),
        }
        Ok(())
    }

    fn speak(&mut self, head: &str, text: &str) -> Result<(), String> {
        if let Some(name) = head.strip_suffix(" starts") {
            self.start(name, Some(text));
        } else if let Some((name, email)) = head.split_once(" leaves (") {
            let email = email.trim_end_matches(')');
            let message = Leave { name, email, text, ..Leave::default() };
            self.store.leave(&message).map_err(|e| e.to_string())?;
            self.settle();
        } else if let Some((name, id)) = head.split_once(" under ") {
            self.hear_message(name, Content::Line(text.to_owned()), Some(id.to_owned()));
        } else if let Some(visitor) = self.visitors.get(head) {
            let sent = self.store.send(&visitor.token, text, None, None);
            sent.map_err(|e| e.to_string())?;
            self.settle();
        } else {
            self.hear_message(head, Content::Line(text.to_owned()), None);
        }
        Ok(())
    }

    fn start(&mut self, name: &str, text: Option<&str>) {
        let started = self.store.start(&Start { name, text, ..Start::default() }).unwrap();
        self.visitors.insert(name.to_owned(), Visitor { token: started.token, read: 0 });
        self.settle();
    }

    /// Chats of nobody, until the next one has this number.
    fn number_from(&mut self, first: i64) {
        for _ in 1..first {
            let started = self.store.start(&Start::default()).unwrap();
            self.store.finish(&started.token).unwrap();
        }
        self.settle();
    }

    /// What a visitor's page has not shown yet; what the visitor typed is known there.
    fn page(&self, name: &str) -> Result<State, String> {
        let visitor = self.visitors.get(name).ok_or("no such visitor")?;
        let poll = Poll { after: visitor.read, ..Poll::default() };
        let mut page =
            self.store.poll(&visitor.token, &poll).map_err(|e| e.to_string())?.ok_or("no state")?;
        page.messages.retain(|message| message.sender != Sender::Visitor);
        Ok(page)
    }

    fn chat_is(&self, number: &str, wanted: &str) -> Result<(), String> {
        let number: i64 = number.parse().map_err(|_| "no number")?;
        for name in self.visitors.keys() {
            let page = self.page(name)?;
            if page.chat.0 == number {
                let is = match page.state {
                    ChatState::Closed(reason) => reason.name(),
                    open => open.name(),
                };
                return if is == wanted { Ok(()) } else { Err(format!("it is {is}")) };
            }
        }
        Err("no such chat".into())
    }

    fn presence(&mut self, who: &str, resource: String, presence: Presence) {
        self.hear(Event::Presence(Address { bare: jid(who), resource: Some(resource) }, presence));
    }

    fn hear_message(&mut self, who: &str, content: Content, id: Option<String>) {
        self.stanzas += 1;
        let id = id.unwrap_or_else(|| format!("m{}", self.stanzas));
        let from = Address { bare: jid(who), resource: Some("desk".into()) };
        let message = Message { from, id: Some(id), archive_id: None, content, archived: false };
        if matches!(message.content, Content::Line(_)) {
            self.last_line = Some(message.clone());
        }
        self.hear(Event::Message(message));
    }

    /// A new broker on the same store.
    fn restart(&mut self) {
        self.lives += 1;
        let desk = self.store.desk();
        let entries: Vec<AgentEntry> = self.agents.iter().map(|address| entry(address)).collect();
        desk.beat(false).unwrap();
        desk.forget_presence().unwrap();
        desk.set_agents(&entries).unwrap();
        desk.recover().unwrap();
        self.relay = relay(&self.agents, self.limit, self.lives);
        self.connect();
    }

    fn connect(&mut self) {
        self.hear(Event::Connected);
        // The scripts' agents have shown us their presence long ago.
        let contact = |address: &String| Contact { address: address.clone(), name: None, subscribed: true };
        self.hear(Event::Roster(self.agents.iter().map(contact).collect()));
        self.hear(Event::Announced);
    }

    fn hear(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        loop {
            while let Some(event) = events.pop_front() {
                for action in self.relay.hear(event, self.clock.now()) {
                    events.extend(self.act(action));
                }
            }
            let outgoing = self.store.desk().claim(64).unwrap();
            if outgoing.is_empty() {
                return;
            }
            events.push_back(Event::Outbox(outgoing));
        }
    }

    /// Lets the store say what it has to say.
    fn settle(&mut self) {
        self.hear(Event::CaughtUp);
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Send(outbound) => return self.send(outbound),
            Action::Ask(ask) => {
                return Some(Event::Answer(ask.ticket, clerk::answer(self.store.desk(), &ask)));
            }
            Action::Tell(note) => clerk::write(self.store.desk(), &note).unwrap(),
            Action::Online(online) => clerk::write(self.store.desk(), &Note::Beat(online)).unwrap(),
        }
        None
    }

    fn send(&mut self, outbound: Outbound) -> Option<Event> {
        let (to, text) = match outbound {
            Outbound::Message { to, id, body, track } => {
                self.last_sent.insert(to.clone(), id.clone());
                self.said.insert((to.clone(), body.clone()), id);
                self.unread.entry(to).or_default().push_back(body);
                return track.map(|id| Event::Fate(id, Fate::Delivered));
            }
            Outbound::Subscribe(to) => (to, "[subscribe]"),
            Outbound::Approve(to) => (to, "[approve]"),
            Outbound::Decline(to) => (to, "[decline]"),
            Outbound::FetchArchive(_) => return Some(Event::CaughtUp),
            Outbound::Available | Outbound::Unavailable | Outbound::FetchRoster | Outbound::Reply { .. } => {
                return None;
            }
        };
        self.unread.entry(to).or_default().push_back(text.to_owned());
        None
    }
}

fn relay(agents: &[String], chats_per_agent: u32, life: u32) -> Relay {
    Relay::new(Settings {
        agents: agents.to_vec(),
        chats_per_agent,
        life: life.to_string(),
        last_heard: None,
    })
}

fn entry(address: &str) -> AgentEntry {
    let local = address.split('@').next().unwrap_or_default();
    let mut letters = local.chars();
    let name = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    AgentEntry { address: address.to_owned(), name }
}

fn jid(name: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") }
}

fn client(rest: &[&str], preposition: &str) -> String {
    match rest {
        [word, name, ..] if *word == preposition => (*name).to_owned(),
        _ => "desk".to_owned(),
    }
}

fn unescape(text: &str) -> String {
    text.trim().replace("\\n", "\n")
}
