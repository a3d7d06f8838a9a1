//! What agents do with chats. Whoever may do what is decided by `rules`; here it is done, in one transaction
//! together with remembering the stanza that asked for it.

use super::fault::Outcome as Attempt;
use super::outbox::Kind;
use super::poll::is_typing;
use super::rows::{ChatRow, NewMessage, Tx};
use super::{Store, Sync};
use crate::desk::{Act, AgentStatus, ChatCard, Outcome, OutgoingId, Refusal};
use crate::error::{Error, ErrorKind, Result};
use crate::rules;
use crate::types::{ChatId, ChatState, CloseReason, Message, Millis, Notice, Sender};
use rusqlite::{OptionalExtension, Row, params};

/// An agent of the configuration, as the verbs need it.
pub(super) struct AgentRow {
    pub id: i64,
    pub name: String,
    pub current: Option<i64>,
}

pub(super) const WAITING: &str = "SELECT c.id, c.visitor, c.created, d.page FROM chat c
    LEFT JOIN detail d ON d.chat = c.id WHERE c.state = 0 AND c.id > 0 ORDER BY c.id LIMIT ?1";

pub(super) const HELD: &str = "SELECT c.id, c.visitor, c.created, d.page FROM chat c
    LEFT JOIN detail d ON d.chat = c.id WHERE c.state = 1 AND c.agent = ?1 ORDER BY c.id";

pub(super) const COUNT_HELD: &str = "SELECT count(*) FROM chat WHERE state = 1 AND agent = ?1";

impl Store {
    pub(crate) fn accept_chat(&self, act: Act<'_>, chat: ChatId, limit: u32) -> Result<Outcome<ChatCard>> {
        const WHAT: &str = "accept the chat";
        self.obey(WHAT, act, |tx, agent| {
            let Some(mut row) = tx.chat(chat)? else { return refuse(Refusal::NoSuchChat) };
            if let Err(refusal) = rules::accept(&row.facts(), agent.id, tx.count_held(agent.id)?, limit) {
                return refuse(refusal);
            }
            tx.leave_queue(&mut row)?;
            row.state = ChatState::Open;
            row.agent = Some(agent.id);
            row.agent_name = Some(agent.name.clone());
            tx.queue_unrelayed(&row, agent.id)?;
            tx.add_message(&mut row, &NewMessage::notice(Notice::Accepted))?;
            tx.save(&row)?;
            tx.set_current(agent.id, Some(row.id))?;
            Ok(Outcome::Done(tx.card(&row)?))
        })
    }

    pub(crate) fn cancel_chat(&self, act: Act<'_>, chat: ChatId) -> Result<Outcome<ChatCard>> {
        self.obey("cancel the chat", act, |tx, agent| {
            let Some(mut row) = tx.chat(chat)? else { return refuse(Refusal::NoSuchChat) };
            if let Err(refusal) = rules::cancel(&row.facts(), agent.id) {
                return refuse(refusal);
            }
            tx.leave_queue(&mut row)?;
            tx.close(&mut row, CloseReason::Cancelled, Notice::Cancelled)?;
            Ok(Outcome::Done(tx.card(&row)?))
        })
    }

    pub(crate) fn finish_by_agent(&self, act: Act<'_>, chat: Option<ChatId>) -> Result<Outcome<ChatCard>> {
        self.obey("finish the chat", act, |tx, agent| {
            let mut row = match tx.own_chat(agent, chat)? {
                Ok(row) => row,
                Err(refusal) => return refuse(refusal),
            };
            tx.close(&mut row, CloseReason::Finished, Notice::Closed)?;
            Ok(Outcome::Done(tx.card(&row)?))
        })
    }

    pub(crate) fn choose_chat(&self, act: Act<'_>, chat: ChatId) -> Result<Outcome<ChatCard>> {
        self.obey("choose the chat", act, |tx, agent| {
            let row = match tx.own_chat(agent, Some(chat))? {
                Ok(row) => row,
                Err(refusal) => return refuse(refusal),
            };
            tx.set_current(agent.id, Some(row.id))?;
            Ok(Outcome::Done(tx.card(&row)?))
        })
    }

    pub(crate) fn agent_says(
        &self,
        act: Act<'_>,
        chat: Option<ChatId>,
        text: &str,
    ) -> Result<Outcome<(ChatCard, Message)>> {
        self.obey("relay the line", act, |tx, agent| {
            let mut row = match tx.own_chat(agent, chat)? {
                Ok(row) => row,
                Err(refusal) => return refuse(refusal),
            };
            // Who answers has read what reached them.
            row.agent_read = row.agent_read.max(row.relayed);
            row.agent_typing = 0;
            let new =
                NewMessage { sender: Sender::Agent, name: Some(&agent.name), key: None, text, notice: None };
            let message = tx.add_message(&mut row, &new)?;
            tx.save_progress(&row)?;
            if chat.is_some() {
                tx.set_current(agent.id, Some(row.id))?;
            }
            Ok(Outcome::Done((tx.card(&row)?, message)))
        })
    }

    pub(crate) fn set_agent_typing(&self, agent: &str, typing: bool) -> Result<()> {
        const WHAT: &str = "set the typing state";
        self.writing(WHAT, Sync::No, |tx| {
            let agent = tx.agent(agent, WHAT)?;
            let Ok(mut row) = tx.own_chat(&agent, None)? else { return Ok(()) };
            let until = if typing { tx.now + crate::limits::TYPING_LASTS } else { 0 };
            // Only the begin and the end are news; what prolongs is not. A begin that lapsed unnoticed still wants its
            // end: who polls with a rev has not heard of it.
            let begun = row.agent_typing != 0;
            if typing != begun || (typing && !is_typing(row.agent_typing, tx.now)) {
                row.rev += 1;
            }
            row.agent_typing = until;
            tx.save_progress(&row)
        })
    }

    pub(crate) fn requeue_chat(&self, chat: ChatId) -> Result<bool> {
        self.writing("put the chat back in the queue", Sync::Yes, |tx| match tx.chat(chat)? {
            Some(mut row) if row.state == ChatState::Open => {
                tx.requeue(&mut row)?;
                Ok(true)
            }
            _ => Ok(false),
        })
    }

    pub(crate) fn outgoing_bounced(&self, id: &OutgoingId) -> Result<bool> {
        const WHAT: &str = "take back what bounced";
        self.writing(WHAT, Sync::Yes, |tx| {
            if id.chat.0 == 0 {
                tx.forget_delivery(id.seq)?;
                return Ok(false);
            }
            // An offer that comes back changes nothing, nor does what was said to somebody who is no agent any more.
            let Ok(agent) = tx.agent(&id.to, WHAT) else { return Ok(false) };
            match tx.chat(id.chat)? {
                Some(mut row)
                    if id.seq > 0 && row.state == ChatState::Open && row.agent == Some(agent.id) =>
                {
                    // It was acknowledged, maybe: by the agent's server, before it knew better.
                    row.relayed = row.relayed.min(id.seq - 1);
                    tx.requeue(&mut row)?;
                    Ok(true)
                }
                _ => Ok(false),
            }
        })
    }

    pub(crate) fn waiting_chats(&self, limit: u32) -> Result<Vec<ChatCard>> {
        self.reading("list the queue", |connection| {
            let mut statement = connection.prepare_cached(WAITING)?;
            let cards = statement.query_map([limit], read_card)?;
            Ok(cards.collect::<rusqlite::Result<_>>()?)
        })
    }

    pub(crate) fn agent_status(&self, agent: &str) -> Result<AgentStatus> {
        const WHAT: &str = "read the agent's status";
        let now = self.now();
        self.reading(WHAT, |connection| {
            let tx = Tx { connection, now };
            let agent = tx.agent(agent, WHAT)?;
            let mut statement = connection.prepare_cached(HELD)?;
            let chats = statement.query_map([agent.id], read_card)?.collect::<rusqlite::Result<_>>()?;
            let waiting = "SELECT count(*) FROM chat WHERE state = 0 AND id > 0";
            Ok(AgentStatus {
                chats,
                current: agent.current.map(ChatId),
                waiting: connection.prepare_cached(waiting)?.query_row([], |row| row.get(0))?,
            })
        })
    }

    pub(crate) fn last_heard(&self) -> Result<Option<Millis>> {
        let now = self.now();
        self.reading("read when an agent was last heard", |connection| {
            // What was heard in the future was heard before the clock jumped back: it says nothing.
            let last = "SELECT max(at) FROM heard WHERE at <= ?1";
            Ok(connection.prepare_cached(last)?.query_row([now], |row| row.get(0))?)
        })
    }

    /// Runs what an agent's stanza asks for, unless that stanza was obeyed before.
    fn obey<T>(
        &self,
        what: &str,
        act: Act<'_>,
        work: impl FnOnce(&Tx<'_>, &AgentRow) -> Attempt<Outcome<T>>,
    ) -> Result<Outcome<T>> {
        self.writing(what, Sync::Yes, |tx| {
            let agent = tx.agent(act.agent, what)?;
            if let Some(stanza) = act.stanza
                && !tx.remember(agent.id, stanza)?
            {
                return Ok(Outcome::Repeat);
            }
            work(tx, &agent)
        })
    }
}

impl Tx<'_> {
    /// An agent of the configuration, by address.
    pub(super) fn agent(&self, address: &str, what: &str) -> Attempt<AgentRow> {
        let sql = "SELECT id, name, current FROM agent WHERE address = ?1 AND active = 1";
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row([address], |row| {
                Ok(AgentRow { id: row.get(0)?, name: row.get(1)?, current: row.get(2)? })
            })
            .optional()?;
        row.ok_or_else(|| Error::new(ErrorKind::NotFound, what, format!("`{address}` is no agent")).into())
    }

    /// An open chat goes back in the queue, at the place its age gives it.
    pub(super) fn requeue(&self, row: &mut ChatRow) -> Attempt<()> {
        self.unqueue(row)?;
        self.forget_choice(row)?;
        row.state = ChatState::Waiting;
        row.agent = None;
        row.agent_name = None;
        row.agent_typing = 0;
        self.add_message(row, &NewMessage::notice(Notice::Requeued))?;
        self.save(row)?;
        self.change_queue()?;
        self.offer(row.id)
    }

    /// The chat an agent's words are for: the given one or the current one, if it is theirs and open.
    fn own_chat(
        &self,
        agent: &AgentRow,
        chat: Option<ChatId>,
    ) -> Attempt<std::result::Result<ChatRow, Refusal>> {
        let Some(chat) = chat.or(agent.current.map(ChatId)) else {
            let none = if self.count_held(agent.id)? == 0 { Refusal::NoChat } else { Refusal::NoneChosen };
            return Ok(Err(none));
        };
        let Some(row) = self.chat(chat)? else { return Ok(Err(Refusal::NoSuchChat)) };
        Ok(match rules::handle(&row.facts(), agent.id) {
            Ok(()) => Ok(row),
            Err(refusal) => Err(refusal),
        })
    }

    fn count_held(&self, agent: i64) -> Attempt<u32> {
        Ok(self.connection.prepare_cached(COUNT_HELD)?.query_row([agent], |row| row.get(0))?)
    }

    fn set_current(&self, agent: i64, chat: Option<i64>) -> Attempt<()> {
        let set = "UPDATE agent SET current = ?2 WHERE id = ?1";
        self.connection.prepare_cached(set)?.execute(params![agent, chat])?;
        Ok(())
    }

    /// False if this stanza of this agent was obeyed before.
    fn remember(&self, agent: i64, stanza: &str) -> Attempt<bool> {
        let insert = "INSERT OR IGNORE INTO heard(agent, stanza, at) VALUES(?1, ?2, ?3)";
        Ok(self.connection.prepare_cached(insert)?.execute(params![agent, stanza, self.now])? == 1)
    }

    /// What the visitor said so far and no agent's server has goes out to the agent who accepted.
    fn queue_unrelayed(&self, row: &ChatRow, agent: i64) -> Attempt<()> {
        let insert = "INSERT INTO outbox(chat, seq, agent, kind) SELECT chat, seq, ?3, ?4 FROM message
            WHERE chat = ?1 AND seq > ?2 AND sender = 0";
        let line = Kind::Line as i64;
        self.connection.prepare_cached(insert)?.execute(params![row.id, row.relayed, agent, line])?;
        Ok(())
    }

    fn card(&self, row: &ChatRow) -> Attempt<ChatCard> {
        let sql = "SELECT c.id, c.visitor, c.created, d.page FROM chat c
            LEFT JOIN detail d ON d.chat = c.id WHERE c.id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([row.id], read_card)?)
    }
}

fn read_card(row: &Row<'_>) -> rusqlite::Result<ChatCard> {
    Ok(ChatCard { chat: ChatId(row.get(0)?), visitor: row.get(1)?, started: row.get(2)?, page: row.get(3)? })
}

fn refuse<T>(refusal: Refusal) -> Attempt<Outcome<T>> {
    Ok(Outcome::Refused(refusal))
}
