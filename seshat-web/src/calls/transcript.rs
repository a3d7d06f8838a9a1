//! `GET {base}/transcript`: the visitor's own chat, to keep.

use crate::answer;
use crate::http::Response;
use crate::problem::{Answer, Problem};
use crate::visit::Visit;
use seshat_core::{Message, Sender, State, Token};

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let token = visit.token()?;
    let json = wants_json(visit)?;
    let (state, messages) = whole_chat(visit, &token)?;
    if json {
        return Ok(answer::transcript(&state, &messages));
    }
    let file = format!("attachment; filename=\"chat-{}.txt\"", state.chat);
    let text = as_text(&state, &messages).into_bytes();
    Ok(Response::private(200, "text/plain; charset=utf-8", text).with("Content-Disposition", file))
}

/// The page's word, else what the request accepts; people get text.
fn wants_json(visit: &Visit<'_>) -> Result<bool, Problem> {
    match visit.request.parameter("format").as_deref() {
        Some("json") => Ok(true),
        Some("text") => Ok(false),
        Some(_) => Err(Problem::invalid(vec![("format", "must be text or json".into())])),
        None => Ok(visit.request.header("accept").is_some_and(|types| types.contains("application/json"))),
    }
}

/// One poll returns a bounded number of messages, so it takes several. What is said meanwhile may be missing.
fn whole_chat(visit: &Visit<'_>, token: &Token) -> Result<(State, Vec<Message>), Problem> {
    let mut state = visit.state(token, 0)?;
    let mut messages = std::mem::take(&mut state.messages);
    while let Some(last) = messages.last().map(|message| message.seq).filter(|last| *last < state.last_seq) {
        let more = visit.state(token, last)?.messages;
        if more.is_empty() {
            break;
        }
        messages.extend(more);
    }
    Ok((state, messages))
}

/// One line a message; further lines of a name or message are indented, so that nobody can forge another's line.
fn as_text(state: &State, messages: &[Message]) -> String {
    let mut text = format!("Chat #{}\n\n", state.chat);
    for message in messages {
        let time = answer::time(message.at);
        let said = &message.text;
        let line = match (message.sender, message.name.as_deref()) {
            (Sender::System, _) => format!("* {said}"),
            (Sender::Visitor, None) => format!("visitor: {said}"),
            (Sender::Agent, None) => format!("agent: {said}"),
            (_, Some(name)) => format!("{name}: {said}"),
        };
        let marked = line.replace(ends_line, "\n    ");
        text.push_str(&format!("{time}  {marked}\n"));
    }
    text
}

/// Does some program that shows text begin a new line here (Unicode 5.8, newline guidelines)?
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
