//! The store and the desk of Seshat: live chat for web applications, answered from any Jabber/XMPP client.
//!
//! Visitors' lines and agents' lines meet in one SQLite file. A website calls the visitor's verbs
//! ([`Store::start`], [`Store::send`], [`Store::poll`] …); the broker calls the desk's ([`Store::desk`]).
//! This crate knows no network, no XMPP, no HTTP and no async runtime, and never will.
//!
//! ```
//! # fn main() -> seshat_core::Result<()> {
//! # let dir = tempfile::tempdir().unwrap();
//! # let path = dir.path().join("chat.db");
//! use seshat_core::{OpenOptions, Poll, Start, Store};
//!
//! let store = Store::open(&path, OpenOptions::default())?;
//! let chat = store.start(&Start { name: "customer", ..Start::default() })?;
//! store.send(&chat.token, "Hi!", Some("chosen-by-the-page"), None)?;
//! let state = store.poll(&chat.token, &Poll::default())?.expect("a first poll always answers");
//! assert_eq!(state.messages[0].text, "Hi!");
//! # Ok(()) }
//! ```
//!
//! # Threads and forks
//! A [`Store`] may be used by many threads at once. Before a `fork()` the library closes its SQLite handles and
//! reopens them on next use in either process; a fork made behind its back (`clone` without the C library) is
//! noticed and refused. The library starts no threads and installs no signal handlers.
//!
//! # The file is Seshat's own
//! Never open it with another copy of SQLite in the same process: closing that copy's handle would drop locks
//! this one relies on where the kernel has only per-process locks.

mod bell;
pub mod clock;
pub mod desk;
mod error;
pub mod limits;
mod rules;
mod store;
mod text;
mod token;
mod types;
mod visitor;

pub use desk::Desk;
pub use error::{Error, ErrorKind, Result};
pub use limits::Rate;
pub use store::{Durability, OpenOptions, Store};
pub use token::{TOKEN_CHARS, Token};
pub use types::{Availability, ChatId, ChatState, CloseReason, Message, Millis, Notice, Sender, Show};
pub use visitor::{AgentView, Leave, Poll, Start, Started, State};
