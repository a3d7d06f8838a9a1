// SPDX-License-Identifier: GPL-3.0-or-later
//! One task that solely owns the stanza stream, connects it, and replaces it when it is beyond help.
//!
//! The library's stream reconnects by itself but never gives up: after a server was killed it offers its lost
//! session again and again without a pause. So every connection it gets has a deadline for becoming a session,
//! and a stream that fails twice in a row is replaced by a new one. The waits between attempts are ours too.

use super::Account;
use super::archive::{Archive, Progress};
use super::backoff::{Backoff, random};
use super::compose::{barrier, compose};
use super::connector::Connector;
use super::retire::{Slot, retire};
use super::round::{Mark, Round, Tracked, settled};
use super::translate::{Incoming, translate};
use super::trouble::{Remedy, Trouble};
use crate::event::{Event, Fate, Outbound};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use seshat_core::desk::OutgoingId;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_xmpp::Stanza;
use tokio_xmpp::stanzastream::{
    Connection, Event as StreamEvent, StanzaState, StanzaStream, StreamEvent as Change,
};
use xmpp_parsers::jid::BareJid;

/// How many stanzas the stream's own queues hold. Few: what waits in them was confirmed to the server and is not
/// stored yet.
const STREAM_QUEUE: usize = 16;
/// How many of ours may be in them: fewer, so that putting one in never waits, and we always go on reading.
const MAX_QUEUED: usize = 8;
/// How many reports may wait to be heard.
const REPORTS: usize = 8;
/// How many may wait for a connection here. Lines from the store wait in the store; these are answers.
const MAX_BACKLOG: usize = 1000;
/// How many messages may wait for the end of the archive. More are not said in that time by honest people.
const MAX_HELD: usize = 1000;
/// From a connection that is logged in to a session (binding, or resumption).
const SESSION_DEADLINE: Duration = Duration::from_secs(20);
/// A mistake somebody has to repair is tried again this often, once we had been online.
const REPAIR_PAUSE: Duration = Duration::from_secs(60);
/// A stream that got so many connections and made no session of them is replaced.
const MAX_FRUITLESS: u32 = 2;
/// How long an orderly end may take.
const CLOSING_DEADLINE: Duration = Duration::from_secs(3);

/// What the link says.
#[derive(Debug)]
pub enum Report {
    /// Something happened.
    Event(Event),
    /// An attempt failed; the next one comes after this time.
    Retrying(Trouble, Duration),
    /// It makes no sense to try again.
    GaveUp(Trouble),
}

/// The handle of the task. It ends when [`close`](Link::close) was called or it gave up; `reports` ends with it.
#[derive(Debug)]
pub struct Link {
    orders: mpsc::UnboundedSender<Order>,
    /// What it says.
    pub reports: mpsc::Receiver<Report>,
}

enum Order {
    Send(Outbound),
    Close,
}

impl Link {
    /// Starts it.
    ///
    /// # Errors
    /// What is wrong with the account's settings before the network is needed.
    pub fn start(account: Account) -> Result<Link, Trouble> {
        let own = BareJid::new(&account.jid)
            .map_err(|cause| Trouble::change(format!("could not log in as {}: {cause}", account.jid)))?;
        let connector = Connector::new(account)?;
        let (orders, orders_in) = mpsc::unbounded_channel();
        let (reports_out, reports) = mpsc::channel(REPORTS);
        let keeper = Keeper {
            connector,
            own,
            orders: orders_in,
            reports: reports_out,
            backoff: Backoff::default(),
            backlog: VecDeque::new(),
            stale: false,
            was_online: false,
            no_session: false,
            closing: false,
        };
        tokio::spawn(keeper.run());
        Ok(Link { orders, reports })
    }

    /// Sends it when there is a session. The task's end is seen in `reports`.
    pub fn send(&self, outbound: Outbound) {
        let _ = self.orders.send(Order::Send(outbound));
    }

    /// Sends what was ordered so far, if there is a session, and ends the stream in an orderly way.
    pub fn close(&self) {
        let _ = self.orders.send(Order::Close);
    }
}

/// How a round with one stream ended.
enum End {
    Replace,
    Closed,
}

struct Keeper {
    connector: Connector,
    own: BareJid,
    orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::Sender<Report>,
    backoff: Backoff,
    backlog: VecDeque<Outbound>,
    /// A session has begun, and what is ordered was still meant for the one before.
    stale: bool,
    was_online: bool,
    /// The last login has not led to a session.
    no_session: bool,
    closing: bool,
}

impl Keeper {
    async fn run(mut self) {
        while !matches!(self.round().await, End::Closed) {}
    }

    /// One stanza stream, from its beginning to its replacement.
    async fn round(&mut self) -> End {
        let (ask, mut asked) = mpsc::unbounded_channel::<Slot>();
        let mut stream = StanzaStream::new(
            Box::new(move |_location, slot| {
                let _ = ask.send(slot);
            }),
            STREAM_QUEUE,
        );
        let mut state = Round::default();
        loop {
            self.pump(&stream, &mut state).await;
            if state.crashed || state.resumes_for_nothing() {
                break;
            }
            if self.closing && (self.backlog.is_empty() || !state.online) {
                self.let_go(&mut state).await;
                self.finish(stream, state).await;
                return End::Closed;
            }
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(Order::Send(outbound)) => self.take(outbound).await,
                    Some(Order::Close) | None => self.closing = true,
                },
                Some(slot) = asked.recv() => {
                    state.slot = Some(slot);
                    state.session_due = None;
                    if state.fruitless >= MAX_FRUITLESS {
                        break;
                    }
                    let wait = if self.was_online || self.no_session {
                        self.backoff.next(Instant::now())
                    } else {
                        Duration::ZERO
                    };
                    if self.no_session {
                        let trouble = Trouble::wait(format!(
                            "could not begin a session as {}: the server accepted the password, then nothing came of it",
                            self.own
                        ));
                        self.report(Report::Retrying(trouble, wait)).await;
                    }
                    state.connecting = Some(connect_after(self.connector.clone(), wait));
                }
                result = attempt(&mut state.connecting) => {
                    state.connecting = None;
                    match result {
                        Ok(connection) => {
                            state.fruitless += 1;
                            self.no_session = true;
                            state.session_due = Some(tokio::time::Instant::now() + SESSION_DEADLINE);
                            if state.slot.take().is_none_or(|slot| slot.send(connection).is_err()) {
                                break;
                            }
                        }
                        Err(trouble) => match self.pause_after(&trouble) {
                            Some(wait) => {
                                self.report(Report::Retrying(trouble, wait)).await;
                                state.connecting = Some(connect_after(self.connector.clone(), wait));
                            }
                            None => {
                                self.report(Report::GaveUp(trouble)).await;
                                retire(stream, state.slot);
                                return End::Closed;
                            }
                        },
                    }
                }
                () = due(state.session_due) => break,
                () = due(state.archive.as_ref().map(|archive| archive.due)) => self.caught_up(&mut state).await,
                Some(mark) = state.marks.next() => self.note(mark, &mut state).await,
                event = stream.next() => match event {
                    Some(StreamEvent::Stream(change)) => self.change(change, &mut state).await,
                    Some(StreamEvent::Stanza(stanza)) => self.hear(stanza, &stream, &mut state).await,
                    None => break,
                },
            }
        }
        self.let_go(&mut state).await;
        self.offline(&mut state).await;
        self.lose_lines(&mut state).await;
        retire(stream, state.slot);
        End::Replace
    }

    /// The pause before another attempt; `None` if there should be none.
    fn pause_after(&mut self, trouble: &Trouble) -> Option<Duration> {
        match trouble.remedy {
            Remedy::Wait => Some(self.backoff.next(Instant::now())),
            Remedy::Change if self.was_online => Some(REPAIR_PAUSE),
            Remedy::Change => None,
        }
    }

    async fn report(&self, report: Report) {
        // Nobody listens any more only when the process ends.
        let _ = self.reports.send(report).await;
    }

    async fn tell(&self, event: Event) {
        self.report(Report::Event(event)).await;
    }

    async fn take(&mut self, outbound: Outbound) {
        // The first thing that is ordered for a new session.
        self.stale &= outbound != Outbound::FetchRoster;
        if self.stale {
            return self.carry_over(outbound).await;
        }
        let is_reply = |outbound: &Outbound| {
            matches!(outbound, Outbound::Message { track: None, .. } | Outbound::Reply { .. })
        };
        // The others are few: as many lines as the store hands out at once, and what begins a session.
        if self.backlog.len() >= MAX_BACKLOG
            && let Some(oldest) = self.backlog.iter().position(is_reply)
        {
            self.backlog.remove(oldest);
        }
        self.backlog.push_back(outbound);
    }

    /// Something that was ordered before a new session began: answers to agents stay; lines go back to the store,
    /// where older ones may have gone; all else was meant for the old session.
    async fn carry_over(&mut self, outbound: Outbound) {
        match outbound {
            Outbound::Message { track: Some(id), .. } => self.tell(Event::Fate(id, Fate::Unsent)).await,
            Outbound::Message { track: None, .. } => self.backlog.push_back(outbound),
            _ => {}
        }
    }

    /// Gives the stream what it can take without making us wait.
    async fn pump(&mut self, stream: &StanzaStream, state: &mut Round) {
        while state.online && state.queued < MAX_QUEUED {
            let Some(outbound) = self.backlog.pop_front() else { break };
            if let Outbound::FetchArchive(since) = outbound {
                let (archive, first) = Archive::begin(since, format!("seshat-archive-{:016x}", random()));
                state.archive = Some(archive);
                state.send(stream, first, Tracked::Nothing).await;
                continue;
            }
            let Some(stanza) = compose(&outbound) else {
                tracing::warn!("could not send a stanza: its address is none");
                continue;
            };
            let tracked = match outbound {
                Outbound::Message { track: Some(id), .. } => Tracked::Line(id),
                Outbound::Available => Tracked::Announcement,
                _ => Tracked::Nothing,
            };
            state.send(stream, stanza, tracked).await;
        }
        if state.online && state.behind_barrier.is_empty() && !state.unconfirmed.is_empty() {
            state.behind_barrier = std::mem::take(&mut state.unconfirmed);
            state.send(stream, barrier(), Tracked::Nothing).await;
        }
    }

    async fn change(&mut self, change: Change, state: &mut Round) {
        match change {
            Change::Reset { .. } => {
                self.lose_unconfirmed(state).await;
                self.let_go(state).await;
                for outbound in std::mem::take(&mut self.backlog) {
                    self.carry_over(outbound).await;
                }
                self.stale = true;
                state.resumed_in_vain = 0;
                self.online(state);
                self.tell(Event::Connected).await;
            }
            Change::Resumed => {
                self.online(state);
                state.resumed_in_vain = if state.lines.is_empty() { 0 } else { state.resumed_in_vain + 1 };
                self.tell(Event::Resumed).await;
            }
            Change::Suspended => self.offline(state).await,
        }
    }

    fn online(&mut self, state: &mut Round) {
        state.online = true;
        state.fruitless = 0;
        state.session_due = None;
        self.was_online = true;
        self.no_session = false;
        self.backoff.online(Instant::now());
    }

    async fn offline(&mut self, state: &mut Round) {
        if std::mem::take(&mut state.online) {
            self.tell(Event::Disconnected).await;
        }
        self.lose_unconfirmed(state).await;
    }

    /// The session is over: the answer to our barrier will not come.
    async fn lose_unconfirmed(&mut self, state: &mut Round) {
        let behind = std::mem::take(&mut state.behind_barrier);
        for id in behind.into_iter().chain(std::mem::take(&mut state.unconfirmed)) {
            self.settle(state, id, Fate::Unknown).await;
        }
    }

    async fn hear(&mut self, stanza: Stanza, stream: &StanzaStream, state: &mut Round) {
        if let Some(archive) = &mut state.archive {
            match archive.page_end(&stanza, &self.own) {
                Some(Progress::More(next)) => return state.send(stream, *next, Tracked::Nothing).await,
                Some(Progress::Done) => return self.caught_up(state).await,
                None => {}
            }
        }
        let from_archive = state.archive.as_ref().and_then(|archive| archive.result(&stanza, &self.own));
        match from_archive.unwrap_or_else(|| translate(stanza, &self.own)) {
            // What is in the archive came before it.
            Incoming::Event(Event::Message(message))
                if state.archive.is_some() && !message.archived && state.held.len() < MAX_HELD =>
            {
                state.held.push(message);
            }
            Incoming::Event(event) => self.tell(event).await,
            Incoming::Barrier => {
                for id in std::mem::take(&mut state.behind_barrier) {
                    self.settle(state, id, Fate::Delivered).await;
                }
            }
            Incoming::Nothing => {}
        }
    }

    async fn caught_up(&mut self, state: &mut Round) {
        self.let_go(state).await;
        self.tell(Event::CaughtUp).await;
    }

    /// Nothing more comes out of the archive: what was said meanwhile follows.
    async fn let_go(&mut self, state: &mut Round) {
        state.archive = None;
        for message in std::mem::take(&mut state.held) {
            self.tell(Event::Message(message)).await;
        }
    }

    async fn note(&mut self, mark: Mark, state: &mut Round) {
        match mark {
            Mark::Left(token, tracked) => {
                state.queued = state.queued.saturating_sub(1);
                match tracked {
                    Tracked::Nothing => {}
                    Tracked::Announcement => self.tell(Event::Announced).await,
                    Tracked::Line(id) => state.marks.push(settled(token, id).boxed()),
                }
            }
            Mark::Settled(token, id) => match token.state() {
                StanzaState::Acked { .. } => self.settle(state, id, Fate::Delivered).await,
                // Sent in a session without XEP-0198, which is not over: a barrier will tell.
                StanzaState::Sent { .. } if state.online => state.unconfirmed.push(id),
                _ => self.settle(state, id, Fate::Unknown).await,
            },
        }
    }

    async fn settle(&mut self, state: &mut Round, id: OutgoingId, fate: Fate) {
        state.lines.remove(&id);
        if fate == Fate::Delivered {
            state.resumed_in_vain = 0;
        }
        self.tell(Event::Fate(id, fate)).await;
    }

    /// Nothing will be heard any more of the lines this stream was given.
    async fn lose_lines(&mut self, state: &mut Round) {
        for id in std::mem::take(&mut state.lines) {
            self.tell(Event::Fate(id, Fate::Unknown)).await;
        }
    }

    async fn finish(&mut self, stream: StanzaStream, state: Round) {
        if state.online {
            let _ = timeout(CLOSING_DEADLINE, stream.close()).await;
        } else {
            retire(stream, state.slot);
        }
    }
}

/// The next connection, not before the wait is over.
fn connect_after(connector: Connector, wait: Duration) -> BoxFuture<'static, Result<Connection, Trouble>> {
    async move {
        tokio::time::sleep(wait).await;
        connector.connect().await
    }
    .boxed()
}

/// The running attempt's result; never, if none is running.
async fn attempt(
    connecting: &mut Option<BoxFuture<'static, Result<Connection, Trouble>>>,
) -> Result<Connection, Trouble> {
    match connecting {
        Some(attempt) => attempt.await,
        None => std::future::pending().await,
    }
}

async fn due(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
