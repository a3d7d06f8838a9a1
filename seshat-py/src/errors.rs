//! From the core's errors, and from panics, to the exceptions of `seshat.errors`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use seshat_core::{Error, ErrorKind};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The names Python knows the kinds by; `seshat.errors` has a class for each.
pub(crate) fn kinds() -> Vec<&'static str> {
    ErrorKind::ALL.iter().copied().map(name).collect()
}

fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "invalid",
        ErrorKind::TooLong => "too_long",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Closed => "closed",
        ErrorKind::Limited => "limited",
        ErrorKind::Busy => "busy",
        ErrorKind::Io => "io",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::Version => "version",
        ErrorKind::Stale => "stale",
        // Internal, and any kind that is yet to come.
        _ => "internal",
    }
}

/// The exception for an error of the core.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let retry_after = error.retry_after().map(|wait| wait.as_secs_f64());
    make(py, &error.to_string(), name(error.kind()), error.field(), retry_after).unwrap_or_else(|e| e)
}

/// An `InvalidError` about an argument that never reached the core.
pub(crate) fn invalid(py: Python<'_>, what: &str, field: &'static str, cause: &str) -> PyErr {
    raise(py, &Error::new(ErrorKind::Invalid, what, cause).with_field(field))
}

fn make(
    py: Python<'_>,
    message: &str,
    kind: &str,
    field: Option<&str>,
    retry_after: Option<f64>,
) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make =
        MAKE.get_or_try_init(py, || PyResult::Ok(py.import("seshat.errors")?.getattr("_make")?.unbind()))?;
    Ok(PyErr::from_value(make.bind(py).call1((message, kind, field, retry_after))?))
}

/// Runs `work`; its panic becomes an `InternalError`. PyO3's own answer to a panic is no `Exception`, so it would
/// end the worker of someone's web server.
pub(crate) fn guard<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(py, panic.as_ref())))
}

fn panicked(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let cause = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown cause".to_owned());
    let message = format!("a bug in Seshat, please report it: {cause}");
    make(py, &message, "internal", None, None).unwrap_or_else(|_| PyRuntimeError::new_err(message))
}
