//! What the store says, as JSON.

use crate::http::Response;
use crate::options::Options;
use serde::Serialize;
use seshat_core::limits::MAX_WAIT;
use seshat_core::{ChatState, Message, Millis, State};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a page should wait before it looks at a closed chat again: nothing but the end of the chat itself
/// comes after the end.
const CLOSED_INTERVAL: Duration = Duration::from_secs(20);

/// The last second that can be written with four digits of year.
const LAST_SECOND: u64 = 253_402_300_799;

#[derive(Serialize)]
struct StateBody<'a> {
    rev: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    chat: ChatBody<'a>,
    availability: &'static str,
    messages: Vec<MessageBody<'a>>,
    poll: PollBody,
}

#[derive(Serialize)]
struct ChatBody<'a> {
    id: i64,
    state: &'static str,
    reason: Option<&'static str>,
    position: Option<u32>,
    agent: Option<AgentBody<'a>>,
    read: i64,
    rating: i8,
    last_seq: i64,
}

#[derive(Serialize)]
struct AgentBody<'a> {
    name: &'a str,
    typing: bool,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    seq: i64,
    key: Option<&'a str>,
    from: &'static str,
    name: Option<&'a str>,
    text: &'a str,
    at: String,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct PollBody {
    interval: u64,
    wait: u64,
}

#[derive(Serialize)]
struct TranscriptBody<'a> {
    chat: ChatBody<'a>,
    messages: Vec<MessageBody<'a>>,
}

/// A JSON answer that nobody may store.
pub(crate) fn json(status: u16, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => Response::private(status, "application/json", bytes),
        // Plain structs of numbers and strings always serialize; were it otherwise, an empty 500 is honest.
        Err(_) => Response { status: 500, ..Response::nothing() },
    }
}

/// The state of a chat.
pub(crate) fn state(status: u16, options: &Options, state: &State, token: Option<&str>) -> Response {
    let closed = matches!(state.state, ChatState::Closed(_));
    let interval = if closed { CLOSED_INTERVAL } else { options.poll_interval };
    let body = StateBody {
        rev: state.rev,
        token,
        chat: chat(state),
        availability: state.availability.name(),
        messages: state.messages.iter().map(message).collect(),
        poll: PollBody {
            interval: interval.as_secs().max(1),
            wait: if closed { 0 } else { options.max_wait.min(MAX_WAIT).as_secs() },
        },
    };
    json(status, &body)
}

/// The whole chat, for programs.
pub(crate) fn transcript(state: &State, messages: &[Message]) -> Response {
    json(200, &TranscriptBody { chat: chat(state), messages: messages.iter().map(message).collect() })
}

fn chat(state: &State) -> ChatBody<'_> {
    ChatBody {
        id: state.chat.0,
        state: state.state.name(),
        reason: state.state.reason().map(|reason| reason.name()),
        position: state.position,
        agent: state.agent.as_ref().map(|agent| AgentBody { name: &agent.name, typing: agent.typing }),
        read: state.read,
        rating: state.rating,
        last_seq: state.last_seq,
    }
}

fn message(message: &Message) -> MessageBody<'_> {
    MessageBody {
        seq: message.seq,
        key: message.key.as_deref(),
        from: message.sender.name(),
        name: message.name.as_deref(),
        text: &message.text,
        at: time(message.at),
        code: message.notice.map(|notice| notice.code()),
    }
}

/// A time as RFC 3339 writes it, in UTC, to the second.
pub(crate) fn time(at: Millis) -> String {
    let seconds = u64::try_from(at / 1000).unwrap_or(0).min(LAST_SECOND);
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_utc_to_the_second_and_never_fail() {
        assert_eq!(time(1_795_338_840_000), "2026-11-22T09:14:00Z");
        assert_eq!(time(1_795_338_840_999), "2026-11-22T09:14:00Z");
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(-5_000), "1970-01-01T00:00:00Z");
        assert_eq!(time(i64::MAX), "9999-12-31T23:59:59Z");
        assert_eq!(time(951_782_400_000), "2000-02-29T00:00:00Z");
    }
}
