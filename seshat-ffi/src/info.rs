//! `seshat_chat_info`: all a visitor can see of a chat but its messages, and the words for it.

use crate::arguments::Extensible;
use crate::guard::guard_or;
use seshat_core::{Availability, ChatState, CloseReason, Notice, Sender, State};
use std::ffi::{CStr, c_char};

/// Where a chat stands: one of SESHAT_CHAT_*.
pub type seshat_chat_state = i32;
/// In the queue: nobody has accepted it yet.
pub const SESHAT_CHAT_WAITING: seshat_chat_state = 1;
/// An agent is handling it.
pub const SESHAT_CHAT_OPEN: seshat_chat_state = 2;
/// Over, for good.
pub const SESHAT_CHAT_CLOSED: seshat_chat_state = 3;

/// Why a chat ended: one of SESHAT_REASON_*.
pub type seshat_reason = i32;
/// It has not ended.
pub const SESHAT_REASON_NONE: seshat_reason = 0;
/// The agent or the visitor ended a chat that was open.
pub const SESHAT_REASON_FINISHED: seshat_reason = 1;
/// An agent turned the request down.
pub const SESHAT_REASON_CANCELLED: seshat_reason = 2;
/// The visitor left before anyone accepted.
pub const SESHAT_REASON_ABANDONED: seshat_reason = 3;
/// Nobody accepted in time.
pub const SESHAT_REASON_MISSED: seshat_reason = 4;

/// Is anyone there: one of SESHAT_AVAILABILITY_*.
pub type seshat_availability = i32;
/// At least one agent is available.
pub const SESHAT_AVAILABILITY_ONLINE: seshat_availability = 1;
/// Agents are connected, but none wants to be disturbed.
pub const SESHAT_AVAILABILITY_AWAY: seshat_availability = 2;
/// No agent is connected, or the broker is not running.
pub const SESHAT_AVAILABILITY_OFFLINE: seshat_availability = 3;

/// Who a message is from: one of SESHAT_FROM_*.
pub type seshat_sender = i32;
/// The person on the website.
pub const SESHAT_FROM_VISITOR: seshat_sender = 1;
/// The employee who answers.
pub const SESHAT_FROM_AGENT: seshat_sender = 2;
/// Seshat itself; the message then has a notice.
pub const SESHAT_FROM_SYSTEM: seshat_sender = 3;

/// Which of Seshat's own sentences a message is, for translation: one of SESHAT_NOTICE_*.
pub type seshat_notice = i32;
/// None: somebody has written it.
pub const SESHAT_NOTICE_NONE: seshat_notice = 0;
/// An agent has accepted the chat.
pub const SESHAT_NOTICE_ACCEPTED: seshat_notice = 1;
/// The chat has ended.
pub const SESHAT_NOTICE_CLOSED: seshat_notice = 2;
/// An agent turned the request down.
pub const SESHAT_NOTICE_CANCELLED: seshat_notice = 3;
/// The agent had to go; the chat is back in the queue.
pub const SESHAT_NOTICE_REQUEUED: seshat_notice = 4;
/// Nobody came in time.
pub const SESHAT_NOTICE_MISSED: seshat_notice = 5;

/// Bytes for an agent's name, the terminating NUL included: 127 characters of four bytes.
pub const SESHAT_NAME_SIZE: usize = 512;

/// A chat as its visitor sees it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_chat_info {
    /// sizeof(seshat_chat_info), set before the call
    pub struct_size: usize,
    /// The number agents see as "#42".
    pub chat: i64,
    /// Grows with every visible change; hand it to the next seshat_chat_poll().
    pub rev: i64,
    /// The seq of the chat's last message.
    pub last_seq: i64,
    /// The last of the visitor's messages the agent is known to have read.
    pub read_seq: i64,
    /// Where it stands.
    pub state: seshat_chat_state,
    /// Why it has ended.
    pub reason: seshat_reason,
    /// The place in the queue, 1 = next; 0 unless waiting.
    pub position: u32,
    /// Is anyone there?
    pub availability: seshat_availability,
    /// The visitor's rating: 1 good, -1 not good, 0 none.
    pub rating: i32,
    /// 1 while the agent is writing, else 0.
    pub agent_typing: u32,
    /// The name of who handles it, or handled it last; "" before. Longer ones are cut at a character.
    pub agent_name: [c_char; SESHAT_NAME_SIZE],
}

// SAFETY: it is repr(C), begins with the size and has integers only.
unsafe impl Extensible for seshat_chat_info {}

impl seshat_chat_info {
    pub(crate) fn new(state: &State) -> Self {
        let agent = state.agent.as_ref();
        seshat_chat_info {
            struct_size: size_of::<Self>(),
            chat: state.chat.0,
            rev: state.rev,
            last_seq: state.last_seq,
            read_seq: state.read,
            state: match state.state {
                ChatState::Waiting => SESHAT_CHAT_WAITING,
                ChatState::Open => SESHAT_CHAT_OPEN,
                ChatState::Closed(_) => SESHAT_CHAT_CLOSED,
            },
            reason: match state.state.reason() {
                None => SESHAT_REASON_NONE,
                Some(CloseReason::Finished) => SESHAT_REASON_FINISHED,
                Some(CloseReason::Cancelled) => SESHAT_REASON_CANCELLED,
                Some(CloseReason::Abandoned) => SESHAT_REASON_ABANDONED,
                Some(CloseReason::Missed) => SESHAT_REASON_MISSED,
            },
            position: state.position.unwrap_or(0),
            availability: availability(state.availability),
            rating: state.rating.into(),
            agent_typing: agent.is_some_and(|agent| agent.typing).into(),
            agent_name: name_field(agent.map_or("", |agent| &agent.name)),
        }
    }
}

fn name_field(name: &str) -> [c_char; SESHAT_NAME_SIZE] {
    let mut field = [0; SESHAT_NAME_SIZE];
    let end = cut(name);
    for (to, byte) in field.iter_mut().zip(&name.as_bytes()[..end]) {
        *to = *byte as c_char;
    }
    field
}

/// How many bytes of the name fit beside the NUL, without cutting a character.
fn cut(name: &str) -> usize {
    let most = name.len().min(SESHAT_NAME_SIZE - 1);
    (0..=most).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0)
}

pub(crate) fn availability(availability: Availability) -> seshat_availability {
    match availability {
        Availability::Online => SESHAT_AVAILABILITY_ONLINE,
        Availability::Away => SESHAT_AVAILABILITY_AWAY,
        Availability::Offline => SESHAT_AVAILABILITY_OFFLINE,
    }
}

pub(crate) fn sender(sender: Sender) -> seshat_sender {
    match sender {
        Sender::Visitor => SESHAT_FROM_VISITOR,
        Sender::Agent => SESHAT_FROM_AGENT,
        Sender::System => SESHAT_FROM_SYSTEM,
    }
}

pub(crate) fn notice(notice: Option<Notice>) -> seshat_notice {
    match notice {
        None => SESHAT_NOTICE_NONE,
        Some(Notice::Accepted) => SESHAT_NOTICE_ACCEPTED,
        Some(Notice::Closed) => SESHAT_NOTICE_CLOSED,
        Some(Notice::Cancelled) => SESHAT_NOTICE_CANCELLED,
        Some(Notice::Requeued) => SESHAT_NOTICE_REQUEUED,
        Some(Notice::Missed) => SESHAT_NOTICE_MISSED,
    }
}

/// The words of a kind of number, in its order from 1 on.
fn word(words: &'static [&'static CStr], number: i32) -> *const c_char {
    guard_or(c"".as_ptr(), || {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        place.and_then(|place| words.get(place)).map_or(c"".as_ptr(), |word| word.as_ptr())
    })
}

const STATES: [&CStr; 3] = [c"waiting", c"open", c"closed"];
const REASONS: [&CStr; 4] = [c"finished", c"cancelled", c"abandoned", c"missed"];
const AVAILABILITIES: [&CStr; 3] = [c"online", c"away", c"offline"];
const SENDERS: [&CStr; 3] = [c"visitor", c"agent", c"system"];
const NOTICES: [&CStr; 5] = [c"accepted", c"closed", c"cancelled", c"requeued", c"missed"];

/// "waiting", "open" or "closed"; "" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_chat_state_name(state: seshat_chat_state) -> *const c_char {
    word(&STATES, state)
}

/// "finished", "cancelled", "abandoned" or "missed"; "" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_reason_name(reason: seshat_reason) -> *const c_char {
    word(&REASONS, reason)
}

/// "online", "away" or "offline"; "" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_availability_name(availability: seshat_availability) -> *const c_char {
    word(&AVAILABILITIES, availability)
}

/// "visitor", "agent" or "system"; "" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_sender_name(sender: seshat_sender) -> *const c_char {
    word(&SENDERS, sender)
}

/// "accepted", "closed", "cancelled", "requeued" or "missed"; "" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_notice_name(notice: seshat_notice) -> *const c_char {
    word(&NOTICES, notice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seshat_core::{AgentView, ChatId};

    fn said(word: *const c_char) -> &'static str {
        // SAFETY: these functions return static texts.
        unsafe { CStr::from_ptr(word) }.to_str().unwrap()
    }

    fn state(state: ChatState, agent: &str) -> State {
        State {
            rev: 9,
            chat: ChatId(42),
            state,
            position: None,
            agent: Some(AgentView { name: agent.into(), typing: true }),
            read: 3,
            rating: -1,
            last_seq: 8,
            availability: Availability::Away,
            messages: Vec::new(),
        }
    }

    #[test]
    fn the_words_are_the_cores() {
        let reasons =
            [CloseReason::Finished, CloseReason::Cancelled, CloseReason::Abandoned, CloseReason::Missed];
        for reason in reasons {
            let info = seshat_chat_info::new(&state(ChatState::Closed(reason), "Joe"));
            assert_eq!(said(seshat_reason_name(info.reason)), reason.name());
            assert_eq!(said(seshat_chat_state_name(info.state)), "closed");
        }
        for chat in [ChatState::Waiting, ChatState::Open] {
            let info = seshat_chat_info::new(&state(chat, "Joe"));
            assert_eq!(said(seshat_chat_state_name(info.state)), chat.name());
            assert_eq!(said(seshat_reason_name(info.reason)), "");
        }
        for there in [Availability::Online, Availability::Away, Availability::Offline] {
            assert_eq!(said(seshat_availability_name(availability(there))), there.name());
        }
        for who in [Sender::Visitor, Sender::Agent, Sender::System] {
            assert_eq!(said(seshat_sender_name(sender(who))), who.name());
        }
        for which in Notice::ALL {
            assert_eq!(said(seshat_notice_name(notice(Some(which)))), which.code());
        }
        for other in [i32::MIN, -1, 0, 6, i32::MAX] {
            assert_eq!(said(seshat_notice_name(other)), "");
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_character_and_still_ends() {
        let info = seshat_chat_info::new(&state(ChatState::Open, &"€".repeat(300)));
        let name = said(info.agent_name.as_ptr()).to_owned();
        assert_eq!(name, "€".repeat(170));
        assert_eq!((info.agent_typing, info.rating, info.read_seq), (1, -1, 3));
    }
}
