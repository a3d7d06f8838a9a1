//! The C ABI of Seshat: the one crate with exported C symbols. `include/seshat.h` is made from it.
//!
//! One module for each C type, over two helpers: every export runs inside the [`guard`], so that a bug becomes a
//! status and a message instead of the end of somebody's web server, and reads its arguments through
//! [`arguments`], which knows NULL, lengths and structs of other versions. Doc comments of exported items are the
//! header's, so they speak to C; what holds for all of them (who owns what, threads, lengths) is said once, in the
//! header's first comment (`cbindgen.toml`).
#![expect(unsafe_code, reason = "this crate is where C's pointers are")]
#![expect(
    clippy::missing_safety_doc,
    reason = "the header's conventions say once what every caller promises"
)]
#![expect(non_camel_case_types, reason = "C's names for them")]

mod arguments;
pub mod chat;
pub mod chats;
mod guard;
pub mod info;
pub mod library;
pub mod messages;
pub mod response;
pub mod status;
pub mod store;
pub mod web;
