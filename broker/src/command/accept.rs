// SPDX-License-Identifier: GPL-3.0-or-later
//! `!ACCEPT n`: take a waiting chat.

use super::{Command, Turn, conclude, number};
use crate::event::Verb;
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command = Command { word: "ACCEPT", argument: "n", about: "Accept chat request #n", run };

fn run(turn: &mut Turn<'_>, rest: &str) {
    let Some(chat) = number(rest) else { return turn.say(replies::which_number(COMMAND.word)) };
    turn.ask(Verb::Accept { chat, limit: turn.limit }, move |turn, answer| {
        conclude(turn, answer, Some(chat), |_, status| replies::accepted(chat, status));
    });
}
