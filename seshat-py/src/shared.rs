//! What a store and its chats share: the open store, until it is closed.

use crate::errors::{guard, raise};
use pyo3::prelude::*;
use pyo3::types::{PyAnyMethods, PyString, PyStringMethods};
use seshat_core::{Error, ErrorKind};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// The store behind any number of Python objects.
///
/// The lock is only ever taken with the GIL held and never across a call of the core. `os.fork` holds the GIL
/// too, so no child is born with the lock taken.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Option<seshat_core::Store>>>);

impl Shared {
    pub(crate) fn new(store: seshat_core::Store) -> Self {
        Shared(Arc::new(Mutex::new(Some(store))))
    }

    /// The store, if it is still open.
    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<seshat_core::Store> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| {
            raise(py, &Error::new(ErrorKind::Invalid, "use the store", "it is closed; open it again"))
        })
    }

    /// Closes it. Calls that are under way in other threads finish first.
    pub(crate) fn close(&self, py: Python<'_>) {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(store));
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// A call of the core that takes microseconds: not worth letting go of the GIL.
    pub(crate) fn read<T>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&seshat_core::Store) -> seshat_core::Result<T>,
    ) -> PyResult<T> {
        guard(py, || work(&self.get(py)?).map_err(|error| raise(py, &error)))
    }

    /// A call of the core that waits for a disk, a lock or a change, without the GIL.
    pub(crate) fn write<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&seshat_core::Store) -> seshat_core::Result<T> + Send,
    ) -> PyResult<T> {
        guard(py, || {
            let store = self.get(py)?;
            py.detach(|| work(&store)).map_err(|error| raise(py, &error))
        })
    }
}

/// A text from Python, as UTF-8. One with half a surrogate pair in it is no text.
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>, field: &'static str) -> PyResult<Cow<'a, str>> {
    text.to_cow().map_err(|_| {
        crate::errors::invalid(text.py(), "read the text", field, "it holds half a surrogate pair")
    })
}

/// The same for a text that may be missing.
pub(crate) fn utf8_or_none<'a>(
    text: Option<&'a Bound<'_, PyString>>,
    field: &'static str,
) -> PyResult<Option<Cow<'a, str>>> {
    text.map(|text| utf8(text, field)).transpose()
}

/// A mapping from Python as the text of a JSON object.
pub(crate) fn json(fields: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    let Some(fields) = fields else { return Ok(None) };
    let text = fields.py().import("json")?.call_method1("dumps", (fields,))?;
    Ok(Some(text.extract()?))
}
