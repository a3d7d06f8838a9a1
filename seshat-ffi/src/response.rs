//! `seshat_response`: the answer to one request.

use crate::arguments::{self, Text};
use crate::guard::{guard, guard_or, invalid};
use crate::status::{SESHAT_OK, seshat_status};
use seshat_web::Response;
use std::borrow::Cow;
use std::ffi::c_char;
use std::ptr;

/// The answer to one request. The adapter adds Content-Length and whatever its server wants.
pub struct seshat_response {
    status: u16,
    headers: Vec<(Text, Text)>,
    body: Vec<u8>,
    fault: Option<Text>,
}

/// A name and a value: a header, or a setting of the widget. This struct never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_header {
    /// The name; not NULL.
    pub name: *const c_char,
    /// Its length.
    pub name_len: usize,
    /// The value; not NULL.
    pub value: *const c_char,
    /// Its length.
    pub value_len: usize,
}

impl seshat_response {
    pub(crate) fn new(response: Response) -> Self {
        let headers = response.headers.into_iter();
        seshat_response {
            status: response.status,
            headers: headers.map(|(name, value)| (Text::new(name.into()), Text::new(value))).collect(),
            body: terminated(response.body),
            fault: response.fault.map(|fault| Text::new(fault.to_string())),
        }
    }

    pub(crate) fn html(html: String) -> Self {
        let kind = (Text::new("Content-Type".into()), Text::new("text/html; charset=utf-8".into()));
        let body = terminated(Cow::Owned(html.into_bytes()));
        seshat_response { status: 200, headers: vec![kind], body, fault: None }
    }
}

/// Texts that are handed out end with a NUL, and most bodies are texts.
fn terminated(body: Cow<'static, [u8]>) -> Vec<u8> {
    let mut bytes = body.into_owned();
    bytes.push(0);
    bytes
}

/// The status code, such as 200; 500 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_response_status(response: *const seshat_response) -> u32 {
    // SAFETY: the header's conventions.
    guard_or(500, || unsafe { response.as_ref() }.map_or(500, |response| response.status.into()))
}

/// How many headers there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_response_header_count(response: *const seshat_response) -> usize {
    // SAFETY: the header's conventions.
    guard_or(0, || unsafe { response.as_ref() }.map_or(0, |response| response.headers.len()))
}

/// The header at index, from 0 on, to be sent as a line of its own. Its texts are valid until the response is freed.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_response_header(
    response: *const seshat_response,
    index: usize,
    out_header: *mut seshat_header,
) -> seshat_status {
    const WHAT: &str = "read the header";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let response = arguments::object(WHAT, "response", response)?;
        let out = out_header.as_mut().ok_or_else(|| invalid(WHAT, "out_header", "is NULL"))?;
        let found = response.headers.get(index);
        let (name, value) = found.ok_or_else(|| invalid(WHAT, "index", "is beyond the headers"))?;
        *out = seshat_header {
            name: name.as_ptr(),
            name_len: name.len(),
            value: value.as_ptr(),
            value_len: value.len(),
        };
        Ok(SESHAT_OK)
    })
}

/// The body, any bytes, and beyond its end a NUL; never NULL. It is valid until the response is freed. out_len, its
/// length, may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_response_body(
    response: *const seshat_response,
    out_len: *mut usize,
) -> *const c_char {
    // SAFETY: the header's conventions.
    guard_or(c"".as_ptr(), || unsafe {
        let body: &[u8] = response.as_ref().map_or(&[0], |response| &response.body);
        if let Some(out) = out_len.as_mut() {
            *out = body.len() - 1;
        }
        body.as_ptr().cast()
    })
}

/// What failed behind a status of 500, for the site's log and never for the visitor; NULL when nothing did.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_response_fault(response: *const seshat_response) -> *const c_char {
    // SAFETY: the header's conventions.
    guard_or(ptr::null(), || unsafe {
        response.as_ref().and_then(|response| response.fault.as_ref()).map_or(ptr::null(), Text::as_ptr)
    })
}

/// Frees a response and all that is in it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_response_free(response: *mut seshat_response) {
    // SAFETY: the header's conventions.
    guard_or((), || unsafe { arguments::release(response) });
}
