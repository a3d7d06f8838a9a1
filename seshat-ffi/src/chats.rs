//! `seshat_chats`: the queue, for pages that only the site's own people see.

use crate::arguments::{self, Extensible, Out, Text};
use crate::guard::{guard, guard_or, invalid};
use crate::status::{SESHAT_OK, seshat_status};
use crate::store::seshat_store;
use std::ffi::c_char;
use std::ptr;

/// A list of chats.
pub struct seshat_chats(Vec<Card>);

struct Card {
    chat: i64,
    started_at_ms: i64,
    visitor: Text,
    page: Option<Text>,
}

/// A chat as agents see it. Its texts belong to the list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_chat_card {
    /// sizeof(seshat_chat_card), set before the call
    pub struct_size: usize,
    /// Its number.
    pub chat: i64,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// The visitor's name; never NULL.
    pub visitor: *const c_char,
    /// Its length.
    pub visitor_len: usize,
    /// The page it was started from; NULL when not known.
    pub page: *const c_char,
    /// Its length.
    pub page_len: usize,
}

// SAFETY: it is repr(C), begins with the size and has integers and raw pointers only.
unsafe impl Extensible for seshat_chat_card {}

/// The chats that wait for an agent, next first, at most limit. For the site's own people, never for visitors.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chats_waiting(
    store: *mut seshat_store,
    limit: u32,
    out_chats: *mut *mut seshat_chats,
) -> seshat_status {
    const WHAT: &str = "list the waiting chats";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_chats", out_chats)?;
        let store = arguments::object(WHAT, "store", store)?;
        let cards = store.store.desk().waiting(limit)?;
        let cards = cards.into_iter().map(|card| Card {
            chat: card.chat.0,
            started_at_ms: card.started,
            visitor: Text::new(card.visitor),
            page: card.page.map(Text::new),
        });
        *out = Box::into_raw(Box::new(seshat_chats(cards.collect())));
        Ok(SESHAT_OK)
    })
}

/// How many chats a list has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_chats_count(list: *const seshat_chats) -> usize {
    // SAFETY: the header's conventions.
    guard_or(0, || unsafe { list.as_ref() }.map_or(0, |list| list.0.len()))
}

/// The chat at index, from 0 on. Its texts are valid until the list is freed.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_chats_get(
    list: *const seshat_chats,
    index: usize,
    out_card: *mut seshat_chat_card,
) -> seshat_status {
    const WHAT: &str = "read the chat";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let list = arguments::object(WHAT, "list", list)?;
        let out = Out::new(WHAT, "out_card", out_card)?;
        let card = list.0.get(index).ok_or_else(|| invalid(WHAT, "index", "is beyond the list"))?;
        out.write(&seshat_chat_card {
            struct_size: size_of::<seshat_chat_card>(),
            chat: card.chat,
            started_at_ms: card.started_at_ms,
            visitor: card.visitor.as_ptr(),
            visitor_len: card.visitor.len(),
            page: card.page.as_ref().map_or(ptr::null(), Text::as_ptr),
            page_len: card.page.as_ref().map_or(0, Text::len),
        });
        Ok(SESHAT_OK)
    })
}

/// Frees a list and all texts in it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_chats_free(list: *mut seshat_chats) {
    // SAFETY: the header's conventions.
    guard_or((), || unsafe { arguments::release(list) });
}
