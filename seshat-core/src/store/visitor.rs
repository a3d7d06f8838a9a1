//! The visitor's writes.

use super::fault::{Fault, Outcome};
use super::outbox::Kind;
use super::poll::nobodys;
use super::rows::{ChatRow, NewMessage, Tx, read_message};
use super::{Store, Sync};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{self, Rate};
use crate::text::{CleanLeave, CleanStart};
use crate::token::{Token, keyed_hash};
use crate::types::{ChatId, ChatState, CloseReason, Message, Notice, Sender};
use crate::visitor::Started;
use rusqlite::{OptionalExtension, params};
use std::time::Duration;

impl Store {
    pub(crate) fn start_chat(&self, start: &CleanStart<'_>) -> Result<Started> {
        const WHAT: &str = "start the chat";
        let token = match start.key {
            Some(key) => Token::for_key(&self.0.secret, key),
            None => Token::random()?,
        };
        let hash = token.hash();
        let address = start.limit.map(|limit| self.bucket_of(limit));
        let (chat, new) = self.writing(WHAT, Sync::Yes, |tx| {
            if start.key.is_some()
                && let Some(chat) = tx.chat_by_token(hash)?
            {
                return Ok((ChatId(chat.id), false));
            }
            tx.count_against_address(address, WHAT)?;
            tx.check_fields(start.fields, WHAT)?;
            let mut chat = tx.insert_chat(hash, start)?;
            if let Some(text) = start.text.as_deref() {
                let first = NewMessage { sender: Sender::Visitor, name: None, key: None, text, notice: None };
                tx.add_message(&mut chat, &first)?;
                tx.save_progress(&chat)?;
            }
            tx.offer(chat.id)?;
            Ok((ChatId(chat.id), true))
        })?;
        Ok(Started { chat, token, new })
    }

    pub(crate) fn send_message(
        &self,
        token: &Token,
        text: &str,
        key: Option<&str>,
        rate: Option<Rate>,
    ) -> Result<Message> {
        const WHAT: &str = "send the message";
        let hash = token.hash();
        self.writing(WHAT, Sync::Yes, |tx| {
            let mut chat = tx.chat_by_token(hash)?.ok_or_else(|| nobodys(WHAT))?;
            if let Some(first) = tx.message_by_key(&chat, key)? {
                return same_text(first, text, WHAT);
            }
            if let ChatState::Closed(_) = chat.state {
                return Err(Error::new(ErrorKind::Closed, WHAT, "the chat is closed").into());
            }
            if let Some(rate) = rate {
                chat.bucket = rate.take(chat.bucket, tx.now).map_err(|after| limited(WHAT, after))?;
            }
            let message = NewMessage { sender: Sender::Visitor, name: None, key, text, notice: None };
            let message = tx.add_message(&mut chat, &message)?;
            tx.save_progress(&chat)?;
            if let (ChatState::Open, Some(agent)) = (chat.state, chat.agent) {
                tx.queue(chat.id, message.seq, agent, Kind::Line)?;
            }
            Ok(message)
        })
    }

    pub(crate) fn finish_by_visitor(&self, token: &Token) -> Result<()> {
        const WHAT: &str = "finish the chat";
        let hash = token.hash();
        self.writing(WHAT, Sync::Yes, |tx| {
            let mut chat = tx.chat_by_token(hash)?.ok_or_else(|| nobodys(WHAT))?;
            let reason = match chat.state {
                ChatState::Closed(_) => return Ok(()),
                ChatState::Waiting => {
                    tx.leave_queue(&mut chat)?;
                    CloseReason::Abandoned
                }
                ChatState::Open => CloseReason::Finished,
            };
            let message = tx.close(&mut chat, reason, Notice::Closed)?;
            if let (CloseReason::Finished, Some(agent)) = (reason, chat.agent) {
                tx.queue(chat.id, message.seq, agent, Kind::Closed)?;
            }
            Ok(())
        })
    }

    pub(crate) fn set_visitor_typing(&self, token: &Token, typing: bool) -> Result<()> {
        const WHAT: &str = "set the typing state";
        let hash = token.hash();
        self.writing(WHAT, Sync::No, |tx| {
            let until = if typing { tx.now + limits::TYPING_LASTS } else { 0 };
            let set =
                "UPDATE chat SET visitor_typing = CASE state WHEN 2 THEN 0 ELSE ?2 END WHERE token = ?1";
            found(tx.connection.prepare_cached(set)?.execute(params![hash.as_slice(), until])?, WHAT)
        })
    }

    pub(crate) fn set_visitor_read(&self, token: &Token, seq: i64) -> Result<()> {
        const WHAT: &str = "mark the chat as read";
        let hash = token.hash();
        self.writing(WHAT, Sync::No, |tx| {
            let chat = tx.chat_by_token(hash)?.ok_or_else(|| nobodys(WHAT))?;
            if seq > chat.last_seq {
                let cause = format!("it has no message {seq}");
                return Err(Error::new(ErrorKind::Invalid, WHAT, cause).with_field("seq").into());
            }
            let set = "UPDATE chat SET visitor_read = max(visitor_read, ?2) WHERE id = ?1";
            tx.connection.prepare_cached(set)?.execute(params![chat.id, seq])?;
            Ok(())
        })
    }

    pub(crate) fn set_rating(&self, token: &Token, rating: i8) -> Result<()> {
        const WHAT: &str = "rate the chat";
        let hash = token.hash();
        self.writing(WHAT, Sync::Yes, |tx| {
            let set = "UPDATE chat SET rating = ?2, rev = rev + (rating <> ?2) WHERE token = ?1";
            found(tx.connection.prepare_cached(set)?.execute(params![hash.as_slice(), rating])?, WHAT)
        })
    }

    pub(crate) fn leave_message(&self, left: &CleanLeave<'_>) -> Result<i64> {
        const WHAT: &str = "leave the message";
        let address = left.limit.map(|limit| self.bucket_of(limit));
        self.writing(WHAT, Sync::Yes, |tx| {
            if let Some((id, text)) = tx.left_by_key(left.key)? {
                return if text == left.text { Ok(id) } else { Err(reused(WHAT)) };
            }
            tx.count_against_address(address, WHAT)?;
            let insert =
                "INSERT INTO left_message(at, name, email, page, key, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
            tx.connection
                .prepare_cached(insert)?
                .execute(params![tx.now, left.name, left.email, left.page, left.key, left.text])?;
            let id = tx.connection.last_insert_rowid();
            tx.queue_for_all(id)?;
            Ok(id)
        })
    }

    /// Where a visitor's address is counted: only its keyed hash is ever stored.
    fn bucket_of(&self, (address, rate): (&str, Rate)) -> ([u8; 32], Rate) {
        (keyed_hash(&self.0.secret, "address", address), rate)
    }
}

impl Tx<'_> {
    /// Ends a chat and tells the visitor.
    pub(super) fn close(&self, chat: &mut ChatRow, reason: CloseReason, notice: Notice) -> Outcome<Message> {
        let message = self.add_message(chat, &NewMessage::notice(notice))?;
        chat.state = ChatState::Closed(reason);
        chat.agent_typing = 0;
        self.save(chat)?;
        self.forget_choice(chat)?;
        Ok(message)
    }

    fn insert_chat(&self, hash: &[u8; 32], start: &CleanStart<'_>) -> Outcome<ChatRow> {
        self.connection
            .prepare_cached("INSERT INTO chat(token, visitor, created, changed) VALUES(?1, ?2, ?3, ?3)")?
            .execute(params![hash.as_slice(), start.name, self.now])?;
        let id = self.connection.last_insert_rowid();
        let insert = "INSERT INTO detail(chat, email, page, locale, fields) VALUES(?1, ?2, ?3, ?4, ?5)";
        self.connection.prepare_cached(insert)?.execute(params![
            id,
            start.email,
            start.page,
            start.locale,
            start.fields
        ])?;
        Ok(ChatRow {
            id,
            state: ChatState::Waiting,
            rev: 1,
            last_seq: 0,
            relayed: 0,
            agent: None,
            agent_name: None,
            agent_read: 0,
            agent_typing: 0,
            bucket: 0,
        })
    }

    fn check_fields(&self, fields: Option<&str>, what: &str) -> Outcome<()> {
        let Some(fields) = fields else { return Ok(()) };
        // NULL for what is no JSON at all.
        let check = "SELECT CASE WHEN json_valid(?1) THEN json_type(?1) = 'object' ELSE 0 END";
        if self.connection.prepare_cached(check)?.query_row([fields], |row| row.get(0))? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Invalid, what, "the fields must be a JSON object")
            .with_field("fields")
            .into())
    }

    fn count_against_address(&self, address: Option<([u8; 32], Rate)>, what: &str) -> Outcome<()> {
        let Some((hash, rate)) = address else { return Ok(()) };
        // Buckets that are full again say nothing any more.
        self.connection.prepare_cached("DELETE FROM address WHERE bucket < ?1")?.execute([self.now])?;
        let stored = self
            .connection
            .prepare_cached("SELECT bucket FROM address WHERE hash = ?1")?
            .query_row([hash.as_slice()], |row| row.get(0))
            .optional()?;
        let bucket = rate.take(stored.unwrap_or(0), self.now).map_err(|after| limited(what, after))?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO address(hash, bucket) VALUES(?1, ?2)")?
            .execute(params![hash.as_slice(), bucket])?;
        Ok(())
    }

    fn message_by_key(&self, chat: &ChatRow, key: Option<&str>) -> Outcome<Option<Message>> {
        let Some(key) = key else { return Ok(None) };
        let sql = "SELECT seq, sender, at, notice, name, key, text FROM message WHERE chat = ?1 AND key = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![chat.id, key], read_message).optional()?)
    }

    fn left_by_key(&self, key: Option<&str>) -> Outcome<Option<(i64, String)>> {
        let Some(key) = key else { return Ok(None) };
        let sql = "SELECT id, text FROM left_message WHERE key = ?1";
        let first =
            self.connection.prepare_cached(sql)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(first.optional()?)
    }
}

fn same_text(first: Message, text: &str, what: &str) -> Outcome<Message> {
    if first.text == text { Ok(first) } else { Err(reused(what)) }
}

/// Returning the first result for other words would lose these words without a trace.
fn reused(what: &str) -> Fault {
    Error::new(ErrorKind::Invalid, what, "the key was used before for another text").with_field("key").into()
}

fn limited(what: &str, after: Duration) -> Error {
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    Error::new(ErrorKind::Limited, what, format!("too many in a short time; try again in {seconds} s"))
        .with_retry_after(after)
}

fn found(rows: usize, what: &str) -> Outcome<()> {
    if rows == 0 { Err(nobodys(what).into()) } else { Ok(()) }
}
