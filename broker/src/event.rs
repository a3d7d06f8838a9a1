// SPDX-License-Identifier: GPL-3.0-or-later
//! What the parts of the broker tell each other: plain data, no XMPP types, no handles, no behaviour.
//!
//! [`Event`]s go into the relay, [`Action`]s come out. Addresses are bare JIDs in their canonical spelling.

use seshat_core::desk::{AgentStatus, ChatCard, Outcome, Outgoing, OutgoingId};
use seshat_core::{ChatId, ErrorKind, Millis, Show};

/// Who sent something: a bare JID and, if it came from one client, that client's resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The bare JID.
    pub bare: String,
    /// The resource.
    pub resource: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A new session with the server: whatever was known of presence is void.
    Connected,
    /// What was said while we did not listen has been told, as far as the server keeps it.
    CaughtUp,
    /// Our initial presence has left: agents' servers know that we are here.
    Announced,
    /// The session that was interrupted goes on.
    Resumed,
    /// The connection is interrupted or lost.
    Disconnected,
    /// Our contact list, as the server has it.
    Roster(Vec<Contact>),
    /// Somebody's presence.
    Presence(Address, Presence),
    /// A message.
    Message(Message),
    /// A question that wants an answer (an `iq` of type get or set).
    Query(Query),
    /// What became of a line that was sent.
    Fate(OutgoingId, Fate),
    /// The store has things to say to agents, claimed for us.
    Outbox(Vec<Outgoing>),
    /// What the store answered to an [`Ask`] with this ticket.
    Answer(u64, Answer),
}

/// One entry of our contact list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Whose.
    pub address: String,
    /// The name somebody gave them.
    pub name: Option<String>,
    /// Do we get their presence, or have we asked for it?
    pub subscribed: bool,
}

/// What a presence stanza says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A client is there.
    Here(Show),
    /// A client is gone, or the account cannot be reached.
    Gone,
    /// They want to see our presence.
    Subscribe,
    /// They no longer let us see theirs.
    Unsubscribed,
}

/// What somebody sent us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// By whom.
    pub from: Address,
    /// The id its sender gave it.
    pub id: Option<String>,
    /// The id our own server gave it, which no sender can forge.
    pub archive_id: Option<String>,
    /// What it is.
    pub content: Content,
    /// Does it come out of the server's archive? Then we may have heard it before.
    pub archived: bool,
}

/// What a message is. Everything that may be obeyed is a [`Content::Line`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Something was said, in a one-to-one message.
    Line(String),
    /// They are writing, or have stopped.
    Typing(bool),
    /// Ambiguous or oversized: neither obeyed nor relayed, but a person sent it and is told.
    Malformed,
    /// Something that cannot be passed on to a web page as it is meant: neither obeyed nor relayed, whatever text
    /// comes with it for clients that know no better; a person sent it and is told.
    Unfit(Unfit),
    /// A message of ours came back.
    Bounced,
    /// Nothing for us: headlines, rooms, receipts, copies of others' messages.
    Other,
}

/// What a web page cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A message encrypted from end to end: we have no key.
    Encrypted,
    /// A new wording of an earlier message (XEP-0308).
    Correction,
    /// An earlier message is taken back (XEP-0424).
    Retraction,
    /// A reaction to an earlier message (XEP-0444).
    Reaction,
}

/// A question to our client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Who asks; `None` is our own server.
    pub from: Option<Address>,
    /// The id the answer must carry.
    pub id: String,
    /// What is asked.
    pub what: Asked,
}

/// What can be asked of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Are you there? (XEP-0199)
    Ping,
    /// What are you? (XEP-0092)
    Version,
    /// What can you do? (XEP-0030)
    Features,
    /// The contact list changed (RFC 6121 §2.1.6): only our own server may say so.
    RosterPush,
    /// Something we do not know.
    Unknown,
}

/// What became of a line that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server has it.
    Delivered,
    /// It was given to a session that ended: nobody knows.
    Unknown,
    /// It never left us.
    Unsent,
}

/// Something the relay wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this.
    Send(Outbound),
    /// Do this to the store and answer with the ticket.
    Ask(Ask),
    /// Do this to the store; nobody waits for an answer.
    Tell(Note),
    /// We are online, or no longer: things to say may be claimed, or not.
    Online(bool),
}

/// A stanza to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// A chat message to a bare JID.
    Message {
        /// To whom.
        to: String,
        /// Its id, stable over repeats when it comes from the store.
        id: String,
        /// What it says.
        body: String,
        /// Report its fate under this id.
        track: Option<OutgoingId>,
    },
    /// "We are here."
    Available,
    /// "We are gone."
    Unavailable,
    /// "May we see your presence?"
    Subscribe(String),
    /// "You may see ours."
    Approve(String),
    /// "You may not see ours."
    Decline(String),
    /// "What is on our contact list?"
    FetchRoster,
    /// "What was said to us since then?" (XEP-0313)
    FetchArchive(Millis),
    /// The answer to a [`Query`].
    Reply {
        /// Who asked.
        to: Option<Address>,
        /// The id of the question.
        id: String,
        /// The answer.
        reply: Reply,
    },
}

/// An answer to a [`Query`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Done,
    /// Name and version.
    Version,
    /// What we can do.
    Features,
    /// We do not do that (for you).
    Refused,
}

/// Something an agent wants done at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Comes back with the answer.
    pub ticket: u64,
    /// The agent.
    pub agent: String,
    /// The stanza that asked for it, so that a repeat changes nothing.
    pub stanza: Option<String>,
    /// What.
    pub verb: Verb,
}

/// The desk's verbs, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Take a waiting chat, if they have fewer than `limit`.
    Accept {
        /// Which.
        chat: ChatId,
        /// How many an agent may handle at once.
        limit: u32,
    },
    /// Turn a waiting chat down.
    Cancel(ChatId),
    /// Close this chat, or the current one.
    Finish(Option<ChatId>),
    /// Make this chat the current one.
    Choose(ChatId),
    /// Say this in the current chat.
    Say(String),
    /// Say this in the given chat and make it the current one.
    SayIn(ChatId, String),
    /// Where does the agent stand?
    Status,
    /// Who is waiting?
    Waiting,
}

/// What the store answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// What came of a wish, and where the agent stands after it (not looked up when a line was said or repeated).
    Outcome(Outcome<ChatCard>, AgentStatus),
    /// Where the agent stands.
    Status(AgentStatus),
    /// The queue.
    Waiting(Vec<ChatCard>),
    /// It could not be done.
    Failed(ErrorKind),
}

/// Something for the store to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An agent is writing, or has stopped.
    Typing(String, bool),
    /// One of an agent's clients is there, or gone.
    Presence {
        /// The agent.
        agent: String,
        /// The client.
        resource: String,
        /// What it says of itself; `None` when it is gone.
        show: Option<Show>,
    },
    /// All presence is void.
    ForgetPresence,
    /// The name visitors read.
    Rename(String, String),
    /// An agent's server sent this back.
    Bounced(OutgoingId),
    /// What became of a claimed line.
    Settle(OutgoingId, Fate),
    /// The broker is alive, and connected or not.
    Beat(bool),
}
