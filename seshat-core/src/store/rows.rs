//! The rows every write touches: the chat, its messages, the queue.

use super::fault::Outcome;
use crate::rules::Facts;
use crate::types::{ChatId, ChatState, CloseReason, Message, Notice, Sender};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// One immediate transaction, and the time it began.
pub(super) struct Tx<'c> {
    pub connection: &'c Connection,
    pub now: i64,
}

/// A chat as a write sees it: change the fields, then [`Tx::save`], or [`Tx::save_progress`] if it stays where it is
/// and whose it is.
pub(super) struct ChatRow {
    pub id: i64,
    pub state: ChatState,
    pub rev: i64,
    pub last_seq: i64,
    pub relayed: i64,
    pub agent: Option<i64>,
    pub agent_name: Option<String>,
    pub agent_read: i64,
    pub agent_typing: i64,
    pub bucket: i64,
}

impl ChatRow {
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts { state: self.state, agent: self.agent.zip(self.agent_name.as_deref()) }
    }
}

/// A message about to be stored.
pub(super) struct NewMessage<'a> {
    pub sender: Sender,
    pub name: Option<&'a str>,
    pub key: Option<&'a str>,
    pub text: &'a str,
    pub notice: Option<Notice>,
}

impl NewMessage<'_> {
    pub(super) fn notice(notice: Notice) -> Self {
        NewMessage {
            sender: Sender::System,
            name: None,
            key: None,
            text: notice.text(),
            notice: Some(notice),
        }
    }
}

/// Reads `seq, sender, at, notice, name, key, text`.
pub(super) fn read_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        seq: row.get(0)?,
        sender: sender(row.get(1)?),
        at: row.get(2)?,
        notice: row.get::<_, Option<i64>>(3)?.and_then(notice),
        name: row.get(4)?,
        key: row.get(5)?,
        text: row.get(6)?,
    })
}

pub(super) const BY_TOKEN: &str = concat!(
    "SELECT c.id, c.state, c.reason, c.rev, c.last_seq, c.relayed, c.agent, a.name, c.agent_read, c.agent_typing,",
    " c.bucket FROM chat c LEFT JOIN agent a ON a.id = c.agent WHERE c.token = ?1"
);
pub(super) const BY_ID: &str = concat!(
    "SELECT c.id, c.state, c.reason, c.rev, c.last_seq, c.relayed, c.agent, a.name, c.agent_read, c.agent_typing,",
    " c.bucket FROM chat c LEFT JOIN agent a ON a.id = c.agent WHERE c.id = ?1"
);

fn read_chat(row: &Row<'_>) -> rusqlite::Result<ChatRow> {
    Ok(ChatRow {
        id: row.get(0)?,
        state: state(row.get(1)?, row.get(2)?),
        rev: row.get(3)?,
        last_seq: row.get(4)?,
        relayed: row.get(5)?,
        agent: row.get(6)?,
        agent_name: row.get(7)?,
        agent_read: row.get(8)?,
        agent_typing: row.get(9)?,
        bucket: row.get(10)?,
    })
}

impl Tx<'_> {
    pub(super) fn chat_by_token(&self, hash: &[u8; 32]) -> Outcome<Option<ChatRow>> {
        Ok(self.connection.prepare_cached(BY_TOKEN)?.query_row([hash.as_slice()], read_chat).optional()?)
    }

    pub(super) fn chat(&self, chat: ChatId) -> Outcome<Option<ChatRow>> {
        Ok(self.connection.prepare_cached(BY_ID)?.query_row([chat.0], read_chat).optional()?)
    }

    /// Writes back what a [`ChatRow`] holds.
    pub(super) fn save(&self, chat: &ChatRow) -> Outcome<()> {
        let (state, reason) = state_numbers(chat.state);
        self.connection
            .prepare_cached("UPDATE chat SET state = ?2, reason = ?3, agent = ?4 WHERE id = ?1")?
            .execute(params![chat.id, state, reason, chat.agent])?;
        self.save_progress(chat)
    }

    /// Writes back what every message changes. State and agent stand in indexes, and naming them costs their
    /// upkeep even when they stay the same: a quarter of the time a message takes.
    pub(super) fn save_progress(&self, chat: &ChatRow) -> Outcome<()> {
        self.connection.prepare_cached(SAVE_PROGRESS)?.execute(params![
            chat.id,
            chat.rev,
            chat.last_seq,
            chat.relayed,
            chat.agent_read,
            chat.agent_typing,
            chat.bucket,
            self.now
        ])?;
        Ok(())
    }

    /// Appends a message. The chat's row is changed in memory only.
    pub(super) fn add_message(&self, chat: &mut ChatRow, new: &NewMessage<'_>) -> Outcome<Message> {
        chat.last_seq += 1;
        chat.rev += 1;
        self.connection.prepare_cached(ADD_MESSAGE)?.execute(params![
            chat.id,
            chat.last_seq,
            sender_number(new.sender),
            self.now,
            new.notice.map(|notice| notice as i64),
            new.name,
            new.key,
            new.text
        ])?;
        Ok(Message {
            seq: chat.last_seq,
            key: new.key.map(str::to_owned),
            sender: new.sender,
            name: new.name.map(str::to_owned),
            text: new.text.to_owned(),
            at: self.now,
            notice: new.notice,
        })
    }

    /// A waiting chat leaves the queue: others move up, and nobody is offered it any more. What its visitor saw
    /// as rev was its own plus the desk's; from now on its own alone must be larger.
    pub(super) fn leave_queue(&self, chat: &mut ChatRow) -> Outcome<()> {
        chat.rev += self.desk_rev()? + 1;
        self.change_queue()?;
        for sql in [DROP_OFFERS, DROP_OFFERED] {
            self.connection.prepare_cached(sql)?.execute([chat.id])?;
        }
        Ok(())
    }

    /// Somebody came, or all are gone: news to everybody whose chat goes on.
    pub(super) fn change_availability(&self) -> Outcome<()> {
        self.change_queue()?;
        let news = "UPDATE chat SET rev = rev + 1 WHERE state = 1 AND agent > 0";
        self.connection.prepare_cached(news)?.execute([])?;
        Ok(())
    }

    /// Places in the queue changed: waiting visitors have something new to see.
    pub(super) fn change_queue(&self) -> Outcome<()> {
        self.connection.prepare_cached("UPDATE desk SET rev = rev + 1 WHERE id = 1")?.execute([])?;
        Ok(())
    }

    fn desk_rev(&self) -> Outcome<i64> {
        Ok(self
            .connection
            .prepare_cached("SELECT rev FROM desk WHERE id = 1")?
            .query_row([], |row| row.get(0))?)
    }

    /// Offers a waiting chat to every available agent who was not offered it yet.
    pub(super) fn offer(&self, chat: i64) -> Outcome<()> {
        for sql in [OFFER_CHAT, REMEMBER_CHAT_OFFERS] {
            self.connection.prepare_cached(sql)?.execute([chat])?;
        }
        Ok(())
    }

    /// The agents' choice of a current chat, where it is this one, is gone.
    pub(super) fn forget_choice(&self, chat: &ChatRow) -> Outcome<()> {
        self.connection
            .prepare_cached("UPDATE agent SET current = NULL WHERE id = ?1 AND current = ?2")?
            .execute(params![chat.agent, chat.id])?;
        Ok(())
    }
}

const SAVE_PROGRESS: &str = "UPDATE chat SET rev = ?2, last_seq = ?3, relayed = ?4, agent_read = ?5,
    agent_typing = ?6, bucket = ?7, changed = ?8 WHERE id = ?1";

const ADD_MESSAGE: &str = "INSERT INTO message(chat, seq, sender, at, notice, name, key, text)
    VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const DROP_OFFERS: &str = "DELETE FROM outbox WHERE sending IN (0, 1) AND chat = ?1 AND seq = 0";
const DROP_OFFERED: &str = "DELETE FROM offered WHERE chat = ?1";

const OFFER_CHAT: &str = "INSERT OR IGNORE INTO outbox(chat, seq, agent, kind) SELECT ?1, 0, id, 0 FROM agent
    WHERE show = 2 AND NOT EXISTS(SELECT 1 FROM offered WHERE chat = ?1 AND agent = agent.id)";
const REMEMBER_CHAT_OFFERS: &str =
    "INSERT OR IGNORE INTO offered(chat, agent) SELECT ?1, id FROM agent WHERE show = 2";

pub(super) fn state(state: i64, reason: Option<i64>) -> ChatState {
    match (state, reason) {
        (0, _) => ChatState::Waiting,
        (1, _) => ChatState::Open,
        (_, Some(1)) => ChatState::Closed(CloseReason::Cancelled),
        (_, Some(2)) => ChatState::Closed(CloseReason::Abandoned),
        (_, Some(3)) => ChatState::Closed(CloseReason::Missed),
        _ => ChatState::Closed(CloseReason::Finished),
    }
}

fn state_numbers(state: ChatState) -> (i64, Option<i64>) {
    match state {
        ChatState::Waiting => (0, None),
        ChatState::Open => (1, None),
        ChatState::Closed(CloseReason::Finished) => (2, Some(0)),
        ChatState::Closed(CloseReason::Cancelled) => (2, Some(1)),
        ChatState::Closed(CloseReason::Abandoned) => (2, Some(2)),
        ChatState::Closed(CloseReason::Missed) => (2, Some(3)),
    }
}

fn notice(number: i64) -> Option<Notice> {
    Notice::ALL.into_iter().find(|notice| *notice as i64 == number)
}

fn sender(number: i64) -> Sender {
    match number {
        0 => Sender::Visitor,
        1 => Sender::Agent,
        _ => Sender::System,
    }
}

fn sender_number(sender: Sender) -> i64 {
    match sender {
        Sender::Visitor => 0,
        Sender::Agent => 1,
        Sender::System => 2,
    }
}
