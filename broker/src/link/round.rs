// SPDX-License-Identifier: GPL-3.0-or-later
//! One stanza stream's life: what it was given, and what it has said about that.

use super::archive::Archive;
use super::retire::Slot;
use super::trouble::Trouble;
use crate::event::Message;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use seshat_core::desk::OutgoingId;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use tokio_xmpp::Stanza;
use tokio_xmpp::stanzastream::{Connection, StanzaStage, StanzaStream, StanzaToken};

/// What is to be told of a stanza that was given to the stream.
pub(super) enum Tracked {
    Nothing,
    Announcement,
    Line(OutgoingId),
}

/// A note about such a stanza.
pub(super) enum Mark {
    /// It has left the stream's queue, sent or not.
    Left(StanzaToken, Tracked),
    /// The stream has nothing more to say about this line.
    Settled(StanzaToken, OutgoingId),
}

/// What is known of one stanza stream.
#[derive(Default)]
pub(super) struct Round {
    /// Where the stream waits for a connection.
    pub(super) slot: Option<Slot>,
    pub(super) connecting: Option<BoxFuture<'static, Result<Connection, Trouble>>>,
    /// When the connection it got has to have become a session.
    pub(super) session_due: Option<tokio::time::Instant>,
    /// Connections it got since its last session.
    pub(super) fruitless: u32,
    pub(super) online: bool,
    /// How often the session was resumed since the server last confirmed a line.
    pub(super) resumed_in_vain: u32,
    /// The library's worker is gone; the stream must not be touched again.
    pub(super) crashed: bool,
    /// Our stanzas in the stream's queue.
    pub(super) queued: usize,
    pub(super) marks: FuturesUnordered<BoxFuture<'static, Mark>>,
    /// Lines given to the stream whose fate was not told yet.
    pub(super) lines: BTreeSet<OutgoingId>,
    /// What is being read of the archive.
    pub(super) archive: Option<Archive>,
    /// What was said while it is being read.
    pub(super) held: Vec<Message>,
    /// Lines sent in a session without XEP-0198 …
    pub(super) unconfirmed: Vec<OutgoingId>,
    /// … and those for which the barrier is on its way.
    pub(super) behind_barrier: Vec<OutgoingId>,
}

/// A session that was resumed so often without getting a line through is given up: the library would send the same
/// lines in it for ever.
const MAX_RESUMED_IN_VAIN: u32 = 3;

impl Round {
    /// Is it the lines themselves that keep the session from going on?
    pub(super) fn resumes_for_nothing(&self) -> bool {
        self.resumed_in_vain >= MAX_RESUMED_IN_VAIN && !self.online && !self.lines.is_empty()
    }

    pub(super) async fn send(&mut self, stream: &StanzaStream, stanza: Stanza, tracked: Tracked) {
        if let Tracked::Line(id) = &tracked {
            self.lines.insert(id.clone());
        }
        if self.crashed {
            return;
        }
        // The library panics here when its worker has died of a bug.
        let Ok(token) = AssertUnwindSafe(stream.send(Box::new(stanza))).catch_unwind().await else {
            self.crashed = true;
            return;
        };
        self.queued += 1;
        self.marks.push(left(token, tracked).boxed());
    }
}

async fn left(mut token: StanzaToken, tracked: Tracked) -> Mark {
    token.wait_for(StanzaStage::Sent).await;
    Mark::Left(token, tracked)
}

pub(super) async fn settled(mut token: StanzaToken, id: OutgoingId) -> Mark {
    token.wait_for(StanzaStage::Acked).await;
    Mark::Settled(token, id)
}
