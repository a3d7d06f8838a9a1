// SPDX-License-Identifier: GPL-3.0-or-later
//! `!CANCEL n`: turn a waiting chat down.

use super::{Command, Turn, conclude, number};
use crate::event::Verb;
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command = Command { word: "CANCEL", argument: "n", about: "Cancel chat request #n", run };

fn run(turn: &mut Turn<'_>, rest: &str) {
    let Some(chat) = number(rest) else { return turn.say(replies::which_number(COMMAND.word)) };
    turn.ask(Verb::Cancel(chat), move |turn, answer| {
        conclude(turn, answer, Some(chat), |card, _| replies::cancelled(card));
    });
}
