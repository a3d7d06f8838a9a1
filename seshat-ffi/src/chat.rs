//! What a website does for one visitor: start, send, and the small signals around them. Polls are in `messages`.

use crate::arguments::{self, Extensible, Out};
use crate::guard::{guard, invalid};
use crate::info::seshat_chat_info;
use crate::status::{SESHAT_EINTERNAL, SESHAT_OK, seshat_status};
use crate::store::seshat_store;
use seshat_core::limits::START_RATE;
use seshat_core::{Error, Poll, Start, Store, Token};
use std::ffi::c_char;

/// Bytes of a token's text, the terminating NUL included.
pub const SESHAT_TOKEN_SIZE: usize = 44;

const _: () = assert!(SESHAT_TOKEN_SIZE == seshat_core::TOKEN_CHARS + 1);

/// What a chat begins with. Every text may be NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_start_request {
    /// sizeof(seshat_start_request)
    pub struct_size: usize,
    /// The visitor's name; NULL means "visitor".
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// Where to answer if the visitor is gone.
    pub email: *const c_char,
    /// Its length.
    pub email_len: usize,
    /// The first message.
    pub text: *const c_char,
    /// Its length.
    pub text_len: usize,
    /// The page the visitor is on.
    pub page: *const c_char,
    /// Its length.
    pub page_len: usize,
    /// The visitor's language.
    pub locale: *const c_char,
    /// Its length.
    pub locale_len: usize,
    /// The site's own fields: a JSON object.
    pub fields: *const c_char,
    /// Its length.
    pub fields_len: usize,
    /// The same key gives the same chat and token again. Unguessable, up to 64 characters: it is as secret as the
    /// token.
    pub key: *const c_char,
    /// Its length.
    pub key_len: usize,
    /// The visitor's network address, to be counted against: SESHAT_ELIMIT when there were too many. Only a keyed
    /// hash of it is stored.
    pub address: *const c_char,
    /// Its length.
    pub address_len: usize,
}

// SAFETY: it is repr(C), begins with the size and has integers and raw pointers only.
unsafe impl Extensible for seshat_start_request {}

/// A chat that was started.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_chat_ref {
    /// sizeof(seshat_chat_ref), set before the call
    pub struct_size: usize,
    /// The number agents see as "#42".
    pub chat: i64,
    /// 1 when this call has made it; 0 when its key had been used before.
    pub is_new: u32,
    /// The visitor's secret: whoever holds it is the visitor. 43 characters of A-Z a-z 0-9 - _
    pub token: [c_char; SESHAT_TOKEN_SIZE],
}

// SAFETY: it is repr(C), begins with the size and has integers only.
unsafe impl Extensible for seshat_chat_ref {}

/// Starts a chat and puts it in the queue.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_start(
    store: *mut seshat_store,
    request: *const seshat_start_request,
    out_ref: *mut seshat_chat_ref,
) -> seshat_status {
    const WHAT: &str = "start the chat";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(WHAT, "store", store)?;
        let request = arguments::read(WHAT, "request", request)?;
        let out = Out::new(WHAT, "out_ref", out_ref)?;
        let started = store.store.start(&Start {
            name: arguments::text(WHAT, "name", request.name, request.name_len)?.unwrap_or_default(),
            email: arguments::text(WHAT, "email", request.email, request.email_len)?,
            text: arguments::text(WHAT, "text", request.text, request.text_len)?,
            page: arguments::text(WHAT, "page", request.page, request.page_len)?,
            locale: arguments::text(WHAT, "locale", request.locale, request.locale_len)?,
            fields: arguments::text(WHAT, "fields", request.fields, request.fields_len)?,
            key: arguments::text(WHAT, "key", request.key, request.key_len)?,
            limit: arguments::text(WHAT, "address", request.address, request.address_len)?
                .map(|address| (address, START_RATE)),
        })?;
        let mut token = [0; SESHAT_TOKEN_SIZE];
        for (to, byte) in token.iter_mut().zip(started.token.reveal().bytes()) {
            *to = byte as c_char;
        }
        out.write(&seshat_chat_ref {
            struct_size: size_of::<seshat_chat_ref>(),
            chat: started.chat.0,
            is_new: started.new.into(),
            token,
        });
        Ok(SESHAT_OK)
    })
}

/// Says something in a chat. When it returns SESHAT_OK, the message is stored as durably as the store was opened
/// for. A key seen before in this chat gives the message it made then; with another text it is SESHAT_EINVAL.
/// key may be NULL, and so may out_seq, the message's place in the chat: 1, 2, 3 ...
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_send(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    text: *const c_char,
    text_len: usize,
    key: *const c_char,
    key_len: usize,
    out_seq: *mut i64,
) -> seshat_status {
    const WHAT: &str = "send the message";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(WHAT, "store", store)?;
        let token = arguments::token(WHAT, token, token_len)?;
        let text = arguments::required(WHAT, "text", text, text_len)?;
        let key = arguments::text(WHAT, "key", key, key_len)?;
        let message = store.store.send(&token, text, key, None)?;
        if let Some(out) = out_seq.as_mut() {
            *out = message.seq;
        }
        Ok(SESHAT_OK)
    })
}

/// Whose token is this, and how does their chat stand? Never waits.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_status(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    out_info: *mut seshat_chat_info,
) -> seshat_status {
    const WHAT: &str = "read the chat";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(WHAT, "store", store)?;
        let token = arguments::token(WHAT, token, token_len)?;
        let out = Out::new(WHAT, "out_info", out_info)?;
        // Nothing comes after the last number there is, so that no message is read.
        let poll = Poll { after: i64::MAX, ..Poll::default() };
        // A poll with neither rev nor wait always answers.
        let Some(state) = store.store.poll(&token, &poll)? else { return Ok(SESHAT_EINTERNAL) };
        out.write(&seshat_chat_info::new(&state));
        Ok(SESHAT_OK)
    })
}

/// The visitor is writing (not 0), or has stopped (0). Forgotten after ten seconds; nothing happens on a closed chat.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_set_typing(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    typing: i32,
) -> seshat_status {
    // SAFETY: the header's conventions.
    unsafe {
        signal("say who is typing", store, token, token_len, |store, token| store.typing(token, typing != 0))
    }
}

/// The visitor has seen everything up to and with message seq.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_set_read(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    seq: i64,
) -> seshat_status {
    // SAFETY: the header's conventions.
    unsafe { signal("mark the chat as read", store, token, token_len, |store, token| store.read(token, seq)) }
}

/// The visitor's verdict: 1 good, -1 not good, 0 takes it back. Also after the end.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_set_rating(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    rating: i32,
) -> seshat_status {
    const WHAT: &str = "rate the chat";
    let rate = |store: &Store, token: &Token| {
        let rating = i8::try_from(rating).map_err(|_| invalid(WHAT, "rating", "must be 1, -1 or 0"))?;
        store.rate(token, rating)
    };
    // SAFETY: the header's conventions.
    unsafe { signal(WHAT, store, token, token_len, rate) }
}

/// The visitor ends the chat. Ending it twice is the same as once.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chat_finish(
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
) -> seshat_status {
    // SAFETY: the header's conventions.
    unsafe { signal("finish the chat", store, token, token_len, |store, token| store.finish(token)) }
}

/// A call that takes a chat and returns nothing.
unsafe fn signal(
    what: &str,
    store: *mut seshat_store,
    token: *const c_char,
    token_len: usize,
    verb: impl FnOnce(&Store, &Token) -> Result<(), Error>,
) -> seshat_status {
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(what, "store", store)?;
        let token = arguments::token(what, token, token_len)?;
        verb(&store.store, &token).map(|()| SESHAT_OK)
    })
}
