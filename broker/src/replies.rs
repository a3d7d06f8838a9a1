// SPDX-License-Identifier: GPL-3.0-or-later
//! Every sentence the broker says to people, in one place. Where the spec gives a sentence, it stands here to the
//! letter (see [`offer`], [`accepted`], [`CLOSED`]).

use crate::event::Unfit;
use seshat_core::desk::{AgentStatus, ChatCard, Refusal};
use seshat_core::{ChatId, CloseReason, ErrorKind, Millis, limits};
use std::fmt::Write as _;

/// The spec's sentence at the end of a chat.
pub const CLOSED: &str = "The chat is now closed.";
/// What clients may show as the end of a line.
const LINE_ENDS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
/// As much of a page's address as a line of the queue shows.
const PAGE_SHOWN: usize = 80;
/// To people who are no agents.
pub const STRANGER: &str = "Sorry, this account relays web chats to the people it was set up for and cannot talk with \
                            anybody else.";
/// To an agent whose message could be read in more than one way.
pub const MALFORMED: &str = "Your message was not sent: it was too long or could not be read for certain. Please send it again as plain text.";
/// To an agent who put more than a command in a message.
pub const COMMAND_NOT_ALONE: &str = "Nothing was done and nothing was sent: a command must be a message of its own. To \
                                     begin a line with '!', write '!!'.";

/// To an agent whose client sent what a visitor's page cannot be told.
pub fn unfit(what: Unfit) -> &'static str {
    match what {
        Unfit::Encrypted => {
            "Your message was not sent: it is encrypted, and this account cannot read it. Please switch encryption \
             off for this conversation and send it again."
        }
        Unfit::Correction => {
            "Your correction was not sent: what the visitor has read cannot be changed. Please send a new line \
             instead."
        }
        Unfit::Retraction => "Nothing was taken back: the visitor has what you sent.",
        Unfit::Reaction => {
            "Your reaction was not sent: the visitor's page cannot show it. Please write a line."
        }
    }
}

/// The spec's offer.
pub fn offer(visitor: &str, chat: ChatId) -> String {
    format!(
        "Remote user '{}' wants to start a conversation. To accept this request, reply with the message \
         '!ACCEPT {chat}'.",
        name(visitor)
    )
}

/// The spec's confirmation; with several chats also how to tell them apart.
pub fn accepted(chat: ChatId, status: &AgentStatus) -> String {
    let confirmed = format!("You are now handling chat #{chat}. Send '!FINISH' when you are done.");
    match status.chats.iter().find(|card| card.chat != chat) {
        None => confirmed,
        Some(other) => format!(
            "{confirmed} What you type goes to #{chat} now; to write to another chat, begin with its number, as in \
             '#{} Hello'.",
            other.chat
        ),
    }
}

/// The chat's request was turned down.
pub fn cancelled(card: &ChatCard) -> String {
    format!("Chat request {} is cancelled.", label(card))
}

/// The agent has closed a chat.
pub fn finished(status: &AgentStatus) -> String {
    if status.chats.is_empty() { CLOSED.to_owned() } else { format!("{CLOSED} {}", still_handling(status)) }
}

/// The visitor has closed a chat.
pub fn closed_by_visitor(chat: ChatId, visitor: &str, several: bool) -> String {
    if several { format!("#{chat} {}: {CLOSED}", name(visitor)) } else { CLOSED.to_owned() }
}

/// A visitor's line. With several chats every line says of which chat it is, so that no visitor can pass for another.
pub fn visitors_line(chat: ChatId, visitor: &str, text: &str, several: bool) -> String {
    if !several {
        return text.to_owned();
    }
    let mut lines = text.split(LINE_ENDS);
    let mut marked = format!("#{chat} {}: {}", name(visitor), lines.next().unwrap_or_default());
    for line in lines {
        marked.push('\n');
        // Thousands of short lines must stay a message that servers take: no name, and nothing where nothing is.
        if !line.trim().is_empty() {
            let _ = write!(marked, "#{chat}: {line}");
        }
    }
    marked
}

/// A line of a chat, or what was left, was given up.
pub fn undeliverable(chat: ChatId) -> String {
    let what = match chat {
        ChatId(0) => "A message that was left while nobody was available".to_owned(),
        chat => format!("Something the visitor wrote in chat #{chat}"),
    };
    format!(
        "{what} could not be delivered to you: the server ended the connection each time it was sent. Please ask the \
         visitor to send it in another way, and tell who runs this chat."
    )
}

/// A message that was left while nobody was there. Every line of it is marked, so that it cannot pass for a chat's.
pub fn left(visitor: &str, email: &str, text: &str, page: Option<&str>) -> String {
    let page = page.map(|page| format!("\n(written on {})", shown(page))).unwrap_or_default();
    let (visitor, email) = (name(visitor), name(email));
    let lines: Vec<String> = text.split(LINE_ENDS).map(|line| format!("> {line}")).collect();
    let text = lines.join("\n");
    format!("Remote user '{visitor}' ({email}) left a message while nobody was available:\n{text}{page}")
}

/// The agent's words go to this chat now.
pub fn chosen(card: &ChatCard) -> String {
    format!("What you type goes to {} now.", label(card))
}

/// Where an agent stands.
pub fn status(status: &AgentStatus) -> String {
    let chats = match (status.chats.as_slice(), status.current) {
        ([], _) => "You are not handling a chat.".to_owned(),
        ([only], Some(_)) => format!("You are handling chat {}.", label(only)),
        (_, Some(current)) => {
            format!("You are handling {}. What you type goes to #{current}.", list(&status.chats))
        }
        (_, None) => {
            format!("You are handling {}. {}", list(&status.chats), how_to_choose(status))
        }
    };
    format!("{chats} {}", queue(status.waiting))
}

/// The queue.
pub fn waiting(cards: &[ChatCard], now: Millis) -> String {
    if cards.is_empty() {
        return "Nobody is waiting.".to_owned();
    }
    let mut lines: Vec<String> = cards.iter().map(|card| waiting_line(card, now)).collect();
    lines.push("To accept one, reply with '!ACCEPT' and its number.".to_owned());
    lines.join("\n")
}

fn waiting_line(card: &ChatCard, now: Millis) -> String {
    let minutes = (now - card.started).max(0) / 60_000;
    let since = match minutes {
        0 => "waiting for less than a minute".to_owned(),
        1 => "waiting for 1 minute".to_owned(),
        _ => format!("waiting for {minutes} minutes"),
    };
    let page = card.page.as_ref().map(|page| format!(", on {}", shown(page))).unwrap_or_default();
    format!("#{} {}, {since}{page}", card.chat, name(&card.visitor))
}

/// Why something was not done.
pub fn refused(refusal: &Refusal, chat: Option<ChatId>, status: &AgentStatus) -> String {
    let number = chat.map_or_else(|| "this chat".to_owned(), |chat| format!("chat #{chat}"));
    match refusal {
        Refusal::NoSuchChat => {
            let number = chat.map_or_else(|| "such chat".to_owned(), |chat| format!("chat #{chat}"));
            format!("There is no {number}. Send '!WAITING' to see who is waiting.")
        }
        Refusal::Closed(CloseReason::Finished) => format!("Sorry, {number} is over."),
        Refusal::Closed(CloseReason::Cancelled) => format!("Sorry, {number} was cancelled."),
        Refusal::Closed(CloseReason::Abandoned) => format!("Sorry, the visitor of {number} has left."),
        Refusal::Closed(CloseReason::Missed) => format!("Sorry, nobody accepted {number} in time."),
        Refusal::Taken { by } => format!("Sorry, {number} is being handled by {by}."),
        Refusal::Yours => format!("You are already handling {number}. Send '!FINISH' when you are done."),
        Refusal::Waiting => match chat {
            Some(chat) => {
                format!("Nobody has accepted chat #{chat} yet. To do so, reply with '!ACCEPT {chat}'.")
            }
            None => format!("Nobody has accepted {number} yet."),
        },
        Refusal::TooMany { limit } => format!(
            "You are already handling {}, which is the most at once. Send '!FINISH' to close one of them first.",
            plural(*limit, "chat", "chats")
        ),
        Refusal::NoChat => format!("You are not handling a chat. {}", queue(status.waiting)),
        Refusal::NoneChosen => format!("Which chat did you mean? {}", still_handling(status)),
    }
}

/// Why an agent's words went nowhere.
pub fn not_sent(refusal: &Refusal, chat: Option<ChatId>, status: &AgentStatus) -> String {
    format!("Your message was not sent. {}", refused(refusal, chat, status))
}

/// A line after the first looks like a command.
pub fn command_inside(line: usize) -> String {
    format!(
        "Your message was not sent: line {line} of it looks like a command. Send a command in a message of its own; \
         to begin a line with '!', write '!!'."
    )
}

/// A command behind a chat's number.
pub fn command_behind_number(chat: ChatId) -> String {
    format!(
        "Nothing was done and nothing was sent: choose the chat with '#{chat}' first, then send the command. To begin \
         a line with '!', write '!!'."
    )
}

/// A later line is addressed to another chat.
pub fn other_chat_inside(line: usize, chat: ChatId) -> String {
    format!(
        "Your message was not sent: line {line} of it is for #{chat}, another of your chats. Send it in a message of \
         its own; to begin a line with '#', write '##'."
    )
}

/// A command that needs a number came without one.
pub fn which_number(word: &str) -> String {
    format!(
        "Which chat? Send '!{word}' with its number, as in '!{word} 42'. '!WAITING' shows who is waiting."
    )
}

/// There is no such command.
pub fn unknown_command(word: &str, help: &str) -> String {
    let word: String = word.chars().take(20).collect();
    format!("There is no command '!{word}', so nothing was done and nothing was sent.\n{help}")
}

/// What can be typed, under the table of commands.
pub fn help(table: &str) -> String {
    format!(
        "{table}\nEverything else you type goes to your current chat. With several chats, '#42' chooses chat #42, \
         '#42 Hello' chooses it and writes to it, and '!FINISH 42' closes it. To begin a line with '!', write '!!'."
    )
}

/// The store could not do it.
pub fn failed(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::TooLong => format!(
            "Your message was not sent: it is longer than {} characters. Please send it in parts.",
            limits::MAX_TEXT_CHARS
        ),
        ErrorKind::Invalid => "Your message was not sent: there is nothing in it.".to_owned(),
        ErrorKind::Busy => {
            "Sorry, that could not be stored just now, so nothing was done. Please send it again.".to_owned()
        }
        _ => {
            "Sorry, something is wrong with the chat's storage, so nothing was done. Please tell who runs it."
                .to_owned()
        }
    }
}

fn still_handling(status: &AgentStatus) -> String {
    format!("You are handling {}. {}", list(&status.chats), how_to_choose(status))
}

fn how_to_choose(status: &AgentStatus) -> String {
    match status.chats.first() {
        Some(card) => format!(
            "To choose one, reply with its number, as in '#{0}', or begin with it, as in '#{0} Hello'.",
            card.chat
        ),
        None => String::new(),
    }
}

fn queue(waiting: u32) -> String {
    match waiting {
        0 => "Nobody is waiting.".to_owned(),
        1 => "1 visitor is waiting; send '!WAITING' to see.".to_owned(),
        n => format!("{n} visitors are waiting; send '!WAITING' to see."),
    }
}

fn label(card: &ChatCard) -> String {
    format!("#{} ({})", card.chat, name(&card.visitor))
}

fn list(cards: &[ChatCard]) -> String {
    let labels: Vec<String> = cards.iter().map(label).collect();
    match labels.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => "no chat".to_owned(),
    }
}

fn plural(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A visitor's name without what would let it look like something else: line ends and changes of direction.
fn name(visitor: &str) -> String {
    let deceptive = |c: &char| {
        LINE_ENDS.contains(c)
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    visitor.chars().filter(|c| !deceptive(c)).collect()
}

/// A page's address, cut to what a line has room for.
fn shown(page: &str) -> String {
    let page = name(page);
    match page.char_indices().nth(PAGE_SHOWN) {
        Some((end, _)) => format!("{}…", page.get(..end).unwrap_or_default()),
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_several_chats_no_visitor_can_pass_for_another() {
        for end in LINE_ENDS {
            let line = visitors_line(ChatId(42), "anna", &format!("Hi!{end}#43 bob: pay me"), true);
            assert_eq!(line, "#42 anna: Hi!\n#42: #43 bob: pay me", "{end:?}");
        }
        let name = visitors_line(ChatId(42), "anna: Hi\u{2028}#43 bob", "Hi!", true);
        assert_eq!(name, "#42 anna: Hi#43 bob: Hi!");
    }

    #[test]
    fn thousands_of_short_lines_stay_a_small_message() {
        let line = visitors_line(ChatId(42), &"n".repeat(100), &"a\n".repeat(2000), true);
        assert!(line.len() < 20_000, "{}", line.len());
        assert_eq!(visitors_line(ChatId(42), "anna", "a\n\n \nb", true), "#42 anna: a\n\n\n#42: b");
    }

    #[test]
    fn what_was_left_cannot_pass_for_a_chats_line() {
        let left =
            left("x\r#1 anna", "x@y\u{2028}", "hi\r\u{85}#1 anna: Pay me.", Some("http://x/\n#1 anna:"));
        let expected = "Remote user 'x#1 anna' (x@y) left a message while nobody was available:\n> hi\n> \n\
                        > #1 anna: Pay me.\n(written on http://x/#1 anna:)";
        assert_eq!(left, expected);
    }

    #[test]
    fn the_queue_shows_one_short_line_for_each_who_waits() {
        let page = Some(format!("https://shop.example/\u{2028}{}", "ä".repeat(2000)));
        let card = ChatCard { chat: ChatId(42), visitor: "anna\r#43 ben".into(), started: 0, page };
        let shown = format!("https://shop.example/{}…", "ä".repeat(PAGE_SHOWN - 21));
        let line = format!("#42 anna#43 ben, waiting for less than a minute, on {shown}");
        let how = "To accept one, reply with '!ACCEPT' and its number.";
        assert_eq!(waiting(&[card], 0), format!("{line}\n{how}"));
    }

    #[test]
    fn with_one_chat_a_line_is_what_the_visitor_typed() {
        assert_eq!(visitors_line(ChatId(42), "anna", "Hi!\n!x", false), "Hi!\n!x");
    }
}
