// SPDX-License-Identifier: GPL-3.0-or-later
//! The clerk: one thread that solely owns the store. It does what it is told in order, and hands out what the
//! store has to say to agents while the broker is online.

use crate::event::{Answer, Ask, Event, Fate, Note, Verb};
use seshat_core::desk::{Act, AgentStatus, ChatCard, Desk, Outcome, OutgoingId};
use seshat_core::{Error, ErrorKind, Result, Store};
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// How many lines may be on their way to the server at once: enough to fill a link, few enough to repeat.
const WINDOW: u32 = 64;
/// How many waiting chats `!WAITING` shows.
const WAITING_SHOWN: u32 = 50;
/// The looks at the outbox: often while people talk, rarely while nobody does. Each line holds for so long after
/// the last sign of life.
const LADDER: [(Duration, Duration); 3] = [
    (Duration::from_millis(500), Duration::from_millis(5)),
    (Duration::from_secs(3), Duration::from_millis(20)),
    (Duration::from_secs(10), Duration::from_millis(100)),
];
/// The look when nobody has talked for longer. A look costs 3 µs in a loop but 130 to 200 µs after a sleep: cold
/// caches, the wake-up itself. Three a second stay under 0.1 % of a core, and nobody minds that the first offer after
/// a silence comes a quarter of a second later.
const IDLE_LOOK: Duration = Duration::from_millis(300);
/// Offline there is nothing to look for; only jobs wake us.
const OFFLINE_LOOK: Duration = Duration::from_secs(5);
/// After an error of the store.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

/// What the clerk says.
#[derive(Debug)]
pub enum Report {
    /// For the relay.
    Event(Event),
    /// The store cannot be used any more.
    Broken(Error),
}

/// The handle of the thread.
#[derive(Debug)]
pub struct Clerk {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

enum Job {
    Ask(Ask),
    Tell(Note),
    Online(bool),
    Stop,
}

impl Clerk {
    /// Gives a thread the store.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(store: Store, reports: UnboundedSender<Report>) -> io::Result<Clerk> {
        let (jobs, jobs_in) = channel();
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            Shift::new(store, reports).work(&jobs_in);
        })?;
        Ok(Clerk { jobs, thread })
    }

    /// Asks; the answer comes as an event. A clerk that is gone is noticed by the end of its reports.
    pub fn ask(&self, ask: Ask) {
        let _ = self.jobs.send(Job::Ask(ask));
    }

    /// Tells.
    pub fn tell(&self, note: Note) {
        let _ = self.jobs.send(Job::Tell(note));
    }

    /// May lines be handed out?
    pub fn online(&self, online: bool) {
        let _ = self.jobs.send(Job::Online(online));
    }

    /// Finishes what was ordered, notes that the broker is gone, and waits for the thread's end.
    pub fn stop(self) {
        let _ = self.jobs.send(Job::Stop);
        // A panic there was reported when it happened.
        let _ = self.thread.join();
    }
}

/// Does what an agent asks for.
pub fn answer(desk: Desk<'_>, ask: &Ask) -> Answer {
    let act = Act { agent: &ask.agent, stanza: ask.stanza.as_deref() };
    let done = match &ask.verb {
        Verb::Accept { chat, limit } => conclude(desk, act, desk.accept(act, *chat, *limit)),
        Verb::Cancel(chat) => conclude(desk, act, desk.cancel(act, *chat)),
        Verb::Finish(chat) => conclude(desk, act, desk.finish(act, *chat)),
        Verb::Choose(chat) => conclude(desk, act, desk.choose(act, *chat)),
        Verb::Say(text) => said(desk, act, desk.say(act, None, text)),
        Verb::SayIn(chat, text) => said(desk, act, desk.say(act, Some(*chat), text)),
        Verb::Status => desk.status(&ask.agent).map(Answer::Status),
        Verb::Waiting => desk.waiting(WAITING_SHOWN).map(Answer::Waiting),
    };
    done.unwrap_or_else(|error| {
        if error.kind() != ErrorKind::TooLong {
            tracing::error!("{error}");
        }
        Answer::Failed(error.kind())
    })
}

fn conclude(desk: Desk<'_>, act: Act<'_>, outcome: Result<Outcome<ChatCard>>) -> Result<Answer> {
    let outcome = outcome?;
    let status = match &outcome {
        Outcome::Repeat => AgentStatus::default(),
        Outcome::Refused(_) => desk.status(act.agent)?,
        // It is done, whether or not we can say where the agent stands after it.
        Outcome::Done(_) => desk.status(act.agent).unwrap_or_else(|error| {
            tracing::error!("{error}");
            AgentStatus::default()
        }),
    };
    Ok(Answer::Outcome(outcome, status))
}

fn said<M>(desk: Desk<'_>, act: Act<'_>, outcome: Result<Outcome<(ChatCard, M)>>) -> Result<Answer> {
    Ok(match outcome? {
        Outcome::Done((card, _)) => Answer::Outcome(Outcome::Done(card), AgentStatus::default()),
        Outcome::Refused(refusal) => Answer::Outcome(Outcome::Refused(refusal), desk.status(act.agent)?),
        Outcome::Repeat => Answer::Outcome(Outcome::Repeat, AgentStatus::default()),
    })
}

/// Writes a note down.
pub fn write(desk: Desk<'_>, note: &Note) -> Result<()> {
    match note {
        Note::Typing(agent, typing) => desk.typing(agent, *typing),
        Note::Presence { agent, resource, show } => desk.presence(agent, resource, *show),
        Note::ForgetPresence => desk.forget_presence(),
        Note::Rename(agent, name) => desk.rename(agent, name),
        Note::Bounced(id) => {
            if desk.bounced(id)? {
                tracing::warn!("{} cannot be reached: chat #{} is back in the queue", id.to, id.chat);
            }
            Ok(())
        }
        Note::Settle(id, Fate::Delivered) => desk.acknowledge(std::slice::from_ref(id)),
        Note::Settle(id, Fate::Unknown | Fate::Unsent) => desk.release(std::slice::from_ref(id)),
        Note::Beat(connected) => desk.beat(*connected),
    }
}

/// Lines whose fate is known and not yet written down.
#[derive(Default)]
struct Settled {
    delivered: Vec<OutgoingId>,
    unknown: Vec<OutgoingId>,
}

/// The thread's own things.
struct Shift {
    store: Store,
    reports: UnboundedSender<Report>,
    settled: Settled,
    /// Notes to write down, in order. One that the store does not take stays, and those behind it wait.
    owed: VecDeque<Note>,
    in_flight: u32,
    /// After an error of the store nothing but an agent's wish is tried before this.
    not_before: Instant,
    /// The error that ends it all.
    broken: Option<Error>,
}

impl Shift {
    fn new(store: Store, reports: UnboundedSender<Report>) -> Self {
        let (settled, owed, not_before) = (Settled::default(), VecDeque::new(), Instant::now());
        Shift { store, reports, settled, owed, in_flight: 0, not_before, broken: None }
    }

    fn work(mut self, jobs: &Receiver<Job>) {
        let mut online = false;
        let mut last_life = Instant::now();
        while self.broken.is_none() {
            let look = if online { look(last_life.elapsed()) } else { OFFLINE_LOOK };
            match jobs.recv_timeout(if self.owed.is_empty() { look } else { look.min(ERROR_PAUSE) }) {
                Ok(first) => {
                    for job in std::iter::once(first).chain(jobs.try_iter()) {
                        if matches!(job, Job::Ask(_)) {
                            last_life = Instant::now();
                        }
                        match job {
                            Job::Ask(ask) => self.ask(&ask),
                            Job::Tell(note) => self.tell(note),
                            Job::Online(now) => online = now,
                            Job::Stop => return self.end(),
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            if Instant::now() < self.not_before {
                continue;
            }
            let done = self.pay().and_then(|()| self.settle());
            match done.and_then(|()| if online { self.hand_out() } else { Ok(false) }) {
                Ok(true) => last_life = Instant::now(),
                Ok(false) => {}
                Err(error) => self.stumble(error),
            }
        }
        if let Some(error) = self.broken {
            let _ = self.reports.send(Report::Broken(error));
        }
    }

    fn ask(&mut self, ask: &Ask) {
        let answer = answer(self.store.desk(), ask);
        let _ = self.reports.send(Report::Event(Event::Answer(ask.ticket, answer)));
    }

    fn tell(&mut self, note: Note) {
        if let Note::Settle(id, fate) = note {
            self.in_flight = self.in_flight.saturating_sub(1);
            match fate {
                Fate::Delivered => self.settled.delivered.push(id),
                Fate::Unknown | Fate::Unsent => self.settled.unknown.push(id),
            }
            return;
        }
        self.owed.push_back(note);
        if Instant::now() >= self.not_before
            && let Err(error) = self.pay()
        {
            self.stumble(error);
        }
    }

    /// Writes down the notes that are owed, in order, as far as the store takes them.
    fn pay(&mut self) -> Result<()> {
        while let Some(note) = self.owed.pop_front() {
            // What other lines' fates are must be known first: only what did not arrive goes to the next agent.
            let ready = if matches!(note, Note::Bounced(_)) { self.settle() } else { Ok(()) };
            match ready.and_then(|()| write(self.store.desk(), &note)) {
                Ok(()) => {}
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid) => {
                    tracing::error!("{error}");
                }
                Err(error) => {
                    self.owed.push_front(note);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The store has failed: it is left alone for a moment.
    fn stumble(&mut self, error: Error) {
        tracing::error!("{error}");
        self.not_before = Instant::now() + ERROR_PAUSE;
        // These are true for seconds only, and soon said again.
        self.owed.retain(|note| !matches!(note, Note::Beat(_) | Note::Typing(..)));
        if is_fatal(&error) {
            self.broken = Some(error);
        }
    }

    /// Writes down what became of lines. What fails is tried again with the next look.
    fn settle(&mut self) -> Result<()> {
        let desk = self.store.desk();
        if !self.settled.delivered.is_empty() {
            desk.acknowledge(&self.settled.delivered)?;
            self.settled.delivered.clear();
        }
        if !self.settled.unknown.is_empty() {
            desk.release(&self.settled.unknown)?;
            self.settled.unknown.clear();
        }
        Ok(())
    }

    /// Hands out what waits, as far as the window goes. Was there anything?
    fn hand_out(&mut self) -> Result<bool> {
        let room = WINDOW.saturating_sub(self.in_flight);
        if room == 0 {
            return Ok(false);
        }
        let outgoing = self.store.desk().claim(room)?;
        if outgoing.is_empty() {
            return Ok(false);
        }
        self.in_flight += u32::try_from(outgoing.len()).unwrap_or(room);
        let _ = self.reports.send(Report::Event(Event::Outbox(outgoing)));
        Ok(true)
    }

    fn end(mut self) {
        let done = self.pay().and_then(|()| self.settle());
        if let Err(error) = done.and_then(|()| self.store.desk().beat(false)) {
            tracing::error!("{error}");
        }
    }
}

fn look(quiet: Duration) -> Duration {
    LADDER.iter().find(|(until, _)| quiet < *until).map_or(IDLE_LOOK, |(_, look)| *look)
}

/// Does it take a person to repair this?
fn is_fatal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Stale | ErrorKind::Corrupt | ErrorKind::Version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_looks_grow_longer_while_nobody_talks() {
        assert_eq!(look(Duration::ZERO), Duration::from_millis(5));
        assert_eq!(look(Duration::from_secs(1)), Duration::from_millis(20));
        assert_eq!(look(Duration::from_secs(5)), Duration::from_millis(100));
        assert_eq!(look(Duration::from_secs(60)), IDLE_LOOK);
    }
}
