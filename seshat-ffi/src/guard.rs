//! The one way in: every export runs inside [`guard`] or [`guard_or`].

use crate::status::{self, SESHAT_EINTERNAL, seshat_status};
use seshat_core::{Error, ErrorKind};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_char};
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Once;

/// The last failure of a thread.
#[derive(Default)]
struct Failure {
    message: CString,
    field: Option<CString>,
    retry_after_ms: u32,
}

thread_local! {
    static FAILURE: RefCell<Failure> = RefCell::new(Failure::default());
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs an export's work. An error becomes its status and this thread's message; so does a panic, without a word
/// on the host program's stderr.
pub(crate) fn guard(work: impl FnOnce() -> Result<seshat_status, Error>) -> seshat_status {
    match catch(work) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            remember(&error);
            status::of(error.kind())
        }
        Err(()) => SESHAT_EINTERNAL,
    }
}

/// Runs the work of an export that has no status to return: a bug in it gives `instead`.
pub(crate) fn guard_or<T>(instead: T, work: impl FnOnce() -> T) -> T {
    catch(work).unwrap_or(instead)
}

fn catch<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    install_quiet_hook();
    INSIDE.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(false);
    result.map_err(|cause| remember(&bug(cause.as_ref())))
}

fn bug(cause: &(dyn Any + Send)) -> Error {
    let what = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let what = what.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::new(ErrorKind::Internal, "finish the call", format!("a bug in Seshat ({what})"))
}

/// The error of a wrong argument: "could not open the store: `path` is NULL".
pub(crate) fn invalid(what: &str, field: &'static str, cause: &str) -> Error {
    Error::new(ErrorKind::Invalid, what, format!("`{field}` {cause}")).with_field(field)
}

// A thread that is ending may call after its locals are gone: it then hears nothing, and nothing panics.

pub(crate) fn message() -> *const c_char {
    FAILURE.try_with(|failure| failure.borrow().message.as_ptr()).unwrap_or(c"".as_ptr())
}

pub(crate) fn field() -> *const c_char {
    let read = |failure: &RefCell<Failure>| failure.borrow().field.as_ref().map(|field| field.as_ptr());
    FAILURE.try_with(read).ok().flatten().unwrap_or(ptr::null())
}

pub(crate) fn retry_after_ms() -> u32 {
    FAILURE.try_with(|failure| failure.borrow().retry_after_ms).unwrap_or(0)
}

fn remember(error: &Error) {
    // A NUL inside would end the text for C; none of ours has one, but a path may.
    let message = CString::new(error.to_string().replace('\0', "\u{FFFD}")).unwrap_or_default();
    let field = error.field().and_then(|field| CString::new(field).ok());
    // Up, so that whoever waits so long does not come too early.
    let wait = error.retry_after().map_or(0, |wait| wait.as_nanos().div_ceil(1_000_000));
    let retry_after_ms = u32::try_from(wait).unwrap_or(u32::MAX);
    let _ = FAILURE.try_with(|failure| failure.replace(Failure { message, field, retry_after_ms }));
}

/// Panics inside a guard are reported through it; those of the host's own Rust code go on as before.
fn install_quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;
    use std::time::Duration;

    fn text(pointer: *const c_char) -> String {
        // SAFETY: the pointer is valid until this thread's next guarded call.
        unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_becomes_a_status_and_a_message() {
        let status = guard(|| panic!("a bug"));
        assert_eq!(status, SESHAT_EINTERNAL);
        assert_eq!(text(message()), "could not finish the call: a bug in Seshat (a bug)");
        assert_eq!(guard_or(7, || panic!("{} bug", "another")), 7);
        assert_eq!(text(message()), "could not finish the call: a bug in Seshat (another bug)");
    }

    #[test]
    fn an_error_becomes_its_status_its_text_and_its_field() {
        let status = guard(|| Err(invalid("open the store", "path", "is NULL")));
        assert_eq!(status, status::SESHAT_EINVAL);
        assert_eq!(text(message()), "could not open the store: `path` is NULL");
        assert_eq!(text(field()), "path");
        assert_eq!(retry_after_ms(), 0);
    }

    #[test]
    fn a_wait_is_rounded_up_and_a_failure_without_a_field_has_none() {
        let wait = Duration::from_micros(1500);
        guard(|| Err(Error::new(ErrorKind::Limited, "do this", "too many").with_retry_after(wait)));
        assert_eq!(retry_after_ms(), 2);
        assert!(field().is_null());
    }

    #[test]
    fn each_thread_has_its_own_message() {
        guard(|| Err(invalid("do this", "it", "is here")));
        std::thread::spawn(|| assert_eq!(text(message()), "")).join().unwrap();
        assert_eq!(text(message()), "could not do this: `it` is here");
    }
}
