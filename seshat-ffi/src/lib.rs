//! The C ABI of Seshat: the one crate with exported C symbols.
//!
//! So far it opens and closes stores; the header and the other verbs follow the conventions set here:
//! functions return a [`Status`](status::Status) number (0 ok, negative an error), outputs come last and are
//! written only on success, texts come in as pointer and length, and every export runs inside one guard, so that
//! a bug becomes a status and a message instead of the end of somebody's web server.
#![expect(unsafe_code, reason = "this crate is where C's pointers are")]

mod guard;
pub mod status;
pub mod store;

use std::ffi::c_char;

/// The library's version, such as "0.1.0". Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The text of the last failure on the calling thread; never NULL, unspecified after a success. It is the
/// library's and stays valid until this thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_errmsg() -> *const c_char {
    guard::last_message()
}
