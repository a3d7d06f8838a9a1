//! One chat, as its visitor's website holds it.

use crate::errors::{guard, invalid, raise};
use crate::number;
use crate::shared::{Shared, utf8, utf8_or_none};
use crate::signals::{self, Stop};
use crate::state::{Message, State};
use pyo3::prelude::*;
use pyo3::types::PyString;
use seshat_core::limits::MAX_WAIT;
use seshat_core::{ChatId, Poll, Token};
use std::time::Duration;

/// One chat, held by its token. Get one from `Store.start` or `Store.chat`.
#[pyclass(frozen, module = "seshat")]
pub(crate) struct Chat {
    shared: Shared,
    chat: ChatId,
    token: Token,
    /// Was it made by the call that returned it? False when its key had been used before.
    #[pyo3(get)]
    new: bool,
}

impl Chat {
    pub(crate) fn new(shared: Shared, chat: ChatId, token: Token, new: bool) -> Self {
        Chat { shared, chat, token, new }
    }

    /// Waits, without the GIL, until something is new, the time is over, `stop` is set or a signal handler raises.
    fn wait(&self, py: Python<'_>, poll: &Poll, stop: Option<&Stop>) -> PyResult<Option<seshat_core::State>> {
        let store = self.shared.get(py)?;
        signals::wait(py, stop, |go_on| store.poll_while(&self.token, poll, go_on))?
            .map_err(|error| raise(py, &error))
    }
}

#[pymethods]
impl Chat {
    /// The number agents see as `#42`.
    #[getter]
    fn id(&self) -> i64 {
        self.chat.0
    }

    /// The visitor's secret: whoever holds it is the visitor.
    #[getter]
    fn token(&self) -> String {
        self.token.reveal()
    }

    /// Says something. When it returns, the message is stored.
    #[pyo3(signature = (text, key=None))]
    fn send(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyString>,
        key: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Message> {
        let (text, key) = (utf8(text, "text")?, utf8_or_none(key, "key")?);
        let sent = self.shared.write(py, |store| store.send(&self.token, &text, key.as_deref(), None))?;
        Ok(sent.into())
    }

    /// What is new after message `after`: a State, or None when `rev` was given and nothing changed.
    ///
    /// `wait` is how many seconds to wait for a message or a change, 55 at most; a wait in vain raises nothing.
    /// `rev` is that of the last State. At most `limit` messages come at once (0 means 100, which is the most).
    /// `stop` ends the wait from another thread.
    #[pyo3(signature = (after=0, wait=0.0, *, rev=None, limit=0, stop=None))]
    fn poll(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = number::after)] after: i64,
        #[pyo3(from_py_with = number::wait)] wait: f64,
        #[pyo3(from_py_with = number::rev)] rev: Option<i64>,
        #[pyo3(from_py_with = number::limit)] limit: u32,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<Option<State>> {
        let mut poll = Poll { after, rev, limit, wait: Duration::ZERO };
        if wait.is_nan() || wait < 0.0 {
            return Err(invalid(py, "poll the chat", "wait", "it must be 0 or more seconds"));
        }
        let wait = Duration::from_secs_f64(wait.min(MAX_WAIT.as_secs_f64()));
        guard(py, || {
            let look = |poll: &Poll| self.shared.read(py, |store| store.poll(&self.token, poll));
            let mut state = look(&poll)?;
            let only_changes = rev.is_some();
            if !wait.is_zero()
                && state.as_ref().is_none_or(|state| !only_changes && state.messages.is_empty())
            {
                // Without a `rev` of the caller's, the first look is what later ones are compared with.
                poll.rev = rev.or(state.as_ref().map(|state| state.rev));
                poll.wait = wait;
                state = self.wait(py, &poll, stop.map(Bound::get))?.or(state);
            }
            state.map(|state| State::new(py, state)).transpose()
        })
    }

    /// The visitor is writing, or has stopped. Forgotten after ten seconds.
    #[pyo3(signature = (typing=true))]
    fn typing(&self, py: Python<'_>, typing: bool) -> PyResult<()> {
        self.shared.write(py, |store| store.typing(&self.token, typing))
    }

    /// The visitor has seen everything up to and with message `seq`.
    fn read(&self, py: Python<'_>, #[pyo3(from_py_with = number::seq)] seq: i64) -> PyResult<()> {
        self.shared.write(py, |store| store.read(&self.token, seq))
    }

    /// The visitor ends the chat. Ending it twice is the same as once.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        self.shared.write(py, |store| store.finish(&self.token))
    }

    /// The visitor's verdict: 1 good, -1 not good, 0 takes it back. Also after the end.
    fn rate(&self, py: Python<'_>, #[pyo3(from_py_with = number::rating)] rating: i64) -> PyResult<()> {
        // What does not fit is out of range like any other wrong number: the store refuses it by name.
        let rating = i8::try_from(rating).unwrap_or(i8::MAX);
        self.shared.write(py, |store| store.rate(&self.token, rating))
    }

    fn __repr__(&self) -> String {
        // Without the token: reprs end up in logs.
        format!("Chat(id={})", self.chat)
    }
}
