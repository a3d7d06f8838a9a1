//! The agents' side, for tests and benchmarks that play the broker. Private: it may change at any time.

use crate::errors::invalid;
use crate::shared::Shared;
use crate::store::Store;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use seshat_core::desk::{Act, AgentEntry, Outcome, Outgoing, OutgoingId, Refusal, What};
use seshat_core::{ChatId, Show};

/// How many chats an agent of a test may handle.
const MANY: u32 = 1000;

/// The agents' side of a store.
#[pyclass(frozen, module = "seshat._seshat")]
pub(crate) struct Desk {
    shared: Shared,
}

#[pymethods]
impl Desk {
    #[new]
    fn new(store: &Bound<'_, Store>) -> Self {
        Desk { shared: store.get().shared.clone() }
    }

    /// Sets who the agents are, as (address, name); returns the chats that went back in the queue.
    fn set_agents(&self, py: Python<'_>, agents: Vec<(String, String)>) -> PyResult<Vec<i64>> {
        let agents: Vec<_> = agents.into_iter().map(|(address, name)| AgentEntry { address, name }).collect();
        let requeued = self.shared.write(py, |store| store.desk().set_agents(&agents))?;
        Ok(requeued.into_iter().map(|chat| chat.0).collect())
    }

    /// One of an agent's clients is "available", "away", or gone (None).
    #[pyo3(signature = (agent, resource="desk".to_owned(), show=Some("available".to_owned())))]
    fn presence(
        &self,
        py: Python<'_>,
        agent: String,
        resource: String,
        show: Option<String>,
    ) -> PyResult<()> {
        let show = match show.as_deref() {
            None => None,
            Some("available") => Some(Show::Available),
            Some("away") => Some(Show::Away),
            Some(_) => return Err(invalid(py, "set the presence", "show", "available, away or None")),
        };
        self.shared.write(py, |store| store.desk().presence(&agent, &resource, show))
    }

    /// Forgets all presence.
    fn forget_presence(&self, py: Python<'_>) -> PyResult<()> {
        self.shared.write(py, |store| store.desk().forget_presence())
    }

    /// The broker is alive.
    #[pyo3(signature = (connected=true))]
    fn beat(&self, py: Python<'_>, connected: bool) -> PyResult<()> {
        self.shared.write(py, |store| store.desk().beat(connected))
    }

    /// Accepts a waiting chat. Like all that follow: "done", "repeat", or the reason why not.
    #[pyo3(signature = (agent, chat, limit=MANY))]
    fn accept(&self, py: Python<'_>, agent: String, chat: i64, limit: u32) -> PyResult<&'static str> {
        self.shared.write(py, |store| Ok(word(store.desk().accept(act(&agent), ChatId(chat), limit)?)))
    }

    /// Turns a waiting chat down.
    fn cancel(&self, py: Python<'_>, agent: String, chat: i64) -> PyResult<&'static str> {
        self.shared.write(py, |store| Ok(word(store.desk().cancel(act(&agent), ChatId(chat))?)))
    }

    /// Closes the agent's current chat, or the given one.
    #[pyo3(signature = (agent, chat=None))]
    fn finish(&self, py: Python<'_>, agent: String, chat: Option<i64>) -> PyResult<&'static str> {
        self.shared.write(py, |store| Ok(word(store.desk().finish(act(&agent), chat.map(ChatId))?)))
    }

    /// Makes one of the agent's chats the current one.
    fn choose(&self, py: Python<'_>, agent: String, chat: i64) -> PyResult<&'static str> {
        self.shared.write(py, |store| Ok(word(store.desk().choose(act(&agent), ChatId(chat))?)))
    }

    /// Says something to the visitor of the agent's current chat, or of the given one.
    #[pyo3(signature = (agent, text, chat=None))]
    fn say(&self, py: Python<'_>, agent: String, text: String, chat: Option<i64>) -> PyResult<&'static str> {
        self.shared.write(py, |store| Ok(word(store.desk().say(act(&agent), chat.map(ChatId), &text)?)))
    }

    /// The agent is writing, or has stopped.
    #[pyo3(signature = (agent, typing=true))]
    fn typing(&self, py: Python<'_>, agent: String, typing: bool) -> PyResult<()> {
        self.shared.write(py, |store| store.desk().typing(&agent, typing))
    }

    /// Puts an open chat back in the queue.
    fn requeue(&self, py: Python<'_>, chat: i64) -> PyResult<bool> {
        self.shared.write(py, |store| store.desk().requeue(ChatId(chat)))
    }

    /// The numbers of the waiting chats, next first.
    #[pyo3(signature = (limit=100))]
    fn waiting(&self, py: Python<'_>, limit: u32) -> PyResult<Vec<i64>> {
        let cards = self.shared.write(py, |store| store.desk().waiting(limit))?;
        Ok(cards.into_iter().map(|card| card.chat.0).collect())
    }

    /// Takes things to say to agents: dicts with `id`, `to`, `attempt`, `kind` and what the kind has.
    #[pyo3(signature = (limit=100))]
    fn claim<'py>(&self, py: Python<'py>, limit: u32) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let claimed = self.shared.write(py, |store| store.desk().claim(limit))?;
        claimed.iter().map(|outgoing| as_dict(py, outgoing)).collect()
    }

    /// The server has them: takes the `id` of each.
    fn acknowledge(&self, py: Python<'_>, ids: Vec<(i64, i64, String)>) -> PyResult<()> {
        let ids = outgoing_ids(ids);
        self.shared.write(py, |store| store.desk().acknowledge(&ids))
    }

    /// Nobody knows whether the server has them.
    fn release(&self, py: Python<'_>, ids: Vec<(i64, i64, String)>) -> PyResult<()> {
        let ids = outgoing_ids(ids);
        self.shared.write(py, |store| store.desk().release(&ids))
    }

    /// A panic on purpose, to see what becomes of one.
    #[cfg(debug_assertions)]
    #[allow(clippy::panic, reason = "its only purpose; release builds have none")]
    fn _panic(&self, py: Python<'_>) -> PyResult<()> {
        self.shared.write(py, |_| panic!("on purpose"))
    }
}

fn act(agent: &str) -> Act<'_> {
    Act { agent, stanza: None }
}

fn word<T>(outcome: Outcome<T>) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Repeat => "repeat",
        Outcome::Refused(refusal) => match refusal {
            Refusal::NoSuchChat => "no_such_chat",
            Refusal::Closed(_) => "closed",
            Refusal::Taken { .. } => "taken",
            Refusal::Yours => "yours",
            Refusal::Waiting => "waiting",
            Refusal::TooMany { .. } => "too_many",
            Refusal::NoChat => "no_chat",
            Refusal::NoneChosen => "none_chosen",
        },
    }
}

fn outgoing_ids(ids: Vec<(i64, i64, String)>) -> Vec<OutgoingId> {
    ids.into_iter().map(|(chat, seq, to)| OutgoingId { chat: ChatId(chat), seq, to }).collect()
}

fn as_dict<'py>(py: Python<'py>, outgoing: &Outgoing) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("id", (outgoing.id.chat.0, outgoing.id.seq, &outgoing.id.to))?;
    dict.set_item("chat", outgoing.id.chat.0)?;
    dict.set_item("to", &outgoing.id.to)?;
    dict.set_item("attempt", outgoing.attempt)?;
    let (kind, visitor) = match &outgoing.what {
        What::Offer { visitor } => ("offer", visitor),
        What::Line { visitor, text, .. } => {
            dict.set_item("text", text)?;
            ("line", visitor)
        }
        What::Closed { visitor, .. } => ("closed", visitor),
        What::Left { visitor, email, text, .. } => {
            dict.set_item("text", text)?;
            dict.set_item("email", email)?;
            ("left", visitor)
        }
    };
    dict.set_item("kind", kind)?;
    dict.set_item("visitor", visitor)?;
    Ok(dict)
}
