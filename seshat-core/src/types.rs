//! The plain data of a chat: numbers, states, messages. No rules and no storage here.

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z. Shown to people, never used to order anything.
pub type Millis = i64;

/// The number agents see as `#42`. Unique in its store and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatId(pub i64);

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a chat stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// In the queue: nobody has accepted it yet.
    Waiting,
    /// An agent is handling it.
    Open,
    /// Over, for this reason. Closed chats never open again.
    Closed(CloseReason),
}

impl ChatState {
    /// The word used on the wire and in every language: `waiting`, `open` or `closed`.
    pub fn name(self) -> &'static str {
        match self {
            ChatState::Waiting => "waiting",
            ChatState::Open => "open",
            ChatState::Closed(_) => "closed",
        }
    }

    /// Why it is closed; `None` while it is not.
    pub fn reason(self) -> Option<CloseReason> {
        match self {
            ChatState::Closed(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Why a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The agent or the visitor ended a chat that was open.
    Finished,
    /// An agent turned the request down.
    Cancelled,
    /// The visitor left before anyone accepted.
    Abandoned,
    /// Nobody accepted in time.
    Missed,
}

impl CloseReason {
    /// The word used on the wire and in every language.
    pub fn name(self) -> &'static str {
        match self {
            CloseReason::Finished => "finished",
            CloseReason::Cancelled => "cancelled",
            CloseReason::Abandoned => "abandoned",
            CloseReason::Missed => "missed",
        }
    }
}

/// Who a message is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The person on the website.
    Visitor,
    /// The employee who answers.
    Agent,
    /// Seshat itself; the message then has a [`Notice`] code.
    System,
}

impl Sender {
    /// The word used on the wire and in every language.
    pub fn name(self) -> &'static str {
        match self {
            Sender::Visitor => "visitor",
            Sender::Agent => "agent",
            Sender::System => "system",
        }
    }
}

/// Is anyone there to answer?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Availability {
    /// At least one agent is available.
    Online,
    /// Agents are connected, but all are away or do not want to be disturbed.
    Away,
    /// No agent is connected, or the broker is not running.
    Offline,
}

impl Availability {
    /// The word used on the wire and in every language.
    pub fn name(self) -> &'static str {
        match self {
            Availability::Online => "online",
            Availability::Away => "away",
            Availability::Offline => "offline",
        }
    }
}

/// What one of an agent's clients says of itself (RFC 6121 §4.7.2.1, folded to what matters here).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Show {
    /// Ready to answer: no `show`, or `chat`.
    Available,
    /// Connected but not to be offered chats: `away`, `xa` or `dnd`.
    Away,
}

/// One line of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the chat: 1, 2, 3 … without gaps. The only order there is.
    pub seq: i64,
    /// The key its sender chose, if any; repeats with the same key are the same message.
    pub key: Option<String>,
    /// Who said it.
    pub sender: Sender,
    /// Of agents' lines: the agent's name, as it was then.
    pub name: Option<String>,
    /// What was said: UTF-8, never empty, free of characters XML forbids.
    pub text: String,
    /// When it was stored.
    pub at: Millis,
    /// For system messages: which one, so that a page can say it in its own language.
    pub notice: Option<Notice>,
}

/// The sentences Seshat itself says to visitors. The one table of them: code for programs, English for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    // The numbers stand in stores and never change.
    /// An agent has accepted the chat.
    Accepted = 0,
    /// The chat has ended.
    Closed = 1,
    /// An agent turned the request down.
    Cancelled = 2,
    /// The agent had to go; the chat is back in the queue.
    Requeued = 3,
    /// Nobody came in time.
    Missed = 4,
}

impl Notice {
    /// Every notice there is.
    pub const ALL: [Notice; 5] =
        [Notice::Accepted, Notice::Closed, Notice::Cancelled, Notice::Requeued, Notice::Missed];

    /// The code a page translates by.
    pub fn code(self) -> &'static str {
        match self {
            Notice::Accepted => "accepted",
            Notice::Closed => "closed",
            Notice::Cancelled => "cancelled",
            Notice::Requeued => "requeued",
            Notice::Missed => "missed",
        }
    }

    /// The sentence in English. The first two are the spec's own words.
    pub fn text(self) -> &'static str {
        match self {
            Notice::Accepted => "Your chat has started.",
            Notice::Closed => "The chat is now closed.",
            Notice::Cancelled => "Your chat request was declined. Please try again later.",
            Notice::Requeued => "Your agent had to leave. You are back in the queue.",
            Notice::Missed => "Nobody could answer in time. Please leave a message.",
        }
    }
}
