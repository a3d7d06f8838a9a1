//! Opening a store, and what needs no chat.

use crate::chat::Chat;
use crate::errors::{guard, invalid, raise};
use crate::number;
use crate::shared::{Shared, json, utf8, utf8_or_none};
use pyo3::prelude::*;
use pyo3::types::PyString;
use seshat_core::limits::START_RATE;
use seshat_core::{Durability, Leave, OpenOptions, Start, Token};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Opens the store at `path`, making the file when it is missing.
#[pyfunction]
#[pyo3(
    signature = (path, *, durability=Cow::Borrowed("full"), busy_timeout=5.0, create=true),
    text_signature = "(path, *, durability='full', busy_timeout=5.0, create=True)"
)]
pub(crate) fn open(
    py: Python<'_>,
    path: PathBuf,
    durability: Cow<'_, str>,
    #[pyo3(from_py_with = number::busy_timeout)] busy_timeout: f64,
    create: bool,
) -> PyResult<Store> {
    const WHAT: &str = "open the store";
    let durability = match durability.as_ref() {
        "full" => Durability::Full,
        "normal" => Durability::Normal,
        _ => return Err(invalid(py, WHAT, "durability", "it must be \"full\" or \"normal\"")),
    };
    let busy_timeout = Duration::try_from_secs_f64(busy_timeout)
        .map_err(|_| invalid(py, WHAT, "busy_timeout", "it must be 0 or more seconds"))?;
    let options = OpenOptions { durability, busy_timeout, create, ..OpenOptions::default() };
    guard(py, || {
        let store = py.detach(|| seshat_core::Store::open(&path, options));
        Ok(Store { shared: Shared::new(store.map_err(|error| raise(py, &error))?) })
    })
}

/// All chats of a site, in one file. Usable by many threads at once, and across `os.fork`.
#[pyclass(frozen, module = "seshat")]
pub(crate) struct Store {
    pub(crate) shared: Shared,
}

#[pymethods]
impl Store {
    /// Starts a chat and puts it in the queue.
    #[pyo3(signature = (name=None, *, text=None, email=None, page=None, locale=None, fields=None, key=None, address=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn start(
        &self,
        py: Python<'_>,
        name: Option<&Bound<'_, PyString>>,
        text: Option<&Bound<'_, PyString>>,
        email: Option<&Bound<'_, PyString>>,
        page: Option<&Bound<'_, PyString>>,
        locale: Option<&Bound<'_, PyString>>,
        fields: Option<&Bound<'_, PyAny>>,
        key: Option<&Bound<'_, PyString>>,
        address: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Chat> {
        let name = utf8_or_none(name, "name")?;
        let text = utf8_or_none(text, "text")?;
        let email = utf8_or_none(email, "email")?;
        let page = utf8_or_none(page, "page")?;
        let locale = utf8_or_none(locale, "locale")?;
        let fields = json(fields)?;
        let key = utf8_or_none(key, "key")?;
        let address = utf8_or_none(address, "address")?;
        let started = self.shared.write(py, |store| {
            store.start(&Start {
                name: name.as_deref().unwrap_or_default(),
                email: email.as_deref(),
                text: text.as_deref(),
                page: page.as_deref(),
                locale: locale.as_deref(),
                fields: fields.as_deref(),
                key: key.as_deref(),
                limit: address.as_deref().map(|address| (address, START_RATE)),
            })
        })?;
        Ok(Chat::new(self.shared.clone(), started.chat, started.token, started.new))
    }

    /// The chat of this token.
    fn chat(&self, py: Python<'_>, token: &Bound<'_, PyString>) -> PyResult<Chat> {
        let text = token.to_string_lossy();
        let token = Token::parse(&text).map_err(|error| raise(py, &error))?;
        let chat = self.shared.read(py, |store| store.chat(&token))?;
        Ok(Chat::new(self.shared.clone(), chat, token, false))
    }

    /// Is anyone there: "online", "away" or "offline".
    fn availability(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.shared.read(py, |store| store.availability())?.name())
    }

    /// Leaves a message for the agents, who get it as soon as they are there. Returns its number.
    #[pyo3(signature = (name, email, text, *, page=None, key=None, address=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn leave(
        &self,
        py: Python<'_>,
        name: Option<&Bound<'_, PyString>>,
        email: &Bound<'_, PyString>,
        text: &Bound<'_, PyString>,
        page: Option<&Bound<'_, PyString>>,
        key: Option<&Bound<'_, PyString>>,
        address: Option<&Bound<'_, PyString>>,
    ) -> PyResult<i64> {
        let name = utf8_or_none(name, "name")?;
        let email = utf8(email, "email")?;
        let text = utf8(text, "text")?;
        let page = utf8_or_none(page, "page")?;
        let key = utf8_or_none(key, "key")?;
        let address = utf8_or_none(address, "address")?;
        self.shared.write(py, |store| {
            store.leave(&Leave {
                name: name.as_deref().unwrap_or_default(),
                email: &email,
                text: &text,
                page: page.as_deref(),
                key: key.as_deref(),
                limit: address.as_deref().map(|address| (address, START_RATE)),
            })
        })
    }

    /// The HTML a page needs to have the chat, for a site that serves the contract at `base`. More keywords are
    /// settings for the widget: `name="customer"` becomes `data-name="customer"`.
    #[pyo3(
        signature = (base=Cow::Borrowed("/seshat"), **settings),
        text_signature = "($self, base='/seshat', **settings)"
    )]
    fn snippet(
        &self,
        py: Python<'_>,
        base: Cow<'_, str>,
        settings: Option<BTreeMap<String, String>>,
    ) -> PyResult<String> {
        let options = seshat_web::Options { base: base.into_owned(), ..Default::default() };
        options.check().map_err(|error| raise(py, &error))?;
        crate::web::snippet(py, &options, settings)
    }

    /// Where the store is, as an absolute path.
    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<PathBuf> {
        Ok(self.shared.get(py)?.path().to_owned())
    }

    /// Has it been closed?
    #[getter]
    fn closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Closes the store; its chats cannot be used any more. Closing it twice is the same as once.
    fn close(&self, py: Python<'_>) {
        self.shared.close(py);
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exc))]
    fn __exit__(&self, py: Python<'_>, _exc: &Bound<'_, pyo3::types::PyTuple>) {
        self.shared.close(py);
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        match self.shared.get(py) {
            Ok(store) => format!("<seshat.Store {}>", store.path().display()),
            Err(_) => "<seshat.Store closed>".to_owned(),
        }
    }
}
