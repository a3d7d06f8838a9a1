//! Who the agents are, which of them are there, and that the broker lives.

use super::fault::Outcome;
use super::rows::Tx;
use super::{Store, Sync};
use crate::desk::AgentEntry;
use crate::error::Result;
use crate::limits;
use crate::types::{ChatId, Show};
use rusqlite::params;

impl Store {
    pub(crate) fn replace_agents(&self, agents: &[AgentEntry]) -> Result<Vec<ChatId>> {
        self.writing("set the agents", Sync::Yes, |tx| {
            tx.connection.execute("UPDATE agent SET active = 0", [])?;
            for agent in agents {
                // A known agent keeps the name it has: a better one may have been learned since.
                tx.connection
                    .prepare_cached(
                        "INSERT INTO agent(address, name, active) VALUES(?1, ?2, 1)
                         ON CONFLICT(address) DO UPDATE SET active = 1",
                    )?
                    .execute(params![agent.address, agent.name])?;
            }
            tx.connection.execute("DELETE FROM resource WHERE agent IN (SELECT id FROM agent WHERE active = 0)", [])?;
            tx.connection.execute("DELETE FROM offered WHERE agent IN (SELECT id FROM agent WHERE active = 0)", [])?;
            tx.connection.execute("UPDATE agent SET show = 0 WHERE active = 0", [])?;
            tx.sum_up_presence()?;
            let mut homeless = tx.connection.prepare(
                "SELECT c.id FROM chat c JOIN agent a ON a.id = c.agent WHERE c.state = 1 AND a.active = 0 ORDER BY c.id",
            )?;
            let homeless = homeless.query_map([], |row| row.get(0).map(ChatId))?;
            let homeless = homeless.collect::<rusqlite::Result<Vec<_>>>()?;
            for chat in &homeless {
                if let Some(mut row) = tx.chat(*chat)? {
                    tx.requeue(&mut row)?;
                }
            }
            tx.unqueue_former_agents()?;
            tx.queue_forgotten(None)?;
            Ok(homeless)
        })
    }

    pub(crate) fn rename_agent(&self, agent: &str, name: &str) -> Result<()> {
        const WHAT: &str = "rename the agent";
        self.writing(WHAT, Sync::No, |tx| {
            let agent = tx.agent(agent, WHAT)?;
            if agent.name != name {
                let set = "UPDATE agent SET name = ?2 WHERE id = ?1";
                tx.connection.prepare_cached(set)?.execute(params![agent.id, name])?;
                // Visitors see the name of who handles their chat.
                let seen = "UPDATE chat SET rev = rev + 1 WHERE state = 1 AND agent = ?1";
                tx.connection.prepare_cached(seen)?.execute([agent.id])?;
            }
            Ok(())
        })
    }

    pub(crate) fn set_presence(&self, agent: &str, resource: &str, show: Option<Show>) -> Result<()> {
        const WHAT: &str = "set the agent's presence";
        self.writing(WHAT, Sync::No, |tx| {
            let agent = tx.agent(agent, WHAT)?.id;
            match show {
                Some(show) => tx
                    .connection
                    .prepare_cached("INSERT OR REPLACE INTO resource(agent, name, show) VALUES(?1, ?2, ?3)")?
                    .execute(params![agent, resource, show_number(show)])?,
                None => tx
                    .connection
                    .prepare_cached("DELETE FROM resource WHERE agent = ?1 AND name = ?2")?
                    .execute(params![agent, resource])?,
            };
            let best = "SELECT coalesce(max(show), 0) FROM resource WHERE agent = ?1";
            let best: i64 = tx.connection.prepare_cached(best)?.query_row([agent], |row| row.get(0))?;
            let set = "UPDATE agent SET show = ?2 WHERE id = ?1 AND show <> ?2";
            if tx.connection.prepare_cached(set)?.execute(params![agent, best])? == 0 {
                return Ok(());
            }
            tx.sum_up_presence()?;
            match best {
                0 => tx.forget_offers_to(agent)?,
                2 => {
                    tx.offer_all_to(agent)?;
                    tx.queue_forgotten(Some(agent))?;
                }
                _ => {}
            }
            Ok(())
        })
    }

    pub(crate) fn clear_presence(&self) -> Result<()> {
        self.writing("forget the agents' presence", Sync::No, |tx| {
            // Offers on their way to who may be gone: whoever is there in the new session is offered them anew.
            tx.connection.execute(
                "DELETE FROM offered WHERE (chat, agent) IN
                 (SELECT chat, agent FROM outbox WHERE sending = 0 AND kind = 0)",
                [],
            )?;
            tx.connection.execute("DELETE FROM outbox WHERE sending = 0 AND kind = 0", [])?;
            tx.connection.execute("DELETE FROM resource", [])?;
            tx.connection.execute("UPDATE agent SET show = 0 WHERE show <> 0", [])?;
            tx.sum_up_presence()
        })
    }

    pub(crate) fn beat(&self, connected: bool) -> Result<()> {
        self.writing("store the heartbeat", Sync::No, |tx| {
            let alive = "SELECT connected = ?1 AND abs(?2 - beat) <= ?3 FROM desk WHERE id = 1";
            let unchanged: bool = tx
                .connection
                .prepare_cached(alive)?
                .query_row(params![connected, tx.now, limits::BROKER_SILENCE], |row| row.get(0))?;
            if unchanged {
                tx.forget_offers_to_absent()?;
            } else {
                tx.change_availability()?;
            }
            let set = "UPDATE desk SET beat = ?1, connected = ?2 WHERE id = 1";
            tx.connection.prepare_cached(set)?.execute(params![tx.now, connected])?;
            let lapsed = "UPDATE chat SET agent_typing = 0, rev = rev + 1
                WHERE state = 1 AND agent > 0 AND agent_typing <> 0 AND agent_typing NOT BETWEEN ?1 + 1 AND ?1 + ?2";
            tx.connection.prepare_cached(lapsed)?.execute([tx.now, limits::TYPING_LASTS])?;
            // All but the last one: since then something may have been said that nobody heard.
            let forget = "DELETE FROM heard WHERE at < min(?1, (SELECT max(at) FROM heard))";
            tx.connection.prepare_cached(forget)?.execute([tx.now - limits::REMEMBER_STANZAS])?;
            Ok(())
        })?;
        // Folding the log into the file here, where nobody waits, keeps the web workers from having to.
        self.reading("fold the write-ahead log", |connection| {
            connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row([], |_| Ok(()))?;
            Ok(())
        })
    }
}

impl Tx<'_> {
    /// Keeps the one number that answers "is anyone there?".
    fn sum_up_presence(&self) -> Outcome<()> {
        let set = "UPDATE desk SET show = (SELECT coalesce(max(show), 0) FROM agent)
            WHERE id = 1 AND show <> (SELECT coalesce(max(show), 0) FROM agent)";
        if self.connection.prepare_cached(set)?.execute([])? > 0 {
            self.change_availability()?;
        }
        Ok(())
    }

    /// Every waiting chat this agent was not offered yet.
    fn offer_all_to(&self, agent: i64) -> Outcome<()> {
        let offer = "INSERT OR IGNORE INTO outbox(chat, seq, agent, kind) SELECT id, 0, ?1, 0 FROM chat
            WHERE state = 0 AND id > 0 AND NOT EXISTS(SELECT 1 FROM offered WHERE chat = chat.id AND agent = ?1)";
        self.connection.prepare_cached(offer)?.execute([agent])?;
        let remember =
            "INSERT OR IGNORE INTO offered(chat, agent) SELECT id, ?1 FROM chat WHERE state = 0 AND id > 0";
        self.connection.prepare_cached(remember)?.execute([agent])?;
        Ok(())
    }

    /// Agents of whom nothing was heard since the connection to the server began, a heartbeat ago or more, have gone
    /// meanwhile without a word.
    fn forget_offers_to_absent(&self) -> Outcome<()> {
        let forget = "DELETE FROM offered WHERE agent IN (SELECT id FROM agent WHERE show = 0)";
        self.connection.prepare_cached(forget)?.execute([])?;
        Ok(())
    }

    /// Gone altogether: whoever comes back starts afresh and is offered what waits then.
    fn forget_offers_to(&self, agent: i64) -> Outcome<()> {
        for sql in [
            "DELETE FROM offered WHERE agent = ?1",
            "DELETE FROM outbox WHERE sending = 0 AND agent = ?1 AND kind = 0",
        ] {
            self.connection.prepare_cached(sql)?.execute([agent])?;
        }
        Ok(())
    }
}

fn show_number(show: Show) -> i64 {
    match show {
        Show::Away => 1,
        Show::Available => 2,
    }
}
