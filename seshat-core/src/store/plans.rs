//! The plan of every statement the store prepares: no scan of a table, no temporary sort.

use super::{OpenOptions, Store, sys};
use crate::desk::{Act, AgentEntry};
use crate::limits;
use crate::types::{ChatId, Show};
use crate::visitor::{Leave, Poll, Start};
use rusqlite::Connection;

const JOE: Act<'static> = Act { agent: "joe", stanza: Some("s") };

/// Runs every verb, so that every statement there is stands in the cache of the one idle connection.
fn everything_once(store: &Store) -> crate::Result<()> {
    let desk = store.desk();
    desk.set_agents(&[AgentEntry { address: "joe".into(), name: "Joe".into() }])?;
    desk.presence("joe", "phone", Some(Show::Available))?;
    let limit = Some(("203.0.113.1", limits::START_RATE));
    let full = Start { text: Some("Hi"), key: Some("k"), fields: Some("{}"), limit, ..Start::default() };
    let first = store.start(&full)?;
    store.start(&full)?;
    desk.accept(JOE, first.chat, 3)?;
    let other = |stanza| Act { agent: "joe", stanza: Some(stanza) };
    desk.choose(other("a"), first.chat)?;
    desk.say(other("b"), None, "Hello")?;
    desk.typing("joe", true)?;
    store.send(&first.token, "one", Some("k1"), Some(limits::MESSAGE_RATE))?;
    store.typing(&first.token, true)?;
    store.read(&first.token, 1)?;
    store.rate(&first.token, 1)?;
    store.leave(&Leave { email: "a@b", text: "x", key: Some("k"), limit, ..Leave::default() })?;
    let claimed = desk.claim(64)?;
    let ids: Vec<_> = claimed.into_iter().map(|outgoing| outgoing.id).collect();
    desk.release(&ids[..1])?;
    desk.acknowledge(&ids)?;
    for id in &ids {
        desk.bounced(id)?;
    }
    desk.recover()?;
    desk.requeue(first.chat)?;
    let waiting = store.start(&Start::default())?;
    store.poll(&waiting.token, &Poll::default())?;
    desk.cancel(other("c"), waiting.chat)?;
    desk.accept(other("d"), first.chat, 3)?;
    store.send(&first.token, "two", None, None)?;
    store.poll(&first.token, &Poll::default())?;
    store.finish(&first.token)?;
    desk.claim(64)?;
    desk.finish(other("e"), Some(ChatId(99)))?;
    desk.waiting(9)?;
    desk.status("joe")?;
    desk.rename("joe", "Joseph")?;
    desk.beat(true)?;
    store.availability()?;
    desk.presence("joe", "phone", None)
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3)).unwrap();
    steps.map(Result::unwrap).collect()
}

#[test]
fn no_statement_scans_a_table_or_sorts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("chat.db"), OpenOptions::default()).unwrap();
    everything_once(&store).unwrap();
    store
        .reading("explain", |connection| {
            let statements = sys::prepared(connection);
            let explainable = |sql: &&String| {
                ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb))
            };
            let hot: Vec<_> = statements.iter().filter(explainable).collect();
            assert!(hot.len() > 50, "only {} statements were seen: {statements:#?}", hot.len());
            for sql in hot {
                let steps = plan(connection, sql);
                let bad = |step: &&String| {
                    (step.contains("SCAN") && !step.contains("CONSTANT ROW")) || step.contains("TEMP B-TREE")
                };
                assert_eq!(steps.iter().find(bad), None, "in the plan of: {sql}\n{steps:#?}");
            }
            Ok(())
        })
        .unwrap();
}
