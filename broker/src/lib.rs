// SPDX-License-Identifier: GPL-3.0-or-later
//! seshat-broker: relays web chats to employees over one ordinary XMPP account.
//!
//! Functional core, imperative shell: [`relay`] decides what to do about what happened, as data in and data out;
//! [`link`] alone knows XMPP, [`clerk`] alone touches the store, and [`run`] carries things between them.
//! Imports run downward only: `run` → `clerk`, `relay` → `command` → `replies` → `event`; `config` → `link` →
//! `event`.

pub mod check;
pub mod clerk;
pub mod command;
pub mod config;
pub mod event;
pub mod link;
pub mod relay;
pub mod replies;
pub mod run;
pub mod secret;
pub mod status;
pub mod words;
