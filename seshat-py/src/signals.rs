//! Looking after Python's signals while a wait goes on without the GIL.

use pyo3::prelude::*;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// How long a signal may stay unnoticed: Ctrl-C feels immediate, and a wait costs no CPU to speak of.
const PATIENCE: Duration = Duration::from_millis(50);

/// Runs `work` without the GIL. It asks the function it is given, as often as it likes, whether to go on: signal
/// handlers run then, and when one raises, the answer is no and what it raised is raised here.
pub(crate) fn wait<T: Send>(py: Python<'_>, work: impl FnOnce(&dyn Fn() -> bool) -> T + Send) -> PyResult<T> {
    py.detach(|| {
        let looked = Cell::new(Instant::now());
        let raised = RefCell::new(None);
        let go_on = || {
            if looked.get().elapsed() < PATIENCE {
                return true;
            }
            raised.replace(Python::attach(|py| py.check_signals().err()));
            looked.set(Instant::now());
            raised.borrow().is_none()
        };
        let done = work(&go_on);
        raised.into_inner().map_or(Ok(done), Err)
    })
}
