//! `seshat_messages`: what a poll has found.

use crate::arguments::{self, Extensible, Out, Text};
use crate::guard::{guard, guard_or, invalid};
use crate::info::{self, seshat_chat_info, seshat_notice, seshat_sender};
use crate::status::{SESHAT_INTERRUPTED, SESHAT_OK, SESHAT_TIMEOUT, seshat_status};
use crate::store::seshat_store;
use seshat_core::{Message, Poll};
use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

/// For seshat_chat_poll(): the caller has no rev yet.
pub const SESHAT_NO_REV: i64 = -1;
/// For seshat_chat_poll(): do not wait.
pub const SESHAT_NO_WAIT: u32 = 0;
/// Longer waits are cut to this.
pub const SESHAT_WAIT_MAX_MS: u32 = 55000;

const _: () = assert!(SESHAT_WAIT_MAX_MS as u128 == seshat_core::limits::MAX_WAIT.as_millis());

/// What a poll has found: messages, and how the chat stood then.
pub struct seshat_messages {
    info: seshat_chat_info,
    lines: Vec<Line>,
}

struct Line {
    seq: i64,
    at_ms: i64,
    sender: seshat_sender,
    notice: seshat_notice,
    name: Option<Text>,
    text: Text,
    key: Option<Text>,
}

/// One line of a chat. Its texts belong to the list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_message {
    /// sizeof(seshat_message), set before the call
    pub struct_size: usize,
    /// Its place in the chat: 1, 2, 3 ... without gaps. The only order there is.
    pub seq: i64,
    /// When it was stored, in milliseconds since 1970; to be shown, not to order by.
    pub at_ms: i64,
    /// Who has said it.
    pub sender: seshat_sender,
    /// For messages from the system: which one.
    pub notice: seshat_notice,
    /// The name of who has said it; NULL when not known.
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// What was said; never NULL.
    pub text: *const c_char,
    /// Its length.
    pub text_len: usize,
    /// The key its sender chose; NULL when there is none.
    pub key: *const c_char,
    /// Its length.
    pub key_len: usize,
}

// SAFETY: it is repr(C), begins with the size and has integers and raw pointers only.
unsafe impl Extensible for seshat_message {}

/// What is new in a chat: the messages after seq `after`, oldest first, at most limit (0 and everything above 100
/// mean 100), and how the chat stands.
///
/// rev is that of the state the caller has, or SESHAT_NO_REV. With a rev the call answers when the chat has changed
/// since, or has messages after `after`. Without one it answers at once when timeout_ms is SESHAT_NO_WAIT, else when
/// there are messages after `after` or anything changes from now on. It waits up to timeout_ms for that.
///
/// Returns SESHAT_OK and a list, which has no messages when only the state is new; SESHAT_TIMEOUT or
/// SESHAT_INTERRUPTED and NULL, which is an empty list; or an error.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_poll(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    after: i64,
    rev: i64,
    limit: u32,
    timeout_ms: u32,
    out_messages: *mut *mut seshat_messages,
) -> seshat_status {
    const WHAT: &str = "poll the chat";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_messages", out_messages)?;
        let store = arguments::object(WHAT, "store", store)?;
        let token = arguments::token(WHAT, token, token_len)?;
        if rev < SESHAT_NO_REV {
            return Err(invalid(WHAT, "rev", "is negative and not SESHAT_NO_REV"));
        }
        let rev = (rev != SESHAT_NO_REV).then_some(rev);
        let poll = Poll { after, rev, limit, wait: Duration::from_millis(timeout_ms.into()) };
        let interrupted = store.interrupts.watch();
        let Some(state) = store.store.poll_while(&token, &poll, &|| !interrupted())? else {
            return Ok(if interrupted() { SESHAT_INTERRUPTED } else { SESHAT_TIMEOUT });
        };
        let info = seshat_chat_info::new(&state);
        let lines = state.messages.into_iter().map(Line::from).collect();
        *out = Box::into_raw(Box::new(seshat_messages { info, lines }));
        Ok(SESHAT_OK)
    })
}

impl From<Message> for Line {
    fn from(message: Message) -> Self {
        Line {
            seq: message.seq,
            at_ms: message.at,
            sender: info::sender(message.sender),
            notice: info::notice(message.notice),
            name: message.name.map(Text::new),
            text: Text::new(message.text),
            key: message.key.map(Text::new),
        }
    }
}

/// How many messages a list has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_messages_count(list: *const seshat_messages) -> usize {
    // SAFETY: the header's conventions.
    guard_or(0, || unsafe { list.as_ref() }.map_or(0, |list| list.lines.len()))
}

/// The message at index, from 0 on. Its texts are valid until the list is freed.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_messages_get(
    list: *const seshat_messages,
    index: usize,
    out_message: *mut seshat_message,
) -> seshat_status {
    const WHAT: &str = "read the message";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let list = arguments::object(WHAT, "list", list)?;
        let out = Out::new(WHAT, "out_message", out_message)?;
        let line = list.lines.get(index).ok_or_else(|| invalid(WHAT, "index", "is beyond the list"))?;
        out.write(&seshat_message {
            struct_size: size_of::<seshat_message>(),
            seq: line.seq,
            at_ms: line.at_ms,
            sender: line.sender,
            notice: line.notice,
            name: line.name.as_ref().map_or(ptr::null(), Text::as_ptr),
            name_len: line.name.as_ref().map_or(0, Text::len),
            text: line.text.as_ptr(),
            text_len: line.text.len(),
            key: line.key.as_ref().map_or(ptr::null(), Text::as_ptr),
            key_len: line.key.as_ref().map_or(0, Text::len),
        });
        Ok(SESHAT_OK)
    })
}

/// How the chat stood at the time of the poll.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_messages_info(
    list: *const seshat_messages,
    out_info: *mut seshat_chat_info,
) -> seshat_status {
    const WHAT: &str = "read the chat";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let list = arguments::object(WHAT, "list", list)?;
        Out::new(WHAT, "out_info", out_info)?.write(&list.info);
        Ok(SESHAT_OK)
    })
}

/// Frees a list and all texts in it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_messages_free(list: *mut seshat_messages) {
    // SAFETY: the header's conventions.
    guard_or((), || unsafe { arguments::release(list) });
}
