// SPDX-License-Identifier: GPL-3.0-or-later
//! `seshat-broker status`: who is there, who waits and who talks with whom, read from the store.

use crate::config::Config;
use crate::run::Failure;
use seshat_core::clock::{Clock, SystemClock};
use seshat_core::desk::{AgentEntry, ChatCard};
use seshat_core::{ErrorKind, OpenOptions, Store};
use std::io::Write;

/// How many waiting chats are listed.
const LISTED: u32 = 1000;

/// Prints it.
///
/// # Errors
/// The store cannot be read.
pub fn status(config: &Config, out: &mut impl Write) -> Result<(), Failure> {
    let options = OpenOptions { create: false, ..OpenOptions::default() };
    let store = Store::open(&config.database, options)
        .map_err(|error| Failure::of_opening(&config.database, error))?;
    let lines = lines(config, &store)?;
    writeln!(out, "{}", lines.join("\n")).map_err(|e| Failure::Broken(format!("could not write: {e}")))
}

fn lines(config: &Config, store: &Store) -> seshat_core::Result<Vec<String>> {
    let now = SystemClock.now();
    let minutes = |card: &ChatCard| (now - card.started).max(0) / 60_000;
    let waiting = store.desk().waiting(LISTED)?;
    let mut lines = vec![
        format!("availability: {}", store.availability()?.name()),
        format!("waiting: {}", waiting.len()),
    ];
    lines.extend(
        waiting.iter().map(|card| format!("  #{} {} ({} min)", card.chat, card.visitor, minutes(card))),
    );
    let mut open = Vec::new();
    for agent in &config.agents {
        for card in chats_of(store, agent)? {
            open.push(format!(
                "  #{} {} with {} ({} min)",
                card.chat,
                card.visitor,
                agent.address,
                minutes(&card)
            ));
        }
    }
    lines.push(format!("open: {}", open.len()));
    lines.extend(open);
    Ok(lines)
}

/// An agent the broker has not been started with yet has none.
fn chats_of(store: &Store, agent: &AgentEntry) -> seshat_core::Result<Vec<ChatCard>> {
    match store.desk().status(&agent.address) {
        Ok(status) => Ok(status.chats),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
