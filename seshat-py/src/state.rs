//! What a visitor can see of a chat, as immutable Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyTuple, PyTzInfo};

/// One line of a chat.
#[pyclass(frozen, eq, hash, module = "seshat")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Message {
    /// Its place in the chat: 1, 2, 3 … without gaps. The only order there is.
    #[pyo3(get)]
    seq: i64,
    /// Who said it: "visitor", "agent" or "system".
    #[pyo3(get)]
    sender: &'static str,
    /// The name of who said it, if known.
    #[pyo3(get)]
    name: Option<String>,
    /// What was said.
    #[pyo3(get)]
    text: String,
    at: i64,
    /// The key its sender chose, if any.
    #[pyo3(get)]
    key: Option<String>,
    /// For system messages: which one ("accepted", "closed", …), for translation.
    #[pyo3(get)]
    code: Option<&'static str>,
}

impl From<seshat_core::Message> for Message {
    fn from(message: seshat_core::Message) -> Self {
        Message {
            seq: message.seq,
            sender: message.sender.name(),
            name: message.name,
            text: message.text,
            at: message.at,
            key: message.key,
            code: message.notice.map(|notice| notice.code()),
        }
    }
}

#[pymethods]
impl Message {
    /// When it was stored, in UTC. To be shown, not to order by.
    #[getter]
    fn at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        let utc = PyTzInfo::utc(py)?;
        PyDateTime::from_timestamp(py, self.at as f64 / 1000.0, Some(&utc))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Message(seq={}, sender='{}', text={})", self.seq, self.sender, repr(py, &self.text)?))
    }
}

/// The agent who handles a chat, or handled it last, as visitors see them.
#[pyclass(frozen, eq, hash, get_all, module = "seshat")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Agent {
    /// The display name. Never an address.
    name: String,
    /// Are they writing right now?
    typing: bool,
}

#[pymethods]
impl Agent {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let typing = if self.typing { "True" } else { "False" };
        Ok(format!("Agent(name={}, typing={typing})", repr(py, &self.name)?))
    }
}

/// All a visitor can see of a chat.
#[pyclass(frozen, get_all, module = "seshat")]
pub(crate) struct State {
    /// Grows with every visible change.
    rev: i64,
    /// The chat's number.
    id: i64,
    /// "waiting", "open" or "closed".
    state: &'static str,
    /// Why it is closed: "finished", "cancelled", "abandoned" or "missed".
    reason: Option<&'static str>,
    /// The place in the queue while waiting; 1 is next.
    position: Option<u32>,
    /// Who is handling it, or handled it last.
    agent: Option<Py<Agent>>,
    /// The last of the visitor's messages the agent is known to have read.
    read: i64,
    /// The visitor's rating: 1, -1, or 0 for none.
    rating: i8,
    /// The seq of the chat's last message, whether or not it is in `messages`.
    last_seq: i64,
    /// "online", "away" or "offline".
    availability: &'static str,
    /// The messages asked for, oldest first.
    messages: Py<PyTuple>,
}

impl State {
    pub(crate) fn new(py: Python<'_>, state: seshat_core::State) -> PyResult<Self> {
        let agent = state.agent.map(|agent| Agent { name: agent.name, typing: agent.typing });
        let messages: Vec<_> = state
            .messages
            .into_iter()
            .map(|message| Py::new(py, Message::from(message)))
            .collect::<PyResult<_>>()?;
        Ok(State {
            rev: state.rev,
            id: state.chat.0,
            state: state.state.name(),
            reason: state.state.reason().map(|reason| reason.name()),
            position: state.position,
            agent: agent.map(|agent| Py::new(py, agent)).transpose()?,
            read: state.read,
            rating: state.rating,
            last_seq: state.last_seq,
            availability: state.availability.name(),
            messages: PyTuple::new(py, messages)?.unbind(),
        })
    }
}

#[pymethods]
impl State {
    fn __repr__(&self, py: Python<'_>) -> String {
        let count = self.messages.bind(py).len();
        format!("State(rev={}, id={}, state='{}', messages=<{count}>)", self.rev, self.id, self.state)
    }
}

fn repr(py: Python<'_>, text: &str) -> PyResult<String> {
    pyo3::types::PyString::new(py, text).repr()?.extract()
}
