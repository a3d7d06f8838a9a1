//! Does a poll cost the same however much was said?

use crate::rounds::{Outcome, median};
use rusqlite::{Connection, params};
use seshat_core::{Durability, OpenOptions, Poll, Start, Store, Token};
use std::path::Path;
use std::time::Instant;

/// Messages in the store, in chats of a hundred each.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PER_CHAT: u32 = 100;
/// Polls per size, each of another chat, so that no cache is warm for it alone.
const POLLS: u32 = 20_000;

/// Prints the cost at each size, and the last by the first.
pub fn report() -> Outcome<()> {
    println!(
        "\nPolls in stores of different sizes, each poll of another chat of the last thousand active ones."
    );
    println!("{:<28} {:>12} {:>12}", "messages in the store", "nothing new", "five new");
    let mut costs = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("chat.db");
        let options = OpenOptions { durability: Durability::Normal, ..OpenOptions::default() };
        let store = Store::open(&path, options)?;
        let tokens = fill(&store, &path, size)?;
        let idle = measure(&tokens, |token, rev| {
            let poll = Poll { after: i64::from(PER_CHAT), rev: Some(rev), ..Poll::default() };
            Ok(store.poll(token, &poll).map(drop)?)
        })?;
        let five = measure(&tokens, |token, _| {
            let poll = Poll { after: i64::from(PER_CHAT) - 5, ..Poll::default() };
            Ok(store.poll(token, &poll).map(drop)?)
        })?;
        println!("{size:<28} {:>9.2} µs {:>9.2} µs", idle / 1e3, five / 1e3);
        costs.push((idle, five));
    }
    if let (Some(small), Some(large)) = (costs.first(), costs.last()) {
        println!("{:<28} {:>12.2} {:>12.2}", "largest by smallest", large.0 / small.0, large.1 / small.1);
    }
    Ok(())
}

/// Chats of a hundred messages each, the messages written straight into the table: saying them would take hours.
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
    let active = started.into_iter().rev().take(1000);
    let revs = active.map(|chat| {
        let state = store.poll(&chat.token, &Poll { limit: 1, ..Poll::default() })?;
        Ok((chat.token, state.ok_or("a first poll always answers")?.rev))
    });
    revs.collect()
}

fn measure(chats: &[(Token, i64)], poll: impl Fn(&Token, i64) -> Outcome<()>) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..7 {
        let begun = Instant::now();
        for (token, rev) in chats.iter().cycle().take(POLLS as usize) {
            poll(token, *rev)?;
        }
        times.push(begun.elapsed().as_nanos() as f64 / f64::from(POLLS));
    }
    Ok(median(times))
}
