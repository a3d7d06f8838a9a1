//! The one way in: every export runs inside [`guard`].

use crate::status::{self, SESHAT_EINTERNAL, SESHAT_OK, Status};
use seshat_core::{Error, ErrorKind};
use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_char};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static MESSAGE: RefCell<CString> = RefCell::new(CString::default());
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs an export's work. An error becomes its status and this thread's message; so does a panic, without a word
/// on the host program's stderr.
pub(crate) fn guard(work: impl FnOnce() -> Result<(), Error>) -> Status {
    install_quiet_hook();
    INSIDE.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(false);
    match result {
        Ok(Ok(())) => SESHAT_OK,
        Ok(Err(error)) => {
            remember(error.to_string());
            status::of(error.kind())
        }
        Err(cause) => {
            let what = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let what = what.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
            remember(format!("could not finish the call: a bug in Seshat ({what})"));
            SESHAT_EINTERNAL
        }
    }
}

/// The text `what` of an error argument: "could not open store: `path` is NULL".
pub(crate) fn invalid(what: &str, cause: &str) -> Error {
    Error::new(ErrorKind::Invalid, what, cause)
}

pub(crate) fn last_message() -> *const c_char {
    MESSAGE.with_borrow(|message| message.as_ptr())
}

fn remember(text: String) {
    // A NUL inside would end the text for C; none of ours has one, but a path may.
    let text = CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default();
    MESSAGE.with_borrow_mut(|message| *message = text);
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

    fn message() -> String {
        // SAFETY: the pointer is valid until this thread's next guarded call.
        unsafe { CStr::from_ptr(last_message()) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_becomes_a_status_and_a_message() {
        let status = guard(|| panic!("a bug"));
        assert_eq!(status, SESHAT_EINTERNAL);
        assert_eq!(message(), "could not finish the call: a bug in Seshat (a bug)");
    }

    #[test]
    fn an_error_becomes_its_status_and_its_text() {
        let status = guard(|| Err(invalid("open the store", "`path` is NULL")));
        assert_eq!(status, status::SESHAT_EINVAL);
        assert_eq!(message(), "could not open the store: `path` is NULL");
    }

    #[test]
    fn each_thread_has_its_own_message() {
        guard(|| Err(invalid("do this", "here")));
        std::thread::spawn(|| assert_eq!(message(), "")).join().unwrap();
        assert_eq!(message(), "could not do this: here");
    }
}
