//! The desk: what agents do with chats, and what the broker needs to carry words both ways.
//!
//! It speaks of agents by an opaque address (the broker uses bare JIDs, lower-cased) and knows no XMPP.
//! A verb that an agent's line caused takes an [`Act`]; a line heard before is a [`Outcome::Repeat`] and changes
//! nothing, because its stanza id was remembered in the transaction that obeyed it.

use crate::error::Result;
use crate::store::Store;
use crate::text;
use crate::types::{ChatId, CloseReason, Message, Millis, Show};

/// Who did it, and by which stanza.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The agent's address.
    pub agent: &'a str,
    /// The id of the stanza that asked for it, unique for this agent; `None` if there is none to remember.
    pub stanza: Option<&'a str>,
}

/// What came of an agent's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was done.
    Done(T),
    /// It may not be done.
    Refused(Refusal),
    /// That very stanza was obeyed before.
    Repeat,
}

/// Why an agent may not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no chat of this number.
    NoSuchChat,
    /// The chat is over.
    Closed(CloseReason),
    /// Another agent has it.
    Taken {
        /// That agent's name.
        by: String,
    },
    /// The agent has it already.
    Yours,
    /// It is still waiting: accept it first.
    Waiting,
    /// The agent already handles as many chats as allowed.
    TooMany {
        /// How many that is.
        limit: u32,
    },
    /// The agent handles no chat.
    NoChat,
    /// The agent handles chats but has chosen none of them.
    NoneChosen,
}

/// A chat as agents see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatCard {
    /// Its number.
    pub chat: ChatId,
    /// The visitor's name.
    pub visitor: String,
    /// When it began.
    pub started: Millis,
    /// The page it was started from.
    pub page: Option<String>,
}

/// Where an agent stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentStatus {
    /// The chats they handle, oldest first.
    pub chats: Vec<ChatCard>,
    /// The one their plain lines go to.
    pub current: Option<ChatId>,
    /// How many chats wait in the queue.
    pub waiting: u32,
}

/// The key of something to be said to an agent: the same on every repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutgoingId {
    /// The chat; 0 for messages left while nobody was there.
    pub chat: ChatId,
    /// The message's seq; 0 for an offer; the number of a left message.
    pub seq: i64,
    /// The agent's address.
    pub to: String,
}

/// Something to be said to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Acknowledge it by this.
    pub id: OutgoingId,
    /// The id its stanza must carry: stable over repeats, different between stores.
    pub stanza: String,
    /// How often it was claimed, this time included.
    pub attempt: u32,
    /// What to say.
    pub what: What,
}

/// The kinds of things said to agents out of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A chat waits.
    Offer {
        /// The visitor's name.
        visitor: String,
    },
    /// The visitor said something.
    Line {
        /// The visitor's name.
        visitor: String,
        /// The text.
        text: String,
        /// Does the agent handle more than one chat, so that the line must say whose it is?
        several: bool,
    },
    /// The visitor ended the chat.
    Closed {
        /// The visitor's name.
        visitor: String,
        /// Does the agent still handle other chats?
        several: bool,
    },
    /// Somebody left a message while nobody was there.
    Left {
        /// The visitor's name.
        visitor: String,
        /// Where to answer.
        email: String,
        /// The text.
        text: String,
        /// The page it was written on.
        page: Option<String>,
    },
}

/// An agent of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// The address: opaque here, compared byte by byte.
    pub address: String,
    /// What visitors read.
    pub name: String,
}

/// The agents' side of a [`Store`].
#[derive(Clone, Copy, Debug)]
pub struct Desk<'s>(pub(crate) &'s Store);

impl Store {
    /// The agents' side, for the broker. Websites have no use for it.
    pub fn desk(&self) -> Desk<'_> {
        Desk(self)
    }
}

impl Desk<'_> {
    /// Accepts a waiting chat and makes it the agent's current one. The visitor reads "Your chat has started.",
    /// and what they said so far goes out to the agent.
    ///
    /// # Errors
    /// `Busy`, `Io`, and so for every verb here; refusals are in the [`Outcome`].
    pub fn accept(&self, act: Act<'_>, chat: ChatId, limit: u32) -> Result<Outcome<ChatCard>> {
        self.0.accept_chat(act, chat, limit)
    }

    /// Turns a waiting chat down. The visitor is told.
    pub fn cancel(&self, act: Act<'_>, chat: ChatId) -> Result<Outcome<ChatCard>> {
        self.0.cancel_chat(act, chat)
    }

    /// Closes the agent's current chat, or the given one of theirs.
    pub fn finish(&self, act: Act<'_>, chat: Option<ChatId>) -> Result<Outcome<ChatCard>> {
        self.0.finish_by_agent(act, chat)
    }

    /// Makes one of the agent's chats the current one.
    pub fn choose(&self, act: Act<'_>, chat: ChatId) -> Result<Outcome<ChatCard>> {
        self.0.choose_chat(act, chat)
    }

    /// Says `text` to the visitor of the agent's current chat, or of the given one of theirs, which becomes the
    /// current one with it. The text is cleaned as visitors' texts are; a longer one than [`limits::MAX_TEXT_CHARS`](crate::limits) is an error.
    ///
    /// # Errors
    /// `Invalid` for an empty text, `TooLong`.
    pub fn say(
        &self,
        act: Act<'_>,
        chat: Option<ChatId>,
        text: &str,
    ) -> Result<Outcome<(ChatCard, Message)>> {
        let text = text::clean_message("relay the line", text)?;
        self.0.agent_says(act, chat, &text)
    }

    /// The agent is writing in their current chat, or has stopped. Never synced.
    pub fn typing(&self, agent: &str, typing: bool) -> Result<()> {
        self.0.set_agent_typing(agent, typing)
    }

    /// Takes an open chat from its agent and puts it back in the queue, at the place its age gives it. The
    /// visitor is told; what the agent's server never acknowledged goes to the next agent. `false` if the chat
    /// is not open.
    pub fn requeue(&self, chat: ChatId) -> Result<bool> {
        self.0.requeue_chat(chat)
    }

    /// An agent's server sent this back, acknowledged or not. A line's chat goes back in the queue, if that agent
    /// still has it, and the line to the next agent: then `true`. A left message is kept for whoever comes next.
    pub fn bounced(&self, id: &OutgoingId) -> Result<bool> {
        self.0.outgoing_bounced(id)
    }

    /// The queue, next first, at most `limit`.
    pub fn waiting(&self, limit: u32) -> Result<Vec<ChatCard>> {
        self.0.waiting_chats(limit)
    }

    /// Where an agent stands.
    pub fn status(&self, agent: &str) -> Result<AgentStatus> {
        self.0.agent_status(agent)
    }

    /// When an agent's stanza was last obeyed, as far as that is remembered. What was said since then and got lost
    /// on its way can be asked for again: repeats change nothing.
    pub fn last_heard(&self) -> Result<Option<Millis>> {
        self.0.last_heard()
    }

    /// Sets who the agents are. Chats of agents that are no more go back in the queue; their numbers are
    /// returned.
    pub fn set_agents(&self, agents: &[AgentEntry]) -> Result<Vec<ChatId>> {
        self.0.replace_agents(agents)
    }

    /// Gives an agent another display name, for lines from now on.
    pub fn rename(&self, agent: &str, name: &str) -> Result<()> {
        self.0.rename_agent(agent, name)
    }

    /// One of an agent's clients is there (`Some`) or gone (`None`). An agent that becomes available is offered
    /// every waiting chat they were not offered yet.
    pub fn presence(&self, agent: &str, resource: &str, show: Option<Show>) -> Result<()> {
        self.0.set_presence(agent, resource, show)
    }

    /// Forgets all presence: the connection to the server is new, or gone.
    pub fn forget_presence(&self) -> Result<()> {
        self.0.clear_presence()
    }

    /// Says that the broker is alive, and whether it is connected; forgets old stanzas and lapsed typing. Call it every
    /// [`limits::HEARTBEAT`](crate::limits::HEARTBEAT) ms. `connected: false` makes availability "offline" at once.
    pub fn beat(&self, connected: bool) -> Result<()> {
        self.0.beat(connected)
    }

    /// Takes up to `limit` things to say, in each chat's order, and marks them as being sent.
    pub fn claim(&self, limit: u32) -> Result<Vec<Outgoing>> {
        self.0.claim_outgoing(limit)
    }

    /// The server has them: they leave the queue.
    pub fn acknowledge(&self, ids: &[OutgoingId]) -> Result<()> {
        self.0.acknowledge_outgoing(ids)
    }

    /// Nobody knows whether the server has them: they go back to the queue, to be sent again with the same ids.
    pub fn release(&self, ids: &[OutgoingId]) -> Result<()> {
        self.0.release_outgoing(ids)
    }

    /// Releases everything an earlier broker had claimed. Once, at start.
    pub fn recover(&self) -> Result<()> {
        self.0.release_all()
    }
}
