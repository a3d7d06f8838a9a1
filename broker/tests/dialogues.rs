// SPDX-License-Identifier: GPL-3.0-or-later
//! Plays the scripts in `tests/dialogues/` on a real store, with a fake link and a clock that stands still.
//!
//! A script is what people do and what they then read, one line each; `#` begins a comment, `\n` in a text is a
//! line's end. Whoever reads something that the script does not expect at that point makes it fail.
//!
//!     agents joe bob                         who is in `localusers` (joe is joe@example.com); begins the script
//!     numbers from 42                        the next chat is #42
//!     at most 2 chats                        the key `chats_per_agent`
//!     joe comes [on phone] [away|unreachable]  one of joe's clients is there (unreachable: negative priority)
//!     joe goes [from phone]                  it is gone
//!     joe: text                              joe types into the bot's window; mallory@x: text is a stranger
//!     joe under m1: text                     the same in a stanza with this id
//!     joe repeats that                       the stanza arrives a second time
//!     joe is heard again from the archive    the same out of the server's archive
//!     joe sends something malformed | something encrypted
//!     joe corrects what he said | takes that back | reacts to that
//!     joe is typing | stops typing
//!     joe asks to see us                     a subscription request
//!     what joe got last comes back           an error bounce; joe sends back Hello: the same for a line of one word
//!     customer starts[: text]                a visitor opens a chat
//!     customer: text                         and writes
//!     customer ends
//!     ann leaves (ann@mail.example): text    a message while nobody is there
//!     10 minutes pass
//!     the broker restarts [for joe]          with another list of agents
//!     the connection begins anew
//!     > joe: text                            joe reads; [subscribe], [approve] and [decline] are presence stanzas
//!     < customer: text                       the visitor's page shows
//!     chat 42 is open                        or waiting, finished, cancelled, abandoned
//!     customer sees typing | no typing
//!     availability is online

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod stage;

use stage::Stage;
use std::path::Path;

#[test]
fn every_dialogue_goes_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues");
    let mut scripts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    assert!(scripts.len() > 10, "the scripts are missing");
    let mut failures = Vec::new();
    for script in scripts {
        let name = script.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&script).unwrap();
        if let Err(failure) = play(&text) {
            failures.push(format!("{name}: {failure}"));
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

fn play(script: &str) -> Result<(), String> {
    let mut stage = Stage::new();
    for (index, raw) in script.lines().enumerate() {
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let act = if line.starts_with(['>', '<']) { stage.expect(line) } else { stage.perform(line) };
        act.map_err(|why| format!("line {}: `{line}`: {why}", index + 1))?;
    }
    stage.nothing_unread()
}
