//! The numbers that calls return. They are part of the ABI: never changed, never used again.

use seshat_core::ErrorKind;

/// 0 is success, negative an error.
pub type Status = i32;

/// It was done.
pub const SESHAT_OK: Status = 0;
/// A bug in Seshat, a caught panic included.
pub const SESHAT_EINTERNAL: Status = -1;
/// A bad argument: NULL, not UTF-8, out of range.
pub const SESHAT_EINVAL: Status = -2;
/// No such chat, or the token is nobody's.
pub const SESHAT_ENOTFOUND: Status = -3;
/// The chat has ended.
pub const SESHAT_ECLOSED: Status = -4;
/// A text is over its limit.
pub const SESHAT_ETOOBIG: Status = -5;
/// Too much in too short a time.
pub const SESHAT_ELIMIT: Status = -6;
/// The store stayed locked past the time-out.
pub const SESHAT_EBUSY: Status = -7;
/// The disk, a permission or the file system failed.
pub const SESHAT_EIO: Status = -8;
/// Not a Seshat store, or a damaged one.
pub const SESHAT_ECORRUPT: Status = -9;
/// The store was made by a newer Seshat, or SQLite is too old.
pub const SESHAT_EVERSION: Status = -10;
/// The process was forked behind the library's back, or the file was replaced under it.
pub const SESHAT_ESTALE: Status = -12;

/// The number of a kind of error. A kind this crate does not know yet is a bug in it.
pub(crate) fn of(kind: ErrorKind) -> Status {
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
        assert!(numbers.iter().all(|number| *number < 0));
    }
}
