// SPDX-License-Identifier: GPL-3.0-or-later
//! What agents can command. One file per command and one line in [`TABLE`]; help is made from the table.
//!
//! A command knows the desk's verbs and the replies. It must never know of XMPP, or touch the store itself.

mod accept;
mod cancel;
mod finish;
mod help;
mod status;
mod turn;
mod waiting;

pub use turn::{Turn, Turns};

use crate::event::Answer;
use crate::replies;
use seshat_core::ChatId;
use seshat_core::desk::{AgentStatus, ChatCard, Outcome};

/// A command.
pub struct Command {
    /// The word after the `!`, in capitals.
    pub word: &'static str,
    /// What stands behind the word.
    pub argument: &'static str,
    /// What it does, in the words of the spec.
    pub about: &'static str,
    /// Begins doing it, with what stands behind the word.
    pub run: fn(&mut Turn<'_>, &str),
}

/// All commands, in the order of the help.
pub const TABLE: [&Command; 6] = [
    &accept::COMMAND,
    &cancel::COMMAND,
    &finish::COMMAND,
    &help::COMMAND,
    &status::COMMAND,
    &waiting::COMMAND,
];

/// Runs the command of this name, in any letter case; says what there is when there is none.
pub fn run(turn: &mut Turn<'_>, word: &str, rest: &str) {
    match TABLE.iter().find(|command| command.word.eq_ignore_ascii_case(word)) {
        Some(command) => (command.run)(turn, rest),
        None => turn.say(replies::unknown_command(word, &help::text())),
    }
}

/// `42` or `#42`.
pub fn number(text: &str) -> Option<ChatId> {
    let digits = text.trim();
    let digits = digits.strip_prefix(['#', '＃']).unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number beyond all numbers is nobody's.
    Some(ChatId(digits.parse().unwrap_or(i64::MAX)))
}

/// The usual course: what to say when it was done, the reason when it was refused, nothing to a repeat.
fn conclude(
    turn: &mut Turn<'_>,
    answer: Answer,
    chat: Option<ChatId>,
    done: impl FnOnce(&ChatCard, &AgentStatus) -> String,
) {
    match answer {
        Answer::Outcome(Outcome::Done(card), status) => turn.say(done(&card, &status)),
        Answer::Outcome(Outcome::Refused(refusal), status) => {
            turn.say(replies::refused(&refusal, chat, &status))
        }
        Answer::Failed(kind) => turn.say(replies::failed(kind)),
        Answer::Outcome(Outcome::Repeat, _) | Answer::Status(_) | Answer::Waiting(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_spelled_with_or_without_its_sign() {
        for spelling in ["42", "#42", "  #42 ", "＃42"] {
            assert_eq!(number(spelling), Some(ChatId(42)), "{spelling}");
        }
        for other in ["", "#", "4 2", "-1", "+1", "forty", "42!", "##42"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn the_table_is_the_specs() {
        let words: Vec<_> = TABLE.iter().map(|command| command.word).collect();
        assert_eq!(words, ["ACCEPT", "CANCEL", "FINISH", "HELP", "STATUS", "WAITING"]);
    }
}
