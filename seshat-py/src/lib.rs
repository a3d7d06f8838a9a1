//! The Python module `seshat._seshat`: the core's verbs as classes. What Python people expect (exceptions,
//! adapters for web frameworks) is written in Python beside it, in `python/seshat/`.
//!
//! The GIL is held for reads, which take microseconds, and released around writes and waits.

mod chat;
mod desk;
mod errors;
mod number;
mod shared;
mod signals;
mod state;
mod store;
mod web;

use pyo3::prelude::*;

#[pymodule(gil_used = true)]
mod _seshat {
    use super::*;

    #[pymodule_export]
    use super::chat::Chat;
    #[pymodule_export]
    use super::desk::Desk;
    #[pymodule_export]
    use super::signals::Stop;
    #[pymodule_export]
    use super::state::{Agent, Message, State};
    #[pymodule_export]
    use super::store::{Store, open};
    #[pymodule_export]
    use super::web::{Response, Web};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("ERROR_KINDS", errors::kinds())
    }
}
