//! The library itself: its version, and what the last failure was.

use crate::guard;
use std::ffi::c_char;

const fn number(text: &str) -> u32 {
    let (digits, mut value, mut at) = (text.as_bytes(), 0, 0);
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    value
}

/// The library's version as major * 1000000 + minor * 1000 + patch, to be compared with SESHAT_VERSION_NUMBER,
/// which is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_version_number() -> u32 {
    const {
        number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
            + number(env!("CARGO_PKG_VERSION_MINOR")) * 1000
            + number(env!("CARGO_PKG_VERSION_PATCH"))
    }
}

/// The library's version, such as "0.1.0". Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The text of the last failure on the calling thread, "could not <verb> <object>: <cause>"; never NULL,
/// unspecified after a success. It is the library's and valid until this thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_errmsg() -> *const c_char {
    guard::message()
}

/// The argument that was wrong in the last failure on the calling thread, such as "text"; NULL when the failure
/// was not about one. It is the library's and valid until this thread's next call.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_errfield() -> *const c_char {
    guard::field()
}

/// After SESHAT_ELIMIT on the calling thread: in how many milliseconds trying again makes sense; else 0.
#[unsafe(no_mangle)]
pub extern "C" fn seshat_err_retry_after_ms() -> u32 {
    guard::retry_after_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_orders_versions_as_the_text_does() {
        assert_eq!(number("12"), 12);
        let parts: Vec<u32> =
            env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap()).collect();
        assert_eq!(seshat_version_number(), parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]);
    }
}
