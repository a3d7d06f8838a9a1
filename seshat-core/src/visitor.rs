//! What a website does for its visitors: start, send, poll, and the small signals around them.
//!
//! Every call is one transaction or less. Texts are checked and cleaned here, before they reach the store.

use crate::error::Result;
use crate::limits::Rate;
use crate::store::Store;
use crate::text;
use crate::token::Token;
use crate::types::{Availability, ChatId, ChatState, Message};
use std::time::Duration;

/// What a chat begins with. Only the name is shown to agents at once; all fields may be left empty.
#[derive(Clone, Debug, Default)]
pub struct Start<'a> {
    /// The visitor's name; empty means "visitor".
    pub name: &'a str,
    /// Where to answer if the visitor is gone.
    pub email: Option<&'a str>,
    /// The first message.
    pub text: Option<&'a str>,
    /// The page the visitor is on.
    pub page: Option<&'a str>,
    /// The visitor's language.
    pub locale: Option<&'a str>,
    /// The site's own fields: a JSON object, as text.
    pub fields: Option<&'a str>,
    /// Chosen by the caller, unguessable: the same key gives the same chat and token again. Whoever knows it
    /// can get the token, so it is as secret as the token.
    pub key: Option<&'a str>,
    /// Counts this start against an address, if given. Only a keyed hash of the address is stored.
    pub limit: Option<(&'a str, Rate)>,
}

/// A chat that was started, now or by an earlier call with the same key.
#[derive(Clone, Debug)]
pub struct Started {
    /// The chat's number.
    pub chat: ChatId,
    /// The visitor's secret. It cannot be had again except through the same key.
    pub token: Token,
    /// False when the key had been used before.
    pub new: bool,
}

/// What to poll for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poll {
    /// Messages after this one; 0 for all.
    pub after: i64,
    /// The `rev` of the state the caller has: an unchanged chat then answers `None`.
    pub rev: Option<i64>,
    /// How many messages at most; 0 means [`crate::limits::MAX_POLL_MESSAGES`], which is also the most.
    pub limit: u32,
    /// How long to wait for a change. Zero never blocks; more than [`crate::limits::MAX_WAIT`] is cut.
    pub wait: Duration,
}

/// All a visitor can see of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Grows with every visible change.
    pub rev: i64,
    /// The chat's number.
    pub chat: ChatId,
    /// Where it stands.
    pub state: ChatState,
    /// The place in the queue, 1 = next, while waiting.
    pub position: Option<u32>,
    /// Who is handling it, or handled it last.
    pub agent: Option<AgentView>,
    /// The last of the visitor's messages the agent is known to have read.
    pub read: i64,
    /// The visitor's rating: 1 good, -1 not good, 0 none.
    pub rating: i8,
    /// The seq of the chat's last message, whether or not it is in `messages`.
    pub last_seq: i64,
    /// Is anyone there?
    pub availability: Availability,
    /// The messages after [`Poll::after`], oldest first.
    pub messages: Vec<Message>,
}

/// An agent as visitors see them. Never the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// The display name.
    pub name: String,
    /// Are they writing right now?
    pub typing: bool,
}

/// A message for the time when nobody is there.
#[derive(Clone, Debug, Default)]
pub struct Leave<'a> {
    /// The visitor's name; empty means "visitor".
    pub name: &'a str,
    /// Where to answer.
    pub email: &'a str,
    /// The message.
    pub text: &'a str,
    /// The page the visitor is on.
    pub page: Option<&'a str>,
    /// The same key is the same message.
    pub key: Option<&'a str>,
    /// Counts against an address, as [`Start::limit`].
    pub limit: Option<(&'a str, Rate)>,
}

impl Store {
    /// Starts a chat and puts it in the queue.
    ///
    /// # Errors
    /// `Invalid` or `TooLong` with the field; `Limited`; `Busy`, `Io`.
    pub fn start(&self, request: &Start<'_>) -> Result<Started> {
        self.start_chat(&text::clean_start(request)?)
    }

    /// Says something in a chat. When this returns, the message is stored as durably as the store was opened for.
    ///
    /// A `key` seen before in this chat returns the message it made then; with a different text it is refused.
    /// `rate` counts the message against the chat's bucket.
    ///
    /// # Errors
    /// `NotFound`, `Closed`, `Invalid`, `TooLong`, `Limited`, `Busy`, `Io`.
    pub fn send(&self, token: &Token, text: &str, key: Option<&str>, rate: Option<Rate>) -> Result<Message> {
        let text = text::clean_message("send the message", text)?;
        text::check_key("send the message", key)?;
        self.send_message(token, &text, key, rate)
    }

    /// Whose token is this? The number of its chat.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Io`.
    pub fn chat(&self, token: &Token) -> Result<ChatId> {
        self.find_chat(token)
    }

    /// What is new in a chat. `None` means: nothing, even after the wait.
    ///
    /// With [`Poll::rev`] the answer is `None` while that is still the chat's rev and no message after
    /// [`Poll::after`] exists. Without it a poll that does not wait always answers, and one that waits does so
    /// for a message after [`Poll::after`] or any change from now on.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for a negative `after`, `Busy`, `Io`.
    pub fn poll(&self, token: &Token, poll: &Poll) -> Result<Option<State>> {
        self.poll_while(token, poll, &|| true)
    }

    /// [`Store::poll`], but a wait ends early, as if its time were over, when `go_on` says no. It is asked at
    /// least every 100 ms, on the calling thread: a language's front can look for signals there.
    ///
    /// # Errors
    /// As [`Store::poll`].
    pub fn poll_while(&self, token: &Token, poll: &Poll, go_on: &dyn Fn() -> bool) -> Result<Option<State>> {
        text::check_count("poll the chat", "after", poll.after)?;
        self.poll_chat(token, poll, go_on)
    }

    /// The visitor is writing, or has stopped. Forgotten after [`crate::limits::TYPING_LASTS`]. Never synced to disk.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Io`. On a closed chat nothing happens.
    pub fn typing(&self, token: &Token, typing: bool) -> Result<()> {
        self.set_visitor_typing(token, typing)
    }

    /// The visitor has seen everything up to and with message `seq`. Never synced to disk.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` for a seq that does not exist, `Busy`, `Io`.
    pub fn read(&self, token: &Token, seq: i64) -> Result<()> {
        text::check_count("mark the chat as read", "seq", seq)?;
        self.set_visitor_read(token, seq)
    }

    /// The visitor ends the chat: `Finished` when it was open, `Abandoned` when it was waiting. Ending it twice
    /// is the same as once.
    ///
    /// # Errors
    /// `NotFound`, `Busy`, `Io`.
    pub fn finish(&self, token: &Token) -> Result<()> {
        self.finish_by_visitor(token)
    }

    /// The visitor's verdict: 1 good, -1 not good, 0 takes it back. Also after the end.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `Busy`, `Io`.
    pub fn rate(&self, token: &Token, rating: i8) -> Result<()> {
        text::check_rating(rating)?;
        self.set_rating(token, rating)
    }

    /// Leaves a message for the agents, who get it as soon as they are there. Returns its number.
    ///
    /// # Errors
    /// `Invalid` or `TooLong` with the field; `Limited`, `Busy`, `Io`.
    pub fn leave(&self, message: &Leave<'_>) -> Result<i64> {
        self.leave_message(&text::clean_leave(message)?)
    }

    /// Is anyone there? Cheap enough for every page view.
    ///
    /// # Errors
    /// `Busy`, `Io`.
    pub fn availability(&self) -> Result<Availability> {
        self.read_availability()
    }
}
