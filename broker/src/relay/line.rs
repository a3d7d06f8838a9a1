// SPDX-License-Identifier: GPL-3.0-or-later
//! What an agent's message is: a command, words for a chat, or something too dangerous to guess at.
//!
//! A message that begins with `!` is a command, and a command stands alone. Where a *later* line begins with `!`
//! the whole message is refused and nothing is done: sent on, a mistyped command would reach the visitor; obeyed,
//! a pasted text could close a chat. `!!` at the beginning of any line is a literal `!`, `##` before a digit a
//! literal `#`. White space before the `!` makes no difference: it is too easily typed or pasted along.

use crate::command;
use seshat_core::ChatId;

/// An agent's message, read.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A command and what stands behind it.
    Command(String, String),
    /// `#42`: choose this chat.
    Choose(ChatId),
    /// `#42 Hello`: choose this chat and say that.
    SayIn(ChatId, Words),
    /// Words for the current chat.
    Say(Words),
    /// A command with more lines behind it.
    CommandNotAlone,
    /// This line, not the first, begins like a command.
    CommandInside(usize),
    /// A command behind this chat's number.
    CommandBehindNumber(ChatId),
}

/// What is to be said.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// The text for the visitor.
    pub text: String,
    /// Later lines that begin with a chat's number: they may be meant for another visitor.
    pub numbered: Vec<(usize, ChatId)>,
}

/// Reads a message. It is not empty.
pub fn read(body: &str) -> Line {
    let body = with_plain_line_ends(body);
    let body = body.trim_start_matches('\n').trim_end();
    let mut lines = body.lines();
    let first = lines.next().unwrap_or_default();
    if let Some(command) = as_command(first) {
        if lines.next().is_some() {
            return Line::CommandNotAlone;
        }
        let command = command.trim_matches(is_blank);
        let end = command.find(is_blank).unwrap_or(command.len());
        let (word, rest) = command.split_at(end);
        return Line::Command(word.to_owned(), rest.trim_matches(is_blank).to_owned());
    }
    if let Some((index, _)) = body.lines().enumerate().find(|(_, line)| as_command(line).is_some()) {
        return Line::CommandInside(index + 1);
    }
    let Some((chat, behind)) = as_number(first) else { return Line::Say(words(body)) };
    if as_command(behind).is_some() {
        return Line::CommandBehindNumber(chat);
    }
    let first_end = body.find('\n').unwrap_or(body.len());
    let rest = body.get(first_end..).unwrap_or_default();
    let text = format!("{behind}{rest}");
    if text.chars().all(is_blank) { Line::Choose(chat) } else { Line::SayIn(chat, words(&text)) }
}

/// What some client shows as the end of a line is one.
fn with_plain_line_ends(body: &str) -> String {
    body.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

/// Nothing anybody sees: white space, and characters without a width, which phones and word processors leave behind.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// `!`, also as East Asian keyboards type it.
const COMMAND_SIGNS: [char; 2] = ['!', '！'];
/// `#`, likewise.
const NUMBER_SIGNS: [char; 2] = ['#', '＃'];

/// What stands behind a single `!`.
fn as_command(line: &str) -> Option<&str> {
    line.trim_start_matches(is_blank)
        .strip_prefix(COMMAND_SIGNS)
        .filter(|rest| !rest.starts_with(COMMAND_SIGNS))
}

/// `#42`, alone or followed by a space or a colon, and what follows.
fn as_number(line: &str) -> Option<(ChatId, &str)> {
    let rest = line.trim_start_matches(is_blank).strip_prefix(NUMBER_SIGNS)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(end);
    let chat = command::number(digits)?;
    match behind.chars().next() {
        None => Some((chat, "")),
        Some(':') => Some((chat, behind.strip_prefix(':').unwrap_or(behind).trim_start())),
        Some(c) if is_blank(c) => Some((chat, behind.trim_start_matches(is_blank))),
        Some(_) => None,
    }
}

fn words(text: &str) -> Words {
    let numbered = text
        .lines()
        .enumerate()
        .skip(1)
        .filter_map(|(index, line)| as_number(line).map(|(chat, _)| (index + 1, chat)))
        .collect();
    Words { text: text.lines().map(unescape).collect::<Vec<_>>().join("\n"), numbered }
}

/// Takes one sign away where two were typed for a literal one.
fn unescape(line: &str) -> String {
    let rest = line.trim_start_matches(is_blank);
    let (space, _) = line.split_at(line.len() - rest.len());
    let digit = |c: char| c.is_ascii_digit();
    let number =
        |more: &&str| more.strip_prefix(NUMBER_SIGNS).is_some_and(|behind| behind.starts_with(digit));
    let command = |more: &&str| more.starts_with(COMMAND_SIGNS);
    let literal = rest
        .strip_prefix(NUMBER_SIGNS)
        .filter(number)
        .or_else(|| rest.strip_prefix(COMMAND_SIGNS).filter(command));
    format!("{space}{}", literal.unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Line {
        Line::Say(Words { text: text.to_owned(), numbered: Vec::new() })
    }

    #[test]
    fn a_message_that_begins_with_an_exclamation_mark_is_a_command() {
        let command = |word: &str, rest: &str| Line::Command(word.into(), rest.into());
        assert_eq!(read("!ACCEPT 42"), command("ACCEPT", "42"));
        assert_eq!(read("  !accept   #42  \n"), command("accept", "#42"));
        assert_eq!(read("!"), command("", ""));
        for odd in ["\u{200b}!FINISH", " \u{feff}\u{2060} !FINISH\u{200b}", "！FINISH", "\u{2028}!FINISH\r"]
        {
            assert_eq!(read(odd), command("FINISH", ""), "{odd:?}");
        }
    }

    #[test]
    fn a_command_stands_alone() {
        assert_eq!(read("!FINISH\nbye"), Line::CommandNotAlone);
        assert_eq!(read("bye\n!FINISH"), Line::CommandInside(2));
        assert_eq!(read("bye\n\n  !FINISH"), Line::CommandInside(3));
        for end in ["\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(read(&format!("bye{end}!FINISH")), Line::CommandInside(2), "{end:?}");
        }
        assert_eq!(read("#42 !FINISH"), Line::CommandBehindNumber(ChatId(42)));
        assert_eq!(read("#42 bye\n!FINISH"), Line::CommandInside(2));
    }

    #[test]
    fn doubled_signs_are_literal_ones() {
        assert_eq!(read("!!important"), say("!important"));
        assert_eq!(read("so:\n!!important\n  !!!"), say("so:\n!important\n  !!"));
        assert_eq!(read("##1 of 3"), say("#1 of 3"));
        assert_eq!(read("## heading"), say("## heading"));
        assert_eq!(read("！！重要"), say("！重要"));
        assert_eq!(read("Great！ One\u{200d}two"), say("Great！ One\u{200d}two"));
        let in_chat = Words { text: "!x".into(), numbered: Vec::new() };
        assert_eq!(read("#42 !!x"), Line::SayIn(ChatId(42), in_chat));
    }

    #[test]
    fn a_number_chooses_and_addresses() {
        assert_eq!(read("#42"), Line::Choose(ChatId(42)));
        assert_eq!(read("#42: \n"), Line::Choose(ChatId(42)));
        for spelling in ["#42 Hello", "#42: Hello", " #42\tHello", "#42\nHello", "\u{200b}＃42 Hello"] {
            let Line::SayIn(ChatId(42), words) = read(spelling) else { panic!("{spelling}") };
            assert_eq!(words.text.trim(), "Hello");
        }
        assert_eq!(read("#fff is white"), say("#fff is white"));
        assert_eq!(read("#42nd street"), say("#42nd street"));
    }

    #[test]
    fn later_lines_with_numbers_are_reported() {
        let Line::Say(words) = read("Hello\n#43 Bye\n##44 is fine") else { panic!() };
        assert_eq!(words.numbered, [(2, ChatId(43))]);
        assert_eq!(words.text, "Hello\n#43 Bye\n#44 is fine");
    }
}
