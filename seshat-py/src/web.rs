//! The HTTP contract for Python's web frameworks.

use crate::errors::{guard, invalid, raise};
use crate::number;
use crate::shared::Shared;
use crate::signals::{self, Stop};
use crate::store::Store;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use seshat_core::limits::{MAX_TEXT_CHARS, MESSAGE_RATE, Rate, START_RATE};
use seshat_web::{Options, Request, User, handle_while, snippet_with};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// A rate as Python writes it: how many at once, and in how many seconds the bucket fills again.
type PyRate = (u32, f64);

/// The HTTP contract over a store, with a site's options.
#[pyclass(frozen, module = "seshat")]
pub(crate) struct Web {
    shared: Shared,
    options: Options,
}

/// The answer to one request.
#[pyclass(frozen, get_all, module = "seshat")]
pub(crate) struct Response {
    /// The status code.
    status: u16,
    /// The headers, each to be sent as its own line. Content-Length is the adapter's.
    headers: Vec<(&'static str, String)>,
    /// The body.
    body: Py<PyBytes>,
    /// What failed behind a 500: for the site's log, never for the visitor.
    fault: Option<String>,
}

#[pymethods]
impl Web {
    #[new]
    #[pyo3(
        signature = (store, *, base=Cow::Borrowed("/seshat"), cookie=Cow::Borrowed("seshat"), max_wait=0.0,
            poll_interval=2.0, message_rate=Some(as_python(MESSAGE_RATE)), start_rate=Some(as_python(START_RATE)),
            max_text_chars=MAX_TEXT_CHARS, max_body=131_072, allowed_origins=Vec::new()),
        text_signature = "(store, *, base='/seshat', cookie='seshat', max_wait=0.0, poll_interval=2.0, \
            message_rate=(10, 10.0), start_rate=(5, 600.0), max_text_chars=4000, max_body=131072, \
            allowed_origins=())"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn new(
        py: Python<'_>,
        store: &Bound<'_, Store>,
        base: Cow<'_, str>,
        cookie: Cow<'_, str>,
        #[pyo3(from_py_with = number::max_wait)] max_wait: f64,
        #[pyo3(from_py_with = number::poll_interval)] poll_interval: f64,
        #[pyo3(from_py_with = number::message_rate)] message_rate: Option<PyRate>,
        #[pyo3(from_py_with = number::start_rate)] start_rate: Option<PyRate>,
        #[pyo3(from_py_with = number::max_text_chars)] max_text_chars: usize,
        #[pyo3(from_py_with = number::max_body)] max_body: usize,
        allowed_origins: Vec<String>,
    ) -> PyResult<Self> {
        let options = Options {
            base: base.into_owned(),
            cookie: cookie.into_owned(),
            max_wait: seconds(py, "max_wait", max_wait)?,
            poll_interval: seconds(py, "poll_interval", poll_interval)?,
            message_rate: rate(py, "message_rate", message_rate)?,
            start_rate: rate(py, "start_rate", start_rate)?,
            max_text_chars,
            max_body,
            allowed_origins,
        };
        options.check().map_err(|error| raise(py, &error))?;
        Ok(Web { shared: store.get().shared.clone(), options })
    }

    /// Answers one request. `base` overrides the option for this request; `stop` ends a wait from another thread.
    #[pyo3(
        signature = (method, path, query=Cow::Borrowed(""), headers=Vec::new(), body=None, *, client_ip=None,
            https=false, user=None, base=None, stop=None),
        text_signature = "($self, method, path, query='', headers=(), body=None, *, client_ip=None, https=False, \
            user=None, base=None, stop=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn handle(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyString>,
        path: &Bound<'_, PyString>,
        query: Cow<'_, str>,
        headers: Vec<(String, String)>,
        body: Option<&Bound<'_, PyBytes>>,
        client_ip: Option<String>,
        https: bool,
        user: Option<(String, Option<String>)>,
        base: Option<String>,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<Response> {
        let (method, path) = (method.to_string_lossy(), path.to_string_lossy());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let options = self.options_at(py, base)?;
        let request = Request {
            method: &method,
            path: &path,
            query: &query,
            headers: &headers,
            body: body.map(|body| body.as_bytes()).unwrap_or_default(),
            client_ip: client_ip.as_deref(),
            https,
            user: user.as_ref().map(|(name, email)| User { name, email: email.as_deref() }),
        };
        let options = options.as_ref().unwrap_or(&self.options);
        guard(py, || {
            let store = self.shared.get(py)?;
            let response = signals::wait(py, stop.map(Bound::get), |go_on| {
                handle_while(&store, options, &request, go_on)
            })?;
            Ok(Response {
                status: response.status,
                headers: response.headers,
                body: PyBytes::new(py, &response.body).unbind(),
                fault: response.fault.map(|fault| fault.to_string()),
            })
        })
    }

    /// The HTML a page needs to have the chat. `base` overrides the option; more keywords are settings for the
    /// widget: `name="customer"` becomes `data-name="customer"`.
    #[pyo3(signature = (base=None, **settings))]
    fn snippet(
        &self,
        py: Python<'_>,
        base: Option<String>,
        settings: Option<BTreeMap<String, String>>,
    ) -> PyResult<String> {
        let options = self.options_at(py, base)?;
        snippet(py, options.as_ref().unwrap_or(&self.options), settings)
    }

    /// Where the contract lives on the site.
    #[getter]
    fn base(&self) -> &str {
        &self.options.base
    }

    /// How many bytes of a body are worth reading, less one.
    #[getter]
    fn max_body(&self) -> usize {
        self.options.max_body
    }
}

impl Web {
    /// The options with another base; `None` when it is the same.
    fn options_at(&self, py: Python<'_>, base: Option<String>) -> PyResult<Option<Options>> {
        let Some(base) = base.filter(|base| *base != self.options.base) else { return Ok(None) };
        let options = Options { base, ..self.options.clone() };
        options.check().map_err(|error| raise(py, &error))?;
        Ok(Some(options))
    }
}

/// The snippet; underscores of Python's keywords are hyphens in HTML.
pub(crate) fn snippet(
    py: Python<'_>,
    options: &Options,
    settings: Option<BTreeMap<String, String>>,
) -> PyResult<String> {
    let settings: Vec<_> = settings
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.replace('_', "-"), value))
        .collect();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    guard(py, || snippet_with(options, &settings).map_err(|error| raise(py, &error)))
}

fn as_python(rate: Rate) -> PyRate {
    (rate.burst, rate.period.as_secs_f64())
}

fn seconds(py: Python<'_>, field: &'static str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| invalid(py, &format!("use option `{field}`"), field, "it must be 0 or more seconds"))
}

fn rate(py: Python<'_>, field: &'static str, rate: Option<PyRate>) -> PyResult<Option<Rate>> {
    rate.map(|(burst, period)| Ok(Rate { burst, period: seconds(py, field, period)? })).transpose()
}
