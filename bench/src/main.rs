//! The store beside the least that could do its work: bare prepared statements on the same schema, at the same
//! durability, in the same process, round by round in turn.
//!
//!     seshat-bench          everything, as a report
//!     seshat-bench bare     the bare statements only, nanoseconds per call as one line of JSON

mod bare;
mod flat;
mod rounds;

use bare::Bare;
use rounds::{Outcome, compare, quick};
use seshat_core::desk::{Act, AgentEntry};
use seshat_core::{Durability, OpenOptions, Poll, Start, Started, Store};
use std::path::Path;
use std::process::ExitCode;

/// How many calls make a round, where each waits for the disk and where none does.
const SYNCED: u32 = 200;
const UNSYNCED: u32 = 5_000;

fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        None => report(),
        Some("bare") => bare_alone(),
        Some(other) => Err(format!("unknown argument `{other}`; there is only `bare`").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seshat-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Outcome<()> {
    println!(
        "Store and bare prepared statements, median of the rounds. Ratio: how much of bare's speed is left."
    );
    println!("{:<28} {:>12} {:>12} {:>7}   goal", "", "store", "bare", "ratio");
    for (name, durability) in [("send, normal", Durability::Normal), ("send, full", Durability::Full)] {
        let pair = Pair::open(durability)?;
        let calls = if durability == Durability::Full { SYNCED } else { UNSYNCED };
        let figures = compare(
            calls,
            || Ok(pair.store.send(&pair.chat.token, TEXT, None, None).map(drop)?),
            || pair.bare.send(TEXT),
        )?;
        println!("{}", figures.row(name, "0.85"));
    }
    let pair = Pair::open(Durability::Normal)?;
    let state = pair.store.poll(&pair.chat.token, &Poll::default())?.ok_or("a first poll always answers")?;
    let idle = Poll { after: state.last_seq, rev: Some(state.rev), ..Poll::default() };
    let five = Poll { after: state.last_seq - 5, ..Poll::default() };
    let token = &pair.chat.token;
    let figures =
        compare(UNSYNCED, || Ok(pair.store.poll(token, &idle).map(drop)?), || pair.bare.poll_idle())?;
    println!("{}", figures.row("poll, nothing new", "0.85"));
    let figures =
        compare(UNSYNCED, || Ok(pair.store.poll(token, &five).map(drop)?), || pair.bare.poll_five())?;
    println!("{}", figures.row("poll, five messages", "0.85"));
    flat::report()
}

fn bare_alone() -> Outcome<()> {
    let (normal, full) = (Pair::open(Durability::Normal)?, Pair::open(Durability::Full)?);
    println!(
        r#"{{"send_normal":{},"send_full":{},"poll_idle":{},"poll_five":{}}}"#,
        quick(UNSYNCED, || normal.bare.send(TEXT))?,
        quick(SYNCED, || full.bare.send(TEXT))?,
        quick(UNSYNCED, || normal.bare.poll_idle())?,
        quick(UNSYNCED, || normal.bare.poll_five())?,
    );
    Ok(())
}

/// What people type: not a word, not a letter.
const TEXT: &str = "Good morning! Do you have the Alto 2 tent in sage, and could it arrive by Friday?";

/// A store and bare statements, each with a file of its own, made alike, with one chat that an agent handles.
struct Pair {
    store: Store,
    chat: Started,
    bare: Bare,
    _folder: tempfile::TempDir,
}

/// Lines said before anything is measured. A write-ahead log that still grows makes every sync dearer; after so many
/// it is past its checkpoint and is written over in place, as in a store that has been in use for an hour.
const GROWN: u32 = 3_000;

impl Pair {
    fn open(durability: Durability) -> Outcome<Pair> {
        let folder = tempfile::tempdir()?;
        let [path, twin] = ["store.db", "bare.db"].map(|name| folder.path().join(name));
        let chat = open_chat(&path)?;
        open_chat(&twin)?;
        let bare = Bare::open(&twin, durability)?;
        Ok(Pair {
            store: Store::open(&path, OpenOptions { durability, ..OpenOptions::default() })?,
            chat,
            bare,
            _folder: folder,
        })
    }
}

/// A store with one chat that an agent has accepted, so that every line is also queued for the broker.
fn open_chat(path: &Path) -> Outcome<Started> {
    let store = Store::open(path, OpenOptions { durability: Durability::Normal, ..OpenOptions::default() })?;
    let chat = store.start(&Start { name: "customer", ..Start::default() })?;
    let joe = AgentEntry { address: "joe@example.com".into(), name: "Joe".into() };
    store.desk().set_agents(std::slice::from_ref(&joe))?;
    store.desk().accept(Act { agent: &joe.address, stanza: None }, chat.chat, 1)?;
    for _ in 0..GROWN {
        store.send(&chat.token, TEXT, None, None)?;
    }
    Ok(chat)
}
