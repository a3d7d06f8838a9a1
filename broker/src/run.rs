// SPDX-License-Identifier: GPL-3.0-or-later
//! The loop that carries events into the relay and its actions out to the link and the clerk.

use crate::clerk::{self, Clerk};
use crate::config::Config;
use crate::event::{Action, Event, Note, Outbound};
use crate::link::{self, Link, Trouble};
use crate::relay::{Relay, Settings};
use crate::words;
use seshat_core::clock::{Clock, SystemClock};
use seshat_core::{ErrorKind, Millis, OpenOptions, Store, limits};
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// How many agents' lines may be on their way into the store: what the server thinks we have and a crash would lose
/// until its archive is asked.
const MAX_TURNS: usize = 4;
/// At the end: how long to wait for lines and questions that are on their way.
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);
/// At the end: how long the link may take to say goodbye, its own deadline included.
const GOODBYE_DEADLINE: Duration = Duration::from_secs(5);

/// Why the broker cannot run, or go on running.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody has to change the config, the account or the server.
    #[error("{0}")]
    Setup(String),
    /// The store or the system failed.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// The store at `path` could not be opened. What is not there, or is no file, is a mistake in the config.
    pub(crate) fn of_opening(path: &Path, error: seshat_core::Error) -> Self {
        if error.kind() == ErrorKind::Io && !path.is_file() {
            return Failure::Setup(error.to_string());
        }
        error.into()
    }
}

impl From<seshat_core::Error> for Failure {
    fn from(error: seshat_core::Error) -> Self {
        match error.kind() {
            // These pass, or are ours to repair.
            ErrorKind::Busy | ErrorKind::Io | ErrorKind::Internal => Failure::Broken(error.to_string()),
            _ => Failure::Setup(error.to_string()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Failure::Setup(trouble.text)
    }
}

/// Runs until a signal ends it.
///
/// # Errors
/// What made it impossible to begin or to go on.
pub fn run(config: Config) -> Result<(), Failure> {
    let _lock = lock(&config.database)?;
    let (store, last_heard) = open(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Broken(format!("could not start the event loop: {e}")))?;
    runtime.block_on(carry(config, store, last_heard))
}

/// One broker at a time works on a store. The lock ends with the process, however it ends.
fn lock(database: &Path) -> Result<File, Failure> {
    let mut name = database.as_os_str().to_owned();
    name.push("-broker.lock");
    let path = PathBuf::from(name);
    let failed = |cause: String| Failure::Setup(format!("could not lock `{}`: {cause}", path.display()));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| failed(words::of_io(&e)))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Setup(format!(
            "could not start: another seshat-broker is running on `{}`",
            database.display()
        ))),
        Err(TryLockError::Error(e)) => Err(failed(words::of_io(&e))),
    }
}

/// Opens the store, and says when an agent was last heard: the first heartbeat may forget it.
fn open(config: &Config) -> Result<(Store, Option<Millis>), Failure> {
    let store = Store::open(&config.database, OpenOptions::default())
        .map_err(|error| Failure::of_opening(&config.database, error))?;
    let desk = store.desk();
    let last_heard = desk.last_heard()?;
    desk.beat(false)?;
    desk.forget_presence()?;
    for chat in desk.set_agents(&config.agents)? {
        tracing::info!("chat #{chat} is back in the queue: its agent is none any more");
    }
    desk.recover()?;
    Ok((store, last_heard))
}

async fn carry(config: Config, store: Store, last_heard: Option<Millis>) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let (reports, from_clerk) = mpsc::unbounded_channel();
    let clerk = Clerk::start(store, reports)
        .map_err(|e| Failure::Broken(format!("could not start a thread: {e}")))?;
    let settings = Settings {
        agents: config.agents.iter().map(|agent| agent.address.clone()).collect(),
        chats_per_agent: config.chats_per_agent,
        life: format!("{:x}", SystemClock.now()),
        last_heard,
    };
    let jid = config.account.jid.clone();
    let link = Link::start(config.account)?;
    let mut broker =
        Broker { jid, relay: Relay::new(settings), link, clerk, from_clerk, connected: false, in_flight: 0 };
    let mut heartbeat = interval(Duration::from_millis(limits::HEARTBEAT.unsigned_abs()));
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ended = loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break Ok(()),
            _ = interrupt.recv() => break Ok(()),
            step = broker.step() => if let Err(failure) = step { break Err(failure) },
            _ = heartbeat.tick() => broker.clerk.tell(Note::Beat(broker.connected)),
        }
    };
    match ended {
        Ok(()) => {
            tracing::info!("stopping");
            tokio::select! {
                () = broker.end() => tracing::info!("stopped"),
                _ = terminate.recv() => tracing::warn!("stopped at once, as the signal came again"),
                _ = interrupt.recv() => tracing::warn!("stopped at once, as the signal came again"),
            }
            Ok(())
        }
        Err(failure) => {
            broker.clerk.stop();
            Err(failure)
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|e| Failure::Broken(format!("could not listen for signals: {e}")))
}

struct Broker {
    jid: String,
    relay: Relay,
    link: Link,
    clerk: Clerk,
    from_clerk: mpsc::UnboundedReceiver<clerk::Report>,
    connected: bool,
    /// Lines from the store that were sent and whose fate is not known.
    in_flight: usize,
}

impl Broker {
    /// Waits for one thing to happen and carries it on. What the store says comes first: it is what agents wait for.
    async fn step(&mut self) -> Result<(), Failure> {
        tokio::select! {
            biased;
            report = self.from_clerk.recv() => match report {
                Some(clerk::Report::Event(event)) => self.carry(event),
                Some(clerk::Report::Broken(error)) => return Err(Failure::Broken(error.to_string())),
                None => return Err(Failure::Broken("could not go on: the store's thread has ended".to_owned())),
            },
            report = self.link.reports.recv(), if self.relay.turns_waiting() < MAX_TURNS => match report {
                Some(link::Report::Event(event)) => self.carry(event),
                Some(link::Report::Retrying(trouble, wait)) => {
                    tracing::warn!("{trouble}; trying again in {:.1} s", wait.as_secs_f32());
                }
                Some(link::Report::GaveUp(trouble)) => return Err(trouble.into()),
                None => return Err(Failure::Broken("could not go on: the link has ended".to_owned())),
            },
        }
        Ok(())
    }

    fn carry(&mut self, event: Event) {
        match &event {
            Event::Announced => tracing::info!("online as {}", self.jid),
            Event::Resumed => tracing::info!("online as {} again, nothing was missed", self.jid),
            Event::Disconnected => tracing::warn!("offline: the connection to the server was lost"),
            Event::Fate(..) => self.in_flight = self.in_flight.saturating_sub(1),
            _ => {}
        }
        for action in self.relay.hear(event, SystemClock.now()) {
            match action {
                Action::Send(outbound) => {
                    self.in_flight +=
                        usize::from(matches!(outbound, Outbound::Message { track: Some(_), .. }));
                    self.link.send(outbound);
                }
                Action::Ask(ask) => self.clerk.ask(ask),
                Action::Tell(note) => self.clerk.tell(note),
                Action::Online(online) => {
                    self.connected = online;
                    self.clerk.online(online);
                    self.clerk.tell(Note::Beat(online));
                }
            }
        }
    }

    /// The orderly end: no new work, visitors see that nobody is here, agents see us go, what is on its way arrives.
    async fn end(mut self) {
        self.clerk.online(false);
        self.clerk.tell(Note::Beat(false));
        let deadline = Instant::now() + DRAIN_DEADLINE;
        let was_connected = self.connected;
        while self.connected && (self.in_flight > 0 || self.relay.turns_waiting() > 0) {
            if !matches!(timeout_at(deadline, self.step()).await, Ok(Ok(()))) {
                break;
            }
        }
        if was_connected {
            self.link.send(Outbound::Unavailable);
        }
        self.link.close();
        // Over when the time is; how far it came does not matter any more.
        let _ = timeout_at(Instant::now() + GOODBYE_DEADLINE, self.hear_the_last()).await;
        self.clerk.stop();
    }

    /// Agents' lines that still come in are obeyed, in as many steps as it takes: our server has been told that we
    /// have them.
    async fn hear_the_last(&mut self) {
        let mut linked = true;
        while linked || self.relay.turns_waiting() > 0 {
            tokio::select! {
                report = self.link.reports.recv(), if linked => match report {
                    Some(link::Report::Event(event @ (Event::Message(_) | Event::Fate(..)))) => self.carry(event),
                    Some(_) => {}
                    None => linked = false,
                },
                report = self.from_clerk.recv() => match report {
                    Some(clerk::Report::Event(event)) => self.carry(event),
                    Some(clerk::Report::Broken(_)) | None => return,
                },
            }
        }
    }
}
