//! `seshat_store`: an open store, and what needs no chat.

use crate::arguments::{self, Extensible};
use crate::guard::{guard, guard_or, invalid};
use crate::info::{self, seshat_availability};
use crate::status::{SESHAT_OK, seshat_status};
use seshat_core::limits::START_RATE;
use seshat_core::{Durability, Leave, OpenOptions, Store};
use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An open store. Many threads may use one at once.
pub struct seshat_store {
    pub(crate) store: Store,
    pub(crate) interrupts: Interrupts,
}

impl seshat_store {
    /// The handle of an open store. For the tests, which bring stores of their own making.
    pub fn new(store: Store) -> Self {
        seshat_store { store, interrupts: Interrupts::default() }
    }
}

/// How often a store was interrupted: a wait ends when the number is no longer the one it began with.
#[derive(Clone, Default)]
pub(crate) struct Interrupts(Arc<AtomicU64>);

impl Interrupts {
    /// A look at the number now; it says later whether an interrupt has come since.
    pub(crate) fn watch(&self) -> impl Fn() -> bool {
        let begun = self.0.load(Ordering::Acquire);
        move || self.0.load(Ordering::Acquire) != begun
    }
}

/// How to open a store. Zero means the default in every field; fields are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_open_options {
    /// sizeof(seshat_open_options)
    pub struct_size: usize,
    /// SESHAT_OPEN_* or 0
    pub flags: u32,
    /// How long a call waits for other writers; 0 means 5000.
    pub busy_timeout_ms: u32,
}

// SAFETY: it is repr(C), begins with the size and has integers only.
unsafe impl Extensible for seshat_open_options {}

/// Fail when the file is missing, instead of making it.
pub const SESHAT_OPEN_EXISTING: u32 = 1;
/// Durability "normal": a write that returned survives a crash of any process, but the last moments may be lost
/// with the power. Without it a write that returned survives a power loss too.
pub const SESHAT_OPEN_NORMAL: u32 = 2;

/// Opens the store at path, making the file when it is missing. options may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_store_open(
    path: *const c_char,
    path_len: usize,
    options: *const seshat_open_options,
    out_store: *mut *mut seshat_store,
) -> seshat_status {
    const WHAT: &str = "open the store";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_store", out_store)?;
        let path = arguments::required(WHAT, "path", path, path_len)?;
        if path.is_empty() {
            return Err(invalid(WHAT, "path", "is empty"));
        }
        let options = arguments::read_or_default(WHAT, "options", options)?;
        let store = Store::open(Path::new(path), open_options(&options)?)?;
        *out = Box::into_raw(Box::new(seshat_store::new(store)));
        Ok(SESHAT_OK)
    })
}

fn open_options(options: &seshat_open_options) -> Result<OpenOptions, seshat_core::Error> {
    if options.flags & !(SESHAT_OPEN_EXISTING | SESHAT_OPEN_NORMAL) != 0 {
        return Err(invalid("open the store", "flags", "has a bit that is no SESHAT_OPEN_ constant"));
    }
    let mut chosen =
        OpenOptions { create: options.flags & SESHAT_OPEN_EXISTING == 0, ..OpenOptions::default() };
    if options.flags & SESHAT_OPEN_NORMAL != 0 {
        chosen.durability = Durability::Normal;
    }
    if options.busy_timeout_ms != 0 {
        chosen.busy_timeout = Duration::from_millis(options.busy_timeout_ms.into());
    }
    Ok(chosen)
}

/// Closes a store; no other call may use it now or later. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_store_close(store: *mut seshat_store) {
    // SAFETY: the header's conventions.
    guard_or((), || unsafe { arguments::release(store) });
}

/// Ends every wait that is going on now on this store, in any thread, within 100 ms: it returns
/// SESHAT_INTERRUPTED. NULL is fine. It may be called from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_interrupt(store: *mut seshat_store) {
    // Without the guard, whose thread-locals have no place in a signal handler; nothing here can panic.
    // SAFETY: the header's conventions.
    if let Some(store) = unsafe { store.as_ref() } {
        store.interrupts.0.fetch_add(1, Ordering::Release);
    }
}

/// Is anyone there? Cheap enough for every page view.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_store_availability(
    store: *mut seshat_store,
    out_availability: *mut seshat_availability,
) -> seshat_status {
    const WHAT: &str = "read the availability";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(WHAT, "store", store)?;
        let out = out_availability.as_mut().ok_or_else(|| invalid(WHAT, "out_availability", "is NULL"))?;
        *out = info::availability(store.store.availability()?);
        Ok(SESHAT_OK)
    })
}

/// A message for the time when nobody is there. Every text may be NULL but those that say otherwise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_leave_request {
    /// sizeof(seshat_leave_request)
    pub struct_size: usize,
    /// The visitor's name; NULL means "visitor".
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// Where to answer. Not NULL.
    pub email: *const c_char,
    /// Its length.
    pub email_len: usize,
    /// The message. Not NULL.
    pub text: *const c_char,
    /// Its length.
    pub text_len: usize,
    /// The page the visitor is on.
    pub page: *const c_char,
    /// Its length.
    pub page_len: usize,
    /// The same key is the same message. Unguessable, up to 64 characters.
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
unsafe impl Extensible for seshat_leave_request {}

/// Leaves a message for the agents, who get it as soon as they are there. out_id, its number, may be NULL.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_store_leave(
    store: *mut seshat_store,
    request: *const seshat_leave_request,
    out_id: *mut i64,
) -> seshat_status {
    const WHAT: &str = "leave the message";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let store = arguments::object(WHAT, "store", store)?;
        let request = arguments::read(WHAT, "request", request)?;
        let id = store.store.leave(&Leave {
            name: arguments::text(WHAT, "name", request.name, request.name_len)?.unwrap_or_default(),
            email: arguments::required(WHAT, "email", request.email, request.email_len)?,
            text: arguments::required(WHAT, "text", request.text, request.text_len)?,
            page: arguments::text(WHAT, "page", request.page, request.page_len)?,
            key: arguments::text(WHAT, "key", request.key, request.key_len)?,
            limit: arguments::text(WHAT, "address", request.address, request.address_len)?
                .map(|address| (address, START_RATE)),
        })?;
        if let Some(out) = out_id.as_mut() {
            *out = id;
        }
        Ok(SESHAT_OK)
    })
}
