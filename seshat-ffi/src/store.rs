//! `seshat_store`: an open store.

use crate::guard::{guard, invalid};
use crate::status::Status;
use seshat_core::{OpenOptions, Store};
use std::ffi::c_char;
use std::path::Path;
use std::{ptr, slice};

const OPEN: &str = "open the store";

/// An open store. Usable by many threads at once; opaque to C.
#[allow(non_camel_case_types, reason = "C's name for it")]
#[derive(Debug)]
pub struct seshat_store(#[expect(dead_code, reason = "the verbs that use it come with the header")] Store);

/// Opens the store at `path` (`path_len` bytes of UTF-8), making the file when it is missing.
///
/// # Safety
/// `path` is NULL or points to `path_len` readable bytes; `out_store` is NULL or points to a writable pointer.
/// On success `*out_store` is the caller's, to be released by [`seshat_store_close`]; on failure it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_store_open(
    path: *const c_char,
    path_len: usize,
    out_store: *mut *mut seshat_store,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise; NULL is asked for first.
        let out = unsafe { out_store.as_mut() }.ok_or_else(|| invalid(OPEN, "`out_store` is NULL"))?;
        *out = ptr::null_mut();
        if path.is_null() {
            return Err(invalid(OPEN, "`path` is NULL"));
        }
        if isize::try_from(path_len).is_err() {
            return Err(invalid(OPEN, "`path_len` is too large"));
        }
        // SAFETY: not NULL, `path_len` bytes are readable by the caller's promise, and no longer than a slice may be.
        let bytes = unsafe { slice::from_raw_parts(path.cast::<u8>(), path_len) };
        let path = str::from_utf8(bytes).map_err(|_| invalid(OPEN, "`path` is not UTF-8"))?;
        if path.is_empty() || path.contains('\0') {
            return Err(invalid(OPEN, "`path` is empty or has a NUL inside"));
        }
        let store = Store::open(Path::new(path), OpenOptions::default())?;
        *out = Box::into_raw(Box::new(seshat_store(store)));
        Ok(())
    })
}

/// Closes a store. NULL is fine.
///
/// # Safety
/// `store` is NULL or came from [`seshat_store_open`] and was not closed yet; no other call uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_store_close(store: *mut seshat_store) {
    // Closing cannot fail; the guard is for bugs.
    guard(|| {
        if !store.is_null() {
            // SAFETY: the caller's promise: it came from Box::into_raw above and is given back once.
            drop(unsafe { Box::from_raw(store) });
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{SESHAT_EINVAL, SESHAT_EIO, SESHAT_OK};

    fn open(path: &[u8]) -> (Status, *mut seshat_store) {
        let mut store = ptr::dangling_mut();
        // SAFETY: both pointers are valid for the call.
        let status = unsafe { seshat_store_open(path.as_ptr().cast(), path.len(), &raw mut store) };
        (status, store)
    }

    #[test]
    fn a_store_opens_and_closes() {
        let folder = tempfile::tempdir().unwrap();
        let (status, store) = open(folder.path().join("chat.db").to_str().unwrap().as_bytes());
        assert_eq!(status, SESHAT_OK);
        // SAFETY: it was just opened.
        unsafe { seshat_store_close(store) };
        // SAFETY: NULL is allowed.
        unsafe { seshat_store_close(ptr::null_mut()) };
    }

    #[test]
    fn bad_arguments_are_errors_and_leave_null() {
        for path in [&b""[..], b"a\0b", b"\xff\xfe"] {
            assert_eq!(open(path), (SESHAT_EINVAL, ptr::null_mut()));
        }
        assert_eq!(open(b"/nonexistent/chat.db"), (SESHAT_EIO, ptr::null_mut()));
        // SAFETY: NULLs and lengths that cannot be are what is tested; they are checked before use.
        unsafe {
            let mut store = ptr::null_mut();
            assert_eq!(seshat_store_open(ptr::null(), 3, &raw mut store), SESHAT_EINVAL);
            assert_eq!(seshat_store_open(c"x".as_ptr(), usize::MAX, &raw mut store), SESHAT_EINVAL);
            assert_eq!(seshat_store_open(c"x".as_ptr(), 1, ptr::null_mut()), SESHAT_EINVAL);
        }
    }
}
