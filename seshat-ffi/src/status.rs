//! The numbers that calls return. They are part of the ABI: never changed, never used again.

use crate::guard::guard_or;
use seshat_core::ErrorKind;
use std::ffi::{CStr, c_char};

/// What a call returns: 0 is success, positive "nothing yet", negative an error.
pub type seshat_status = i32;

/// It was done.
pub const SESHAT_OK: seshat_status = 0;
/// Nothing new, even after the wait; not an error.
pub const SESHAT_TIMEOUT: seshat_status = 1;
/// seshat_interrupt() ended the wait; not an error.
pub const SESHAT_INTERRUPTED: seshat_status = 2;
/// A bug in Seshat, a caught panic included.
pub const SESHAT_EINTERNAL: seshat_status = -1;
/// A bad argument: NULL, not UTF-8, out of range. seshat_errfield() names it.
pub const SESHAT_EINVAL: seshat_status = -2;
/// No such chat, or the token is nobody's.
pub const SESHAT_ENOTFOUND: seshat_status = -3;
/// The chat has ended.
pub const SESHAT_ECLOSED: seshat_status = -4;
/// A text is over its limit. seshat_errfield() names it.
pub const SESHAT_ETOOBIG: seshat_status = -5;
/// Too much in too short a time; see seshat_err_retry_after_ms().
pub const SESHAT_ELIMIT: seshat_status = -6;
/// The store stayed locked past the time-out. Trying again is safe.
pub const SESHAT_EBUSY: seshat_status = -7;
/// The disk, a permission or the file system failed.
pub const SESHAT_EIO: seshat_status = -8;
/// Not a Seshat store, or a damaged one.
pub const SESHAT_ECORRUPT: seshat_status = -9;
/// The store was made by a newer Seshat, or SQLite is too old.
pub const SESHAT_EVERSION: seshat_status = -10;
/// The memory is used up. Reserved: today the process ends, as Rust programs do.
pub const SESHAT_ENOMEM: seshat_status = -11;
/// The process was forked behind the C library's back, or the file was replaced under the store.
pub const SESHAT_ESTALE: seshat_status = -12;

/// Number, name and sentence of every status.
const TABLE: [(seshat_status, &CStr, &CStr); 15] = [
    (SESHAT_OK, c"SESHAT_OK", c"It was done."),
    (SESHAT_TIMEOUT, c"SESHAT_TIMEOUT", c"There is nothing new."),
    (SESHAT_INTERRUPTED, c"SESHAT_INTERRUPTED", c"The wait was interrupted."),
    (SESHAT_EINTERNAL, c"SESHAT_EINTERNAL", c"There is a bug in Seshat."),
    (SESHAT_EINVAL, c"SESHAT_EINVAL", c"An argument is wrong."),
    (SESHAT_ENOTFOUND, c"SESHAT_ENOTFOUND", c"There is no such chat."),
    (SESHAT_ECLOSED, c"SESHAT_ECLOSED", c"The chat has ended."),
    (SESHAT_ETOOBIG, c"SESHAT_ETOOBIG", c"A text is too long."),
    (SESHAT_ELIMIT, c"SESHAT_ELIMIT", c"There was too much in too short a time."),
    (SESHAT_EBUSY, c"SESHAT_EBUSY", c"The store is locked by others."),
    (SESHAT_EIO, c"SESHAT_EIO", c"The disk, a permission or the file system failed."),
    (SESHAT_ECORRUPT, c"SESHAT_ECORRUPT", c"The file is no Seshat store, or a damaged one."),
    (SESHAT_EVERSION, c"SESHAT_EVERSION", c"The store was made by a newer Seshat, or SQLite is too old."),
    (SESHAT_ENOMEM, c"SESHAT_ENOMEM", c"The memory is used up."),
    (SESHAT_ESTALE, c"SESHAT_ESTALE", c"The process was forked, or the store's file replaced."),
];

/// A status as programs write it, such as "SESHAT_EBUSY"; "unknown" for other numbers. Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_status_name(status: seshat_status) -> *const c_char {
    guard_or(c"unknown".as_ptr(), || {
        TABLE.iter().find(|row| row.0 == status).map_or(c"unknown", |row| row.1).as_ptr()
    })
}

/// What a status means, as an English sentence. Static, never NULL. seshat_errmsg() says more.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_status_str(status: seshat_status) -> *const c_char {
    const OTHER: &CStr = c"This status is unknown.";
    guard_or(OTHER.as_ptr(), || TABLE.iter().find(|row| row.0 == status).map_or(OTHER, |row| row.2).as_ptr())
}

/// The number of a kind of error. A kind this crate does not know yet is a bug in it.
pub(crate) fn of(kind: ErrorKind) -> seshat_status {
    match kind {
        ErrorKind::Invalid => SESHAT_EINVAL,
        ErrorKind::TooLong => SESHAT_ETOOBIG,
        ErrorKind::NotFound => SESHAT_ENOTFOUND,
        ErrorKind::Closed => SESHAT_ECLOSED,
        ErrorKind::Limited => SESHAT_ELIMIT,
        ErrorKind::Busy => SESHAT_EBUSY,
        ErrorKind::Io => SESHAT_EIO,
        ErrorKind::Corrupt => SESHAT_ECORRUPT,
        ErrorKind::Version => SESHAT_EVERSION,
        ErrorKind::Stale => SESHAT_ESTALE,
        _ => SESHAT_EINTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_a_number_of_its_own() {
        let mut numbers: Vec<_> = ErrorKind::ALL.into_iter().map(of).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ErrorKind::ALL.len());
        assert!(numbers.iter().all(|number| TABLE.iter().any(|row| row.0 == *number && row.0 < 0)));
    }

    #[test]
    fn every_status_of_this_file_is_in_the_table_under_its_own_name() {
        let source = include_str!("status.rs");
        let declared: Vec<_> = source.lines().filter_map(|line| line.strip_prefix("pub const ")).collect();
        assert_eq!(declared.len(), TABLE.len());
        for line in declared {
            let (name, rest) = line.split_once(": seshat_status = ").unwrap();
            let number: seshat_status = rest.trim_end_matches(';').parse().unwrap();
            // SAFETY: the function returns a static text.
            let known = unsafe { CStr::from_ptr(seshat_status_name(number)) };
            assert_eq!(known.to_str().unwrap(), name);
        }
    }

    #[test]
    fn unknown_numbers_have_words_too() {
        for status in [-99, 3, i32::MAX] {
            assert!(!seshat_status_name(status).is_null() && !seshat_status_str(status).is_null());
        }
    }
}
