//! What comes in through pointers, and what goes out through them: NULL, lengths, structs of other versions.
//!
//! Every function here trusts its caller in one thing, the header's conventions: a pointer is NULL or points to
//! as much as its length or `struct_size` says. Everything else is checked.

use crate::guard::invalid;
use seshat_core::{Error, Token};
use std::ffi::{CStr, c_char};
use std::mem::{MaybeUninit, size_of};
use std::{ptr, slice};

/// The length that means "up to the NUL"; SESHAT_NUL_TERMINATED in C.
const NUL_TERMINATED: usize = usize::MAX;

/// No struct will ever be so large: a `struct_size` beyond is memory that nobody set.
const LARGEST_STRUCT: usize = 4096;

/// A struct that begins with `struct_size` and grows at its end.
///
/// # Safety
/// It is `repr(C)`, its first field is `struct_size: usize`, and zero bytes are a value of every field.
pub(crate) unsafe trait Extensible: Copy {}

/// Bytes that may be missing: NULL with length 0 or [`NUL_TERMINATED`] is `None`.
pub(crate) unsafe fn bytes<'a>(
    what: &str,
    field: &'static str,
    data: *const c_char,
    len: usize,
) -> Result<Option<&'a [u8]>, Error> {
    if data.is_null() {
        return match len {
            0 | NUL_TERMINATED => Ok(None),
            _ => Err(invalid(what, field, "is NULL but has a length")),
        };
    }
    if len == NUL_TERMINATED {
        // SAFETY: not NULL; that a NUL follows is what the caller promises with this length.
        return Ok(Some(unsafe { CStr::from_ptr(data) }.to_bytes()));
    }
    if isize::try_from(len).is_err() {
        return Err(invalid(what, field, "has an impossible length"));
    }
    // SAFETY: not NULL, readable for `len` bytes by the caller's promise, and no longer than a slice may be.
    Ok(Some(unsafe { slice::from_raw_parts(data.cast::<u8>(), len) }))
}

/// A text that may be missing.
pub(crate) unsafe fn text<'a>(
    what: &str,
    field: &'static str,
    data: *const c_char,
    len: usize,
) -> Result<Option<&'a str>, Error> {
    // SAFETY: the caller's promise, handed on.
    let Some(bytes) = (unsafe { bytes(what, field, data, len) })? else { return Ok(None) };
    let text = str::from_utf8(bytes).map_err(|_| invalid(what, field, "is not UTF-8"))?;
    if text.contains('\0') {
        return Err(invalid(what, field, "has a NUL inside"));
    }
    Ok(Some(text))
}

/// A text that must be there.
pub(crate) unsafe fn required<'a>(
    what: &str,
    field: &'static str,
    data: *const c_char,
    len: usize,
) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise, handed on.
    unsafe { text(what, field, data, len) }?.ok_or_else(|| invalid(what, field, "is NULL"))
}

/// A chat's token.
pub(crate) unsafe fn token(what: &str, data: *const c_char, len: usize) -> Result<Token, Error> {
    // SAFETY: the caller's promise, handed on.
    Token::parse(unsafe { required(what, "token", data, len) }?)
}

/// The object behind a handle.
pub(crate) unsafe fn object<'a, T>(
    what: &str,
    field: &'static str,
    pointer: *const T,
) -> Result<&'a T, Error> {
    // SAFETY: the caller's promise: NULL, or from the matching function and not released yet.
    unsafe { pointer.as_ref() }.ok_or_else(|| invalid(what, field, "is NULL"))
}

/// The pointer an object will be handed out through; NULL until then.
pub(crate) unsafe fn handle<'a, T>(
    what: &str,
    field: &'static str,
    pointer: *mut *mut T,
) -> Result<&'a mut *mut T, Error> {
    // SAFETY: the caller's promise: NULL or a writable pointer.
    let out = unsafe { pointer.as_mut() }.ok_or_else(|| invalid(what, field, "is NULL"))?;
    *out = ptr::null_mut();
    Ok(out)
}

/// Takes back an object that was handed out, to be dropped. NULL is fine.
pub(crate) unsafe fn release<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: the caller's promise: it came from Box::into_raw and is given back once.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

/// Reads a struct. Fields that an older caller's struct does not have are zero; what a newer one's has beyond
/// ours must be zero, or it asks for something that this version cannot do.
pub(crate) unsafe fn read<T: Extensible>(
    what: &str,
    field: &'static str,
    pointer: *const T,
) -> Result<T, Error> {
    if pointer.is_null() {
        return Err(invalid(what, field, "is NULL"));
    }
    // SAFETY: not NULL, and `struct_size` is the first field of every such struct.
    let size = unsafe { struct_size(what, field, pointer) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: `size` bytes are readable, says `struct_size`.
    let beyond = unsafe { slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
    if beyond.iter().any(|byte| *byte != 0) {
        return Err(invalid(what, field, "sets what only a newer version of the library knows"));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both sides have `known` bytes, and zeros are values of all fields that are not overwritten; the
    // size is a multiple of a pointer's, so that no pointer is cut.
    unsafe {
        ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), known);
        Ok(value.assume_init())
    }
}

/// As [`read`], but NULL means a struct of zeros, which are the defaults.
pub(crate) unsafe fn read_or_default<T: Extensible>(
    what: &str,
    field: &'static str,
    pointer: *const T,
) -> Result<T, Error> {
    if pointer.is_null() {
        // SAFETY: zeros are a value, says the trait.
        return Ok(unsafe { MaybeUninit::<T>::zeroed().assume_init() });
    }
    // SAFETY: the caller's promise, handed on.
    unsafe { read(what, field, pointer) }
}

/// A struct of the caller's that a result will be written to: checked before the work, filled after it.
pub(crate) struct Out<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Extensible> Out<T> {
    pub(crate) unsafe fn new(what: &str, field: &'static str, pointer: *mut T) -> Result<Self, Error> {
        if pointer.is_null() {
            return Err(invalid(what, field, "is NULL"));
        }
        // SAFETY: not NULL, and `struct_size` is the first field of every such struct.
        let size = unsafe { struct_size(what, field, pointer) }?;
        Ok(Out { pointer, size })
    }

    /// Writes as much of `value` as the caller's struct has room for, and zeros into what a newer caller's has
    /// beyond it. `struct_size` stays the caller's.
    pub(crate) fn write(self, value: &T) {
        const FIRST: usize = size_of::<usize>();
        let known = self.size.min(size_of::<T>());
        // SAFETY: `self.size` bytes are writable, says the `struct_size` that `new` has read; both are at least
        // as large as the first field, says `struct_size`, and `value` has `known` bytes.
        unsafe {
            let to = self.pointer.cast::<u8>();
            ptr::copy_nonoverlapping(
                ptr::from_ref(value).cast::<u8>().add(FIRST),
                to.add(FIRST),
                known - FIRST,
            );
            to.add(known).write_bytes(0, self.size - known);
        }
    }
}

unsafe fn struct_size<T: Extensible>(
    what: &str,
    field: &'static str,
    pointer: *const T,
) -> Result<usize, Error> {
    if !pointer.is_aligned() {
        return Err(invalid(what, field, "is not aligned"));
    }
    // SAFETY: aligned, not NULL, and the first field is a usize, says the trait.
    let size = unsafe { pointer.cast::<usize>().read() };
    let fits =
        (size_of::<usize>()..=LARGEST_STRUCT).contains(&size) && size.is_multiple_of(size_of::<usize>());
    if !fits {
        return Err(invalid(what, field, "has a wrong `struct_size`; set it to its sizeof"));
    }
    Ok(size)
}

/// A text handed out: it ends with a NUL, which its length does not count.
pub(crate) struct Text(Box<str>);

impl Text {
    pub(crate) fn new(mut text: String) -> Self {
        text.reserve_exact(1);
        text.push('\0');
        Text(text.into_boxed_str())
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Ours {
        struct_size: usize,
        a: usize,
        b: usize,
    }

    // SAFETY: it is repr(C), begins with the size and has integers only.
    unsafe impl Extensible for Ours {}

    fn read_words(words: &[usize]) -> Result<Ours, Error> {
        // SAFETY: every size that is accepted is within the words.
        unsafe { read("try", "it", words.as_ptr().cast::<Ours>()) }
    }

    fn write_words(words: &mut [usize]) -> Result<(), Error> {
        // SAFETY: every size that is accepted is within the words.
        let out = unsafe { Out::new("try", "it", words.as_mut_ptr().cast::<Ours>()) }?;
        out.write(&Ours { struct_size: 0, a: 7, b: 8 });
        Ok(())
    }

    const WORD: usize = size_of::<usize>();

    #[test]
    fn an_older_callers_struct_reads_as_one_with_zeros_at_its_end() {
        let read = read_words(&[2 * WORD, 5, 6]).unwrap();
        assert_eq!((read.struct_size, read.a, read.b), (2 * WORD, 5, 0));
    }

    #[test]
    fn a_newer_callers_struct_is_taken_while_it_asks_for_nothing_new() {
        assert_eq!(read_words(&[4 * WORD, 5, 6, 0]).unwrap().b, 6);
        assert_eq!(read_words(&[4 * WORD, 5, 6, 1]).err().unwrap().field(), Some("it"));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        for size in [0, 1, WORD - 1, WORD + 1, LARGEST_STRUCT + WORD, usize::MAX] {
            assert!(read_words(&[size, 0, 0]).is_err(), "{size}");
            assert!(write_words(&mut [size, 0, 0]).is_err(), "{size}");
        }
    }

    #[test]
    fn a_result_fills_the_callers_struct_and_never_more() {
        let mut older = [2 * WORD, 1, 1];
        write_words(&mut older).unwrap();
        assert_eq!(older, [2 * WORD, 7, 1]);
        let mut newer = [4 * WORD, 1, 1, 1];
        write_words(&mut newer).unwrap();
        assert_eq!(newer, [4 * WORD, 7, 8, 0]);
    }

    #[test]
    fn texts_are_checked_for_all_that_can_be_wrong() {
        let read = |data: *const c_char, len| {
            // SAFETY: the pointers come from texts that live long enough; impossible lengths are refused unread.
            unsafe { text("try", "it", data, len) }.map_err(|error| error.cause().to_owned())
        };
        assert_eq!(read(ptr::null(), 0), Ok(None));
        assert_eq!(read(ptr::null(), NUL_TERMINATED), Ok(None));
        assert_eq!(read(ptr::null(), 3), Err("`it` is NULL but has a length".into()));
        assert_eq!(read(c"abc".as_ptr(), 2), Ok(Some("ab")));
        assert_eq!(read(c"abc".as_ptr(), NUL_TERMINATED), Ok(Some("abc")));
        assert_eq!(read(c"abc".as_ptr(), 4), Err("`it` has a NUL inside".into()));
        assert_eq!(read(c"abc".as_ptr(), usize::MAX - 1), Err("`it` has an impossible length".into()));
        assert_eq!(read(c"\xff".as_ptr(), 1), Err("`it` is not UTF-8".into()));
    }
}
