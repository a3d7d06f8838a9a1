// SPDX-License-Identifier: GPL-3.0-or-later
//! `!FINISH`: close the current chat; with a number, that one of the agent's chats.

use super::{Command, Turn, conclude, number};
use crate::event::Verb;
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command = Command { word: "FINISH", argument: "", about: "Close your current chat", run };

fn run(turn: &mut Turn<'_>, rest: &str) {
    let chat = number(rest);
    // Words behind it may mean another chat, or nothing: closing is not a thing to guess at.
    if chat.is_none() && !rest.trim().is_empty() {
        return turn.say(replies::which_number(COMMAND.word));
    }
    turn.ask(Verb::Finish(chat), move |turn, answer| {
        conclude(turn, answer, chat, |_, status| replies::finished(status));
    });
}
