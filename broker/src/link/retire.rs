// SPDX-License-Identifier: GPL-3.0-or-later
//! Letting a stanza stream go without hurting it.

use super::connector::timeouts;
use tokio::sync::oneshot;
use tokio_xmpp::stanzastream::{Connection, StanzaStream};
use tokio_xmpp::xmlstream::{StreamHeader, initiate_stream};
use xmpp_parsers::bind::BindFeature;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::ns;
use xmpp_parsers::stream_features::StreamFeatures;

/// Where a stream waits for a connection.
pub(super) type Slot = oneshot::Sender<Connection>;

/// Lets a stream go. Its worker panics when the slot it waits on is dropped and sees that nobody needs it only
/// after another disconnection; so it gets a connection that is dead already.
pub(super) fn retire(stream: StanzaStream, slot: Option<Slot>) {
    drop(stream);
    let Some(slot) = slot else { return };
    tokio::spawn(async move {
        match dead_connection().await {
            Some(connection) => drop(slot.send(connection)),
            // Better a task that sleeps for ever than a panic.
            None => std::mem::forget(slot),
        }
    });
}

/// A stream whose other end has hung up.
async fn dead_connection() -> Option<Connection> {
    const HEADER: &[u8] =
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
        id='retired' version='1.0'>";
    let (ours, mut theirs) = tokio::io::duplex(4096);
    tokio::io::AsyncWriteExt::write_all(&mut theirs, HEADER).await.ok()?;
    let header = StreamHeader { to: None, from: None, id: None };
    let stream =
        initiate_stream(tokio::io::BufStream::new(ours), ns::JABBER_CLIENT, header, timeouts()).await.ok()?;
    drop(theirs);
    let features =
        StreamFeatures { bind: Some(BindFeature { required: false }), ..StreamFeatures::default() };
    let identity = BareJid::new("retired.invalid").ok()?.into();
    Some(Connection { stream: stream.skip_features().box_stream(), features, identity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_retired_streams_worker_ends_without_a_panic() {
        let (ask, mut asked) = mpsc::unbounded_channel::<Slot>();
        let stream = StanzaStream::new(Box::new(move |_, slot| drop(ask.send(slot))), 4);
        let slot = asked.recv().await.unwrap();
        retire(stream, Some(slot));
        // The worker owns the sending end; it is dropped when the worker ends, and not by asking again.
        assert!(asked.recv().await.is_none());
    }
}
