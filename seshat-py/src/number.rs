//! Numbers from Python. PyO3 says `OverflowError` of one that does not fit its type; here it is wrong like any other
//! that is out of range, and the argument is named.

use crate::errors::invalid;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

fn read<'py, T>(value: &Bound<'py, PyAny>, field: &'static str) -> PyResult<T>
where
    T: FromPyObjectOwned<'py>,
{
    value.extract().map_err(|error: T::Error| {
        let error = error.into();
        if error.is_instance_of::<PyOverflowError>(value.py()) {
            return invalid(value.py(), &format!("read `{field}`"), field, "the number is out of range");
        }
        error
    })
}

/// A reader for each argument, named like it: PyO3's `from_py_with` takes a path and no closure.
macro_rules! readers {
    ($($name:ident)*) => {$(
        pub(crate) fn $name<'py, T: FromPyObjectOwned<'py>>(value: &Bound<'py, PyAny>) -> PyResult<T> {
            read(value, stringify!($name))
        }
    )*};
}

readers! {
    after busy_timeout limit max_body max_text_chars max_wait message_rate poll_interval rating rev seq start_rate wait
}
