//! The library with one export more, which opens a store whose clock is a bug: the C test of bugs inside calls is
//! linked with this instead of `libseshat`. It is an example of cargo's sense only because cargo builds these as
//! shared libraries; nobody installs it.
#![expect(unsafe_code, reason = "C calls it")]

use seshat::store::seshat_store;
use seshat_core::clock::{Clock, SystemClock};
use seshat_core::{OpenOptions, Store};
use std::ffi::{CStr, c_char};
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

static BROKEN: AtomicBool = AtomicBool::new(false);

/// Goes right until it is broken.
#[derive(Debug)]
struct Brittle;

impl Clock for Brittle {
    fn now(&self) -> i64 {
        assert!(!BROKEN.load(Ordering::SeqCst), "the clock is broken");
        SystemClock.now()
    }
}

/// Opens the store at `path`; NULL when that fails.
///
/// # Safety
/// `path` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn panicking_open(path: *const c_char) -> *mut seshat_store {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_string_lossy();
    let options = OpenOptions { clock: Arc::new(Brittle), ..OpenOptions::default() };
    let opened = Store::open(Path::new(path.as_ref()), options);
    opened.map_or(ptr::null_mut(), |store| Box::into_raw(Box::new(seshat_store::new(store))))
}

/// From now on, every call that asks for the time has a bug (not 0) or none (0).
#[unsafe(no_mangle)]
pub extern "C" fn panicking_break(broken: i32) {
    BROKEN.store(broken != 0, Ordering::SeqCst);
}
