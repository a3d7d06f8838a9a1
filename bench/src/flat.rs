//! Does a poll cost the same however much was said?

use crate::rounds::{Outcome, median};
use rusqlite::{Connection, params};
use seshat_core::{Durability, OpenOptions, Poll, Start, Store, Token};
use std::path::Path;
use std::time::Instant;

/// Messages in the store, in chats of ten each.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PER_CHAT: u32 = 10;
/// The chats that are polled: as many in every size, so that it is the store that grows and not what is active in it.
const ACTIVE: usize = 100;
/// Polls per size.
const POLLS: u32 = 20_000;

/// Rounds over all sizes in turn: whatever the machine does meanwhile, it does to all.
const ROUNDS: usize = 9;

/// A store of one size, and what its polls took.
struct Sized {
    messages: u32,
    store: Store,
    chats: Vec<(Token, i64)>,
    idle: Vec<f64>,
    five: Vec<f64>,
    _folder: tempfile::TempDir,
}

/// Prints the cost at each size, and the last by the first.
pub fn report() -> Outcome<()> {
    println!("\nPolls in stores of different sizes, of the last hundred chats in turn.");
    println!("{:<28} {:>12} {:>12}", "messages in the store", "nothing new", "five new");
    let mut all = SIZES.into_iter().map(Sized::fill).collect::<Outcome<Vec<_>>>()?;
    for _ in 0..ROUNDS {
        for sized in &mut all {
            let idle = sized.measure(|rev| Poll {
                after: i64::from(PER_CHAT),
                rev: Some(rev),
                ..Poll::default()
            })?;
            let five = sized.measure(|_| Poll { after: i64::from(PER_CHAT) - 5, ..Poll::default() })?;
            sized.idle.push(idle);
            sized.five.push(five);
        }
    }
    let costs: Vec<_> = all.into_iter().map(|s| (s.messages, median(s.idle), median(s.five))).collect();
    for (messages, idle, five) in &costs {
        println!("{messages:<28} {:>9.2} µs {:>9.2} µs", idle / 1e3, five / 1e3);
    }
    if let (Some(small), Some(large)) = (costs.first(), costs.last()) {
        println!("{:<28} {:>12.2} {:>12.2}", "largest by smallest", large.1 / small.1, large.2 / small.2);
    }
    Ok(())
}

impl Sized {
    fn fill(messages: u32) -> Outcome<Sized> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("chat.db");
        let options = OpenOptions { durability: Durability::Normal, ..OpenOptions::default() };
        let store = Store::open(&path, options)?;
        let chats = fill(&store, &path, messages)?;
        Ok(Sized { messages, store, chats, idle: Vec::new(), five: Vec::new(), _folder: folder })
    }

    /// Nanoseconds per poll.
    fn measure(&self, poll: impl Fn(i64) -> Poll) -> Outcome<f64> {
        let begun = Instant::now();
        for (token, rev) in self.chats.iter().cycle().take(POLLS as usize) {
            self.store.poll(token, &poll(*rev))?;
        }
        Ok(begun.elapsed().as_nanos() as f64 / f64::from(POLLS))
    }
}

/// Chats with their messages, the messages written straight into the table: saying them would take hours.
fn fill(store: &Store, path: &Path, size: u32) -> Outcome<Vec<(Token, i64)>> {
    let chats = size / PER_CHAT;
    let started = (0..chats).map(|_| store.start(&Start::default())).collect::<Result<Vec<_>, _>>()?;
    let connection = Connection::open(path)?;
    connection.execute_batch("BEGIN")?;
    let mut insert =
        connection.prepare("INSERT INTO message(chat, seq, sender, at, text) VALUES(?1, ?2, 0, 0, ?3)")?;
    for chat in &started {
        for seq in 1..=PER_CHAT {
            insert.execute(params![chat.chat.0, seq, crate::TEXT])?;
        }
    }
    connection.execute("UPDATE chat SET last_seq = ?1, state = 2, reason = 0", [PER_CHAT])?;
    connection.execute_batch("COMMIT")?;
    let active = started.into_iter().rev().take(ACTIVE);
    let revs = active.map(|chat| {
        let state = store.poll(&chat.token, &Poll { limit: 1, ..Poll::default() })?;
        Ok((chat.token, state.ok_or("a first poll always answers")?.rev))
    });
    revs.collect()
}
