//! What is to be said to agents: queued by whoever caused it, claimed by the broker, gone when it is acknowledged.
//!
//! While a row is being sent its like may be queued again (the agent left and came back). Should they meet, one
//! replaces the other: they say the same.

use super::fault::Outcome;
use super::rows::{ChatRow, Tx};
use super::{Store, Sync};
use crate::desk::{Outgoing, OutgoingId, What};
use crate::error::Result;
use crate::types::{ChatId, Notice};
use rusqlite::{Connection, OptionalExtension, params};

/// The kinds of rows, by their numbers in the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Offer = 0,
    Line = 1,
    Closed = 2,
    Left = 3,
}

/// A row that was claimed, before its words are looked up.
struct Claim {
    chat: i64,
    seq: i64,
    agent: i64,
    kind: i64,
    attempt: u32,
    address: String,
}

pub(super) const CLAIM: &str = "SELECT o.chat, o.seq, o.agent, o.kind, o.attempts + 1, a.address
    FROM outbox o CROSS JOIN agent a ON a.id = o.agent WHERE o.sending = 0
    ORDER BY o.chat, o.seq, o.agent LIMIT ?1";

pub(super) const ANY: &str = "SELECT EXISTS(SELECT 1 FROM outbox WHERE sending = 0)";

impl Store {
    pub(crate) fn claim_outgoing(&self, limit: u32) -> Result<Vec<Outgoing>> {
        const WHAT: &str = "claim what is to be sent";
        // The broker asks all the time and mostly there is nothing: no write lock for that.
        if !self
            .reading(WHAT, |c| Ok(c.prepare_cached(ANY)?.query_row([], |row| row.get::<_, bool>(0))?))?
        {
            return Ok(Vec::new());
        }
        self.writing(WHAT, Sync::No, |tx| {
            let claims = tx.claims(limit)?;
            let mut outgoing = Vec::with_capacity(claims.len());
            for claim in claims {
                let mark = "UPDATE OR REPLACE outbox SET sending = 1, attempts = attempts + 1
                    WHERE sending = 0 AND chat = ?1 AND seq = ?2 AND agent = ?3";
                tx.connection.prepare_cached(mark)?.execute(params![claim.chat, claim.seq, claim.agent])?;
                let Some(what) = words(tx.connection, &claim)? else {
                    tx.drop_claim(&claim)?;
                    continue;
                };
                outgoing.push(Outgoing {
                    stanza: tx.stanza(&self.0.name, &claim)?,
                    id: OutgoingId { chat: ChatId(claim.chat), seq: claim.seq, to: claim.address },
                    attempt: claim.attempt,
                    what,
                });
            }
            Ok(outgoing)
        })
    }

    pub(crate) fn acknowledge_outgoing(&self, ids: &[OutgoingId]) -> Result<()> {
        // Not synced: a row that comes back after a power loss is sent again under the same id.
        self.writing("acknowledge what was sent", Sync::No, |tx| {
            for id in ids {
                let delete = "DELETE FROM outbox WHERE sending = 1 AND chat = ?1 AND seq = ?2
                    AND agent = (SELECT id FROM agent WHERE address = ?3)";
                let gone =
                    tx.connection.prepare_cached(delete)?.execute(params![id.chat.0, id.seq, id.to])?;
                if gone > 0 && id.seq > 0 {
                    tx.note_delivery(id)?;
                }
            }
            Ok(())
        })
    }

    pub(crate) fn release_outgoing(&self, ids: &[OutgoingId]) -> Result<()> {
        self.writing("release what was not sent", Sync::No, |tx| {
            for id in ids {
                let release =
                    "UPDATE OR REPLACE outbox SET sending = 0 WHERE sending = 1 AND chat = ?1 AND seq = ?2
                    AND agent = (SELECT id FROM agent WHERE address = ?3)";
                tx.connection.prepare_cached(release)?.execute(params![id.chat.0, id.seq, id.to])?;
            }
            Ok(())
        })
    }

    pub(crate) fn release_all(&self) -> Result<()> {
        self.writing("release what was not sent", Sync::No, |tx| {
            tx.connection
                .prepare_cached("UPDATE OR REPLACE outbox SET sending = 0 WHERE sending = 1")?
                .execute([])?;
            Ok(())
        })
    }
}

impl Tx<'_> {
    pub(super) fn queue(&self, chat: i64, seq: i64, agent: i64, kind: Kind) -> Outcome<()> {
        let insert = "INSERT INTO outbox(chat, seq, agent, kind) VALUES(?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(insert)?.execute(params![chat, seq, agent, kind as i64])?;
        Ok(())
    }

    /// A left message goes to every agent of the configuration, there or not: their servers keep it for them.
    pub(super) fn queue_for_all(&self, left: i64) -> Outcome<()> {
        let insert =
            "INSERT INTO outbox(chat, seq, agent, kind) SELECT 0, ?1, id, ?2 FROM agent WHERE active = 1";
        self.connection.prepare_cached(insert)?.execute(params![left, Kind::Left as i64])?;
        Ok(())
    }

    /// Queues for `agent`, or for all, the left messages that nobody has and that are on the way to nobody: there was
    /// no agent when they were left, or those there were are gone, or their servers sent them back.
    pub(super) fn queue_forgotten(&self, agent: Option<i64>) -> Outcome<()> {
        let insert = "INSERT INTO outbox(chat, seq, agent, kind) SELECT 0, l.id, a.id, ?1
            FROM left_message l CROSS JOIN agent a
            WHERE l.delivered <= 0 AND l.id > 0 AND a.active = 1 AND a.id = coalesce(?2, a.id)
            AND NOT EXISTS(SELECT 1 FROM outbox WHERE sending IN (0, 1) AND chat = 0 AND seq = l.id)";
        self.connection.prepare_cached(insert)?.execute(params![Kind::Left as i64, agent])?;
        Ok(())
    }

    /// An agent who is no more gets nothing more.
    pub(super) fn unqueue_former_agents(&self) -> Outcome<()> {
        let delete = "DELETE FROM outbox WHERE agent IN (SELECT id FROM agent WHERE active = 0)";
        self.connection.execute(delete, [])?;
        Ok(())
    }

    /// A server sent this left message back.
    pub(super) fn forget_delivery(&self, left: i64) -> Outcome<()> {
        let returned = "UPDATE left_message SET delivered = delivered - 1 WHERE id = ?1";
        self.connection.prepare_cached(returned)?.execute([left])?;
        Ok(())
    }

    fn note_delivery(&self, id: &OutgoingId) -> Outcome<()> {
        if id.chat.0 == 0 {
            let delivered = "UPDATE left_message SET delivered = delivered + 1 WHERE id = ?1";
            self.connection.prepare_cached(delivered)?.execute([id.seq])?;
        } else {
            let relayed = "UPDATE chat SET relayed = max(relayed, ?2) WHERE id = ?1";
            self.connection.prepare_cached(relayed)?.execute([id.chat.0, id.seq])?;
        }
        Ok(())
    }

    /// Takes a chat's rows back from its agent. What was not acknowledged is to be relayed again.
    pub(super) fn unqueue(&self, chat: &mut ChatRow) -> Outcome<()> {
        let oldest = "SELECT min(seq) FROM outbox WHERE sending IN (0, 1) AND chat = ?1 AND kind = 1";
        let oldest: Option<i64> =
            self.connection.prepare_cached(oldest)?.query_row([chat.id], |row| row.get(0))?;
        if let Some(seq) = oldest {
            chat.relayed = chat.relayed.min(seq - 1);
        }
        let delete = "DELETE FROM outbox WHERE sending IN (0, 1) AND chat = ?1";
        self.connection.prepare_cached(delete)?.execute([chat.id])?;
        Ok(())
    }

    /// The same on every repeat. An offer made again after the chat came back to the queue is no repeat.
    fn stanza(&self, store: &str, claim: &Claim) -> Outcome<String> {
        let (chat, seq) = (claim.chat, claim.seq);
        if claim.kind != Kind::Offer as i64 {
            return Ok(format!("{store}-{chat}-{seq}"));
        }
        let requeued = "SELECT coalesce(max(seq), 0) FROM message WHERE chat = ?1 AND notice = ?2";
        let round: i64 = self
            .connection
            .prepare_cached(requeued)?
            .query_row(params![chat, Notice::Requeued as i64], |row| row.get(0))?;
        Ok(format!("{store}-{chat}-offer-{round}"))
    }

    fn drop_claim(&self, claim: &Claim) -> Outcome<()> {
        let delete = "DELETE FROM outbox WHERE sending = 1 AND chat = ?1 AND seq = ?2 AND agent = ?3";
        self.connection.prepare_cached(delete)?.execute(params![claim.chat, claim.seq, claim.agent])?;
        Ok(())
    }

    fn claims(&self, limit: u32) -> Outcome<Vec<Claim>> {
        let mut statement = self.connection.prepare_cached(CLAIM)?;
        let claims = statement.query_map([limit], |row| {
            Ok(Claim {
                chat: row.get(0)?,
                seq: row.get(1)?,
                agent: row.get(2)?,
                kind: row.get(3)?,
                attempt: row.get(4)?,
                address: row.get(5)?,
            })
        })?;
        Ok(claims.collect::<rusqlite::Result<_>>()?)
    }
}

/// What a claimed row says. `None` if what it is about is gone.
fn words(connection: &Connection, claim: &Claim) -> Outcome<Option<What>> {
    if claim.kind == Kind::Left as i64 {
        let sql = "SELECT name, email, text, page FROM left_message WHERE id = ?1";
        return Ok(connection
            .prepare_cached(sql)?
            .query_row([claim.seq], |row| {
                Ok(What::Left {
                    visitor: row.get(0)?,
                    email: row.get(1)?,
                    text: row.get(2)?,
                    page: row.get(3)?,
                })
            })
            .optional()?);
    }
    let Some(visitor) = connection
        .prepare_cached("SELECT visitor FROM chat WHERE id = ?1")?
        .query_row([claim.chat], |row| row.get(0))
        .optional()?
    else {
        return Ok(None);
    };
    if claim.kind == Kind::Offer as i64 {
        return Ok(Some(What::Offer { visitor }));
    }
    let others = "SELECT EXISTS(SELECT 1 FROM chat WHERE state = 1 AND agent = ?1 AND id <> ?2)";
    let several = connection
        .prepare_cached(others)?
        .query_row(params![claim.agent, claim.chat], |row| row.get::<_, bool>(0))?;
    if claim.kind == Kind::Closed as i64 {
        return Ok(Some(What::Closed { visitor, several }));
    }
    let text = "SELECT text FROM message WHERE chat = ?1 AND seq = ?2";
    Ok(connection
        .prepare_cached(text)?
        .query_row([claim.chat, claim.seq], |row| row.get(0))
        .optional()?
        .map(|text| What::Line { visitor, text, several }))
}
