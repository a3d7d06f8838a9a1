// SPDX-License-Identifier: GPL-3.0-or-later
//! `!STATUS`: where the agent stands.

use super::{Command, Turn};
use crate::event::{Answer, Verb};
use crate::replies;

/// Its line in the table.
pub const COMMAND: Command =
    Command { word: "STATUS", argument: "", about: "Show your current chat status", run };

fn run(turn: &mut Turn<'_>, _rest: &str) {
    turn.ask(Verb::Status, |turn, answer| match answer {
        Answer::Status(status) => turn.say(replies::status(&status)),
        Answer::Failed(kind) => turn.say(replies::failed(kind)),
        Answer::Outcome(..) | Answer::Waiting(_) => {}
    });
}
