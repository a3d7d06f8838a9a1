//! The read every waiting page repeats: one index probe when nothing is new.

use super::fault::Outcome;
use super::rows::{self, read_message};
use super::{Store, Sync};
use crate::bell;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::token::Token;
use crate::types::{Availability, ChatId, ChatState, Message};
use crate::visitor::{AgentView, Poll, State};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::atomic::Ordering;

const WHAT: &str = "poll the chat";

/// One statement, so that the chat's rev and the desk's are of the same moment; the desk's is read only while the
/// chat waits.
const GLANCE: &str = "SELECT id, last_seq, iif(state, rev, rev + (SELECT rev FROM desk WHERE id = 1))
FROM chat WHERE token = ?1";

const LOOK: &str = "SELECT c.state, c.reason, c.last_seq,
    c.rev + CASE c.state WHEN 0 THEN d.rev ELSE 0 END, c.agent_read, c.rating, a.name, c.agent_typing,
    d.show, d.connected, d.beat, c.id
    FROM chat c CROSS JOIN desk d LEFT JOIN agent a ON a.id = c.agent WHERE c.token = ?1 AND d.id = 1";

const POSITION: &str = "SELECT count(*) FROM chat WHERE state = 0 AND id <= ?1";

const MESSAGES: &str = "SELECT seq, sender, at, notice, name, key, text FROM message
    WHERE chat = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

const AVAILABILITY: &str = "SELECT show, connected, beat FROM desk WHERE id = 1";

/// What a poll compares before it reads anything else.
struct Glance {
    chat: ChatId,
    last_seq: i64,
    rev: i64,
}

impl Store {
    pub(crate) fn poll_chat(
        &self,
        token: &Token,
        poll: &Poll,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<State>> {
        let hash = token.hash();
        if poll.rev.is_some() || !poll.wait.is_zero() {
            let mut known = poll.rev;
            let news = bell::listen(poll.wait.min(limits::MAX_WAIT), go_on, || {
                self.notice_silence()?;
                let seen = self.reading(WHAT, |connection| glance(connection, hash, WHAT))?;
                // Without a rev the first look is what later ones are compared with.
                let rev = *known.get_or_insert(seen.rev);
                Ok((seen.rev != rev || seen.last_seq > poll.after).then_some(()))
            })?;
            if news.is_none() {
                return Ok(None);
            }
        }
        let now = self.now();
        self.reading(WHAT, |connection| look(connection, hash, poll, now)).map(Some)
    }

    /// A broker that died cannot say so. The first who notices its silence does, so that whoever polls with a rev
    /// hears of it. Looks as often as the file is looked at.
    fn notice_silence(&self) -> Result<()> {
        const WHAT: &str = "read the broker's heartbeat";
        let tick = self.0.checked.load(Ordering::Relaxed);
        if self.0.listened.load(Ordering::Relaxed) == tick {
            return Ok(());
        }
        self.0.listened.store(tick, Ordering::Relaxed);
        let now = self.now();
        let (connected, beat) = self.reading(WHAT, |connection| {
            let mut statement = connection.prepare_cached(AVAILABILITY)?;
            Ok(statement.query_row([], |row| Ok((row.get::<_, bool>(1)?, row.get::<_, i64>(2)?)))?)
        })?;
        if !connected || !is_silent(beat, now) {
            return Ok(());
        }
        self.writing(WHAT, Sync::No, |tx| {
            let gone = "UPDATE desk SET connected = 0 WHERE id = 1 AND connected = 1 AND beat = ?1";
            if tx.connection.prepare_cached(gone)?.execute([beat])? > 0 {
                tx.change_availability()?;
            }
            Ok(())
        })
    }

    pub(crate) fn read_availability(&self) -> Result<Availability> {
        let now = self.now();
        self.reading("read the availability", |connection| {
            Ok(connection
                .prepare_cached(AVAILABILITY)?
                .query_row([], |row| Ok(availability(row.get(0)?, row.get(1)?, row.get(2)?, now)))?)
        })
    }

    pub(crate) fn find_chat(&self, token: &Token) -> Result<ChatId> {
        let what = "find the chat";
        self.reading(what, |connection| Ok(glance(connection, token.hash(), what)?.chat))
    }
}

fn glance(connection: &Connection, hash: &[u8; 32], what: &str) -> Outcome<Glance> {
    connection
        .prepare_cached(GLANCE)?
        .query_row([hash.as_slice()], |row| {
            Ok(Glance { chat: ChatId(row.get(0)?), last_seq: row.get(1)?, rev: row.get(2)? })
        })
        .optional()?
        .ok_or_else(|| nobodys(what).into())
}

/// State first, messages after: a message that comes between is one too many, never one too few.
fn look(connection: &Connection, hash: &[u8; 32], poll: &Poll, now: i64) -> Outcome<State> {
    let read = |row: &Row<'_>| read_state(row, now);
    let state = connection.prepare_cached(LOOK)?.query_row([hash.as_slice()], read).optional()?;
    let mut state = state.ok_or_else(|| nobodys(WHAT))?;
    if state.state == ChatState::Waiting {
        let position =
            connection.prepare_cached(POSITION)?.query_row([state.chat.0], |row| row.get::<_, u32>(0))?;
        state.position = Some(position.max(1));
    }
    if state.last_seq > poll.after {
        state.messages = messages(connection, state.chat, poll)?;
    }
    Ok(state)
}

fn read_state(row: &Row<'_>, now: i64) -> rusqlite::Result<State> {
    let typing_until: i64 = row.get(7)?;
    let name: Option<String> = row.get(6)?;
    Ok(State {
        rev: row.get(3)?,
        chat: ChatId(row.get(11)?),
        state: rows::state(row.get(0)?, row.get(1)?),
        position: None,
        agent: name.map(|name| AgentView { name, typing: is_typing(typing_until, now) }),
        read: row.get(4)?,
        rating: row.get(5)?,
        last_seq: row.get(2)?,
        availability: availability(row.get(8)?, row.get(9)?, row.get(10)?, now),
        messages: Vec::new(),
    })
}

fn messages(connection: &Connection, chat: ChatId, poll: &Poll) -> Outcome<Vec<Message>> {
    let limit = match poll.limit {
        0 => limits::MAX_POLL_MESSAGES,
        limit => limit.min(limits::MAX_POLL_MESSAGES),
    };
    let mut statement = connection.prepare_cached(MESSAGES)?;
    let messages = statement.query_map(params![chat.0, poll.after, limit], read_message)?;
    Ok(messages.collect::<rusqlite::Result<_>>()?)
}

/// A broker that was not heard of for too long is gone, and with it everybody. A beat from the future is a clock that
/// jumped back: the next beat puts it right.
fn is_silent(beat: i64, now: i64) -> bool {
    (now - beat).abs() > limits::BROKER_SILENCE
}

/// Is what was promised until then still so? A promise for longer than promises hold is a clock that jumped back.
pub(super) fn is_typing(until: i64, now: i64) -> bool {
    (now + 1..=now + limits::TYPING_LASTS).contains(&until)
}

fn availability(show: i64, connected: bool, beat: i64, now: i64) -> Availability {
    if !connected || is_silent(beat, now) {
        return Availability::Offline;
    }
    match show {
        2 => Availability::Online,
        1 => Availability::Away,
        _ => Availability::Offline,
    }
}

pub(super) fn nobodys(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, what, "the token is nobody's")
}
