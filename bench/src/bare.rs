//! The limit: the statements that storing and reading a line cannot do without, prepared once, nothing around them.

use crate::rounds::Outcome;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};
use seshat_core::Durability;
use std::cell::Cell;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bare statements on the file of a store with one chat.
pub struct Bare {
    connection: Connection,
    token: [u8; 32],
    last: Cell<i64>,
}

impl Bare {
    /// `full` is SQLite's own: a sync inside every commit.
    pub fn open(path: &Path, durability: Durability) -> Outcome<Bare> {
        let connection = Connection::open(path)?;
        let synchronous = if durability == Durability::Full { "FULL" } else { "NORMAL" };
        connection.execute_batch(&format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4000;
             PRAGMA foreign_keys = ON;"
        ))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let token = connection.query_row("SELECT token FROM chat", [], |row| row.get(0))?;
        let last = connection.query_row("SELECT last_seq FROM chat", [], |row| row.get(0))?;
        Ok(Bare { connection, token, last: Cell::new(last) })
    }

    /// One line of an open chat: find the chat, store the line, move the chat on, queue it for the broker.
    pub fn send(&self, text: &str) -> Outcome<()> {
        let c = &self.connection;
        c.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let (chat, last, agent): (i64, i64, i64) = c
            .prepare_cached("SELECT id, last_seq, agent FROM chat WHERE token = ?1")?
            .query_row([self.token.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let seq = last + 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
        c.prepare_cached("INSERT INTO message(chat, seq, sender, at, text) VALUES(?1, ?2, 0, ?3, ?4)")?
            .execute(params![chat, seq, now, text])?;
        c.prepare_cached("UPDATE chat SET last_seq = ?2, rev = rev + 1, changed = ?3 WHERE id = ?1")?
            .execute(params![chat, seq, now])?;
        c.prepare_cached("INSERT INTO outbox(chat, seq, agent, kind) VALUES(?1, ?2, ?3, 1)")?
            .execute(params![chat, seq, agent])?;
        c.prepare_cached("COMMIT")?.execute([])?;
        self.last.set(seq);
        Ok(())
    }

    /// Is there anything new?
    pub fn poll_idle(&self) -> Outcome<()> {
        self.connection
            .prepare_cached("SELECT id, last_seq, rev FROM chat WHERE token = ?1")?
            .query_row([self.token.as_slice()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })
            .optional()?
            .ok_or("the chat is gone")?;
        Ok(())
    }

    /// What a page shows of the chat, its agent and the desk, and the last five messages.
    pub fn poll_five(&self) -> Outcome<()> {
        self.connection
            .prepare_cached(
                "SELECT c.id, c.state, c.reason, c.rev, c.last_seq, c.agent_read, c.rating, c.agent_typing, a.name,
                 d.show, d.connected, d.beat FROM chat c CROSS JOIN desk d LEFT JOIN agent a ON a.id = c.agent
                 WHERE c.token = ?1 AND d.id = 1",
            )?
            .query_row([self.token.as_slice()], |row| {
                let chat = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?);
                let counts = (row.get::<_, i64>(3)?, row.get::<_, i64>(4)?, row.get::<_, i64>(5)?);
                let agent = (row.get::<_, i64>(6)?, row.get::<_, i64>(7)?, row.get::<_, Option<String>>(8)?);
                let desk = (row.get::<_, i64>(9)?, row.get::<_, i64>(10)?, row.get::<_, i64>(11)?);
                Ok((chat, counts, agent, desk))
            })?;
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, sender, at, notice, name, key, text FROM message WHERE chat = 1 AND seq > ?1
             ORDER BY seq LIMIT 100",
        )?;
        let rows = statement.query_map([self.last.get() - 5], |row| {
            let numbers = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?);
            let words = (
                row.get::<_, Option<String>>(4)?,
                row.get::<_, Option<String>>(5)?,
                row.get::<_, String>(6)?,
            );
            Ok((numbers, row.get::<_, Option<i64>>(3)?, words))
        })?;
        let messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if messages.len() == 5 { Ok(()) } else { Err("there should be five messages".into()) }
    }
}
