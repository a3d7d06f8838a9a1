// SPDX-License-Identifier: GPL-3.0-or-later
//! `!WAITING`: who is in the queue.

use super::{Command, Turn};
use crate::event::{Answer, Verb};
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command =
    Command { word: "WAITING", argument: "", about: "Show all open chat requests", run };

fn run(turn: &mut Turn<'_>, _rest: &str) {
    turn.ask(Verb::Waiting, |turn, answer| match answer {
        Answer::Waiting(cards) => {
            let now = turn.now;
            turn.say(replies::waiting(&cards, now));
        }
        Answer::Failed(kind) => turn.say(replies::failed(kind)),
        Answer::Outcome(..) | Answer::Status(_) => {}
    });
}
