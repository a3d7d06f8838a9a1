//! How a wait that goes on without the GIL is ended early: by a signal handler, or from another thread.

use pyo3::prelude::*;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a signal may stay unnoticed: Ctrl-C feels immediate, and a wait costs no CPU to speak of.
const PATIENCE: Duration = Duration::from_millis(50);

/// Ends a wait from another thread: hand it to the call that waits, and `set()` it. The wait then ends within a
/// tenth of a second, as if its time were over. Once set it stays set.
#[pyclass(frozen, module = "seshat")]
pub(crate) struct Stop(AtomicBool);

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Self {
        Stop(AtomicBool::new(false))
    }

    /// Ends the waits that were given this.
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Has it been set?
    #[getter]
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn __repr__(&self) -> &'static str {
        if self.is_set() { "<seshat.Stop set>" } else { "<seshat.Stop>" }
    }
}

/// Runs `work` without the GIL. It asks the function it is given, as often as it likes, whether to go on: the answer
/// is no once `stop` is set. In the main thread signal handlers run then, too, and when one raises, the answer is no
/// and what it raised is raised here.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    stop: Option<&Stop>,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send,
) -> PyResult<T> {
    py.detach(|| {
        let looked = Cell::new(Instant::now());
        // Python runs handlers in its main thread only: another one finds that out once, and then lets the GIL be.
        let handles_signals = Cell::new(true);
        let raised = RefCell::new(None);
        let go_on = || {
            if stop.is_some_and(Stop::is_set) {
                return false;
            }
            if !handles_signals.get() || looked.get().elapsed() < PATIENCE {
                return true;
            }
            raised.replace(
                Python::attach(|py| {
                    handles_signals.set(is_main_thread(py)?);
                    py.check_signals()
                })
                .err(),
            );
            looked.set(Instant::now());
            raised.borrow().is_none()
        };
        let done = work(&go_on);
        raised.into_inner().map_or(Ok(done), Err)
    })
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let current = threading.call_method0("get_ident")?;
    threading.call_method0("main_thread")?.getattr("ident")?.eq(current)
}
