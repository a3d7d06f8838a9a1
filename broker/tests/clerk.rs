// SPDX-License-Identifier: GPL-3.0-or-later
//! The clerk and a store that somebody else keeps locked.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use seshat_broker::clerk::{Clerk, Report};
use seshat_broker::event::{Answer, Ask, Event, Note, Verb};
use seshat_core::desk::AgentEntry;
use seshat_core::{Availability, ChatId, ErrorKind, OpenOptions, Show, Store};
use std::thread::sleep;
use std::time::{Duration, Instant};

const JOE: &str = "joe@example.com";

#[test]
fn notes_that_meet_a_locked_store_are_written_in_order_when_it_is_free_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let hasty = OpenOptions { busy_timeout: Duration::from_millis(20), ..OpenOptions::default() };
    let store = Store::open(&file, hasty).unwrap();
    store.desk().set_agents(&[AgentEntry { address: JOE.into(), name: "Joe".into() }]).unwrap();
    let website = Store::open(&file, OpenOptions::default()).unwrap();
    let (reports, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let clerk = Clerk::start(store, reports).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let here = |show| Note::Presence { agent: JOE.into(), resource: "desk".into(), show: Some(show) };
    // The second one the store will never take; it must not keep the others.
    let nobody = Note::Rename("nobody@example.com".into(), "Nobody".into());
    for note in [here(Show::Away), nobody, Note::Typing(JOE.into(), true), here(Show::Available)] {
        clerk.tell(note);
    }
    // An agent need not wait for them to learn that the store is busy.
    let verb = Verb::Accept { chat: ChatId(1), limit: 3 };
    clerk.ask(Ask { ticket: 1, agent: JOE.into(), stanza: None, verb });
    let Some(Report::Event(answer)) = heard.blocking_recv() else { panic!("the clerk is gone") };
    assert_eq!(answer, Event::Answer(1, Answer::Failed(ErrorKind::Busy)));

    other.execute_batch("COMMIT").unwrap();
    clerk.tell(Note::Beat(true));
    let deadline = Instant::now() + Duration::from_secs(20);
    while website.availability().unwrap() != Availability::Online {
        assert!(Instant::now() < deadline, "the notes were forgotten");
        sleep(Duration::from_millis(10));
    }
    clerk.stop();
}
