// SPDX-License-Identifier: GPL-3.0-or-later
//! The link: the broker's connection to the XMPP server, and the only place that imports the XMPP library.
//!
//! It logs in, keeps the session alive, and turns stanzas into [events](crate::event::Event) and
//! [outbound data](crate::event::Outbound) into stanzas. It must never know of chats, commands or the store.

pub mod address;
mod archive;
mod backoff;
mod compose;
mod connector;
mod filter;
mod guard;
mod retire;
mod round;
mod session;
mod translate;
mod trouble;

pub use connector::Connector;
pub use session::{Link, Report};
pub use trouble::{Remedy, Trouble};

use crate::secret::Secret;
use futures::SinkExt;
use std::path::PathBuf;
use std::time::Duration;
use tokio_xmpp::Stanza;
use tokio_xmpp::stanzastream::XmppStream;

/// Who the broker is, and where.
#[derive(Clone, Debug)]
pub struct Account {
    /// The bare address.
    pub jid: String,
    /// The name of our client. Fixed, so that a restarted broker gets what it missed.
    pub resource: String,
    /// The password.
    pub password: Secret,
    /// Where the server is.
    pub server: Server,
    /// How encryption begins.
    pub tls: Tls,
    /// The authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
}

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// Where the account's domain says (SRV records, else the domain itself).
    Lookup,
    /// Here.
    At {
        /// Its name or number.
        host: String,
        /// Its port.
        port: u16,
    },
}

/// How encryption begins. There is no way without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// After asking for it on an open stream (RFC 6120 §5).
    Start,
    /// At once (XEP-0368).
    Direct,
}

impl Tls {
    /// The port when none is given.
    pub fn usual_port(self) -> u16 {
        match self {
            Tls::Start => 5222,
            Tls::Direct => 5223,
        }
    }
}

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Logs in and out again, without becoming visible to anybody: a running broker is not disturbed.
///
/// # Errors
/// What a login can fail with.
pub async fn try_login(account: Account) -> Result<Capabilities, Trouble> {
    let mut connection = Connector::new(account)?.connect().await?;
    let resumption = connection.features.stream_management.is_some();
    let farewell = <XmppStream as SinkExt<&Stanza>>::close(&mut connection.stream);
    // The login has worked; how the stream ends does not matter.
    let _ = tokio::time::timeout(GOODBYE, farewell).await;
    Ok(Capabilities { resumption })
}

/// What a server we could log in to can do for us.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// XEP-0198: it confirms what it has, and an interrupted session goes on.
    pub resumption: bool,
}
