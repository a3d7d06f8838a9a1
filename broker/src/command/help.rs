// SPDX-License-Identifier: GPL-3.0-or-later
//! `!HELP`: show the commands.

use super::{Command, TABLE, Turn};
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command = Command { word: "HELP", argument: "", about: "Show available commands", run };

fn run(turn: &mut Turn<'_>, _rest: &str) {
    turn.say(text());
}

/// The table in words.
pub fn text() -> String {
    let line = |command: &&Command| {
        let gap = if command.argument.is_empty() { "" } else { " " };
        format!("!{}{gap}{} - {}", command.word, command.argument, command.about)
    };
    replies::help(&TABLE.iter().map(line).collect::<Vec<_>>().join("\n"))
}
