//! A store in a folder of its own, a clock that stands still, and short words for long calls.
#![allow(dead_code, reason = "every test file uses its own part of this")]

use seshat_core::clock::ManualClock;
use seshat_core::desk::{Act, AgentEntry, ChatCard, Outcome, Outgoing};
use seshat_core::{ChatId, Durability, OpenOptions, Poll, Show, Start, Started, State, Store, Token};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub const JOE: &str = "joe@example.com";
pub const BOB: &str = "bob@example.com";

pub struct Shop {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
}

impl Shop {
    /// A store with two agents, nobody there, the broker alive.
    pub fn open() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(1_800_000_000_000));
        let options =
            OpenOptions { durability: Durability::Normal, clock: clock.clone(), ..OpenOptions::default() };
        let store = Store::open(folder.path().join("chat.db"), options).unwrap();
        let shop = Shop { store, clock, folder };
        shop.hire(&[JOE, BOB]);
        shop.store.desk().beat(true).unwrap();
        shop
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("chat.db")
    }

    pub fn hire(&self, agents: &[&str]) -> Vec<ChatId> {
        let entry = |address: &&str| AgentEntry {
            address: (*address).to_owned(),
            name: address.split('@').next().unwrap().to_owned(),
        };
        self.store.desk().set_agents(&agents.iter().map(entry).collect::<Vec<_>>()).unwrap()
    }

    pub fn arrives(&self, agent: &str) {
        self.store.desk().presence(agent, "phone", Some(Show::Available)).unwrap();
    }

    pub fn start(&self, name: &str) -> Started {
        self.store.start(&Start { name, ..Start::default() }).unwrap()
    }

    pub fn send(&self, token: &Token, text: &str) -> i64 {
        self.store.send(token, text, None, None).unwrap().seq
    }

    pub fn accept(&self, agent: &str, chat: ChatId) -> Outcome<ChatCard> {
        self.store.desk().accept(by(agent), chat, 3).unwrap()
    }

    pub fn say(&self, agent: &str, text: &str) {
        let outcome = self.store.desk().say(by(agent), None, text).unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }

    /// A chat that `agent` handles.
    pub fn open_chat(&self, agent: &str, visitor: &str) -> Started {
        let started = self.start(visitor);
        assert!(matches!(self.accept(agent, started.chat), Outcome::Done(_)));
        started
    }

    pub fn state(&self, token: &Token) -> State {
        self.store.poll(token, &Poll::default()).unwrap().unwrap()
    }

    /// Claims everything and acknowledges it.
    pub fn deliver(&self) -> Vec<Outgoing> {
        let outgoing = self.store.desk().claim(1000).unwrap();
        let ids: Vec<_> = outgoing.iter().map(|o| o.id.clone()).collect();
        self.store.desk().acknowledge(&ids).unwrap();
        outgoing
    }
}

pub fn by(agent: &str) -> Act<'_> {
    Act { agent, stanza: None }
}

/// "from: text" of every message, in order.
pub fn lines(state: &State) -> Vec<String> {
    state.messages.iter().map(|m| format!("{}: {}", m.sender.name(), m.text)).collect()
}
