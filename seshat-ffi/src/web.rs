//! `seshat_web`: the HTTP contract over a store, with a site's options. Answers are in `response`.

use crate::arguments::{self, Extensible};
use crate::guard::{guard, guard_or, invalid};
use crate::response::{seshat_header, seshat_response};
use crate::status::{SESHAT_OK, seshat_status};
use crate::store::{Interrupts, seshat_store};
use ::seshat_web::{Options, Request, User, handle_while, snippet_with};
use seshat_core::limits::Rate;
use seshat_core::{Error, Store};
use std::borrow::Cow;
use std::ffi::c_char;
use std::slice;
use std::time::Duration;

/// More headers than any server lets through: a larger count is memory that nobody set.
const MOST_HEADERS: usize = 4096;

/// The HTTP contract over a store. Many threads may use one at once.
pub struct seshat_web {
    store: Store,
    interrupts: Interrupts,
    options: Options,
}

/// What a site may set. Zero and NULL mean the default in every field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_web_options {
    /// sizeof(seshat_web_options)
    pub struct_size: usize,
    /// SESHAT_WEB_* or 0
    pub flags: u32,
    /// The longest a poll may wait: what the site's server can hold open. Default 0, right for few workers.
    pub max_wait_ms: u32,
    /// How long a page should wait between polls while a chat goes on. Default 2000.
    pub poll_interval_ms: u32,
    /// New messages in one chat: how many at once. Default 10.
    pub message_burst: u32,
    /// In how long that many may be written again. Default 10000.
    pub message_period_ms: u32,
    /// New chats and left messages from one address: how many at once. Default 5.
    pub start_burst: u32,
    /// In how long that many may be made again. Default 600000.
    pub start_period_ms: u32,
    /// Characters in one message. Default, and most, 4000.
    pub max_text_chars: u32,
    /// Bytes in one request's body. Default 131072; an adapter need not read more than one beyond it.
    pub max_body: usize,
    /// Where the contract lives on the site: starts with "/", does not end with one. Default "/seshat".
    pub base: *const c_char,
    /// Its length.
    pub base_len: usize,
    /// The name of the cookie that holds the visitor's token. Default "seshat".
    pub cookie: *const c_char,
    /// Its length.
    pub cookie_len: usize,
    /// Foreign origins whose pages may call, separated by spaces, each as browsers send it:
    /// "https://www.example.com". Default none.
    pub allowed_origins: *const c_char,
    /// Its length.
    pub allowed_origins_len: usize,
}

// SAFETY: it is repr(C), begins with the size and has integers and raw pointers only.
unsafe impl Extensible for seshat_web_options {}

/// Do not count messages.
pub const SESHAT_WEB_NO_MESSAGE_RATE: u32 = 1;
/// Do not count new chats and left messages.
pub const SESHAT_WEB_NO_START_RATE: u32 = 2;

/// One request, as the web server saw it. Texts that are not UTF-8 are read as if they were, with U+FFFD for what
/// is wrong.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct seshat_web_request {
    /// sizeof(seshat_web_request)
    pub struct_size: usize,
    /// "GET", "POST" ..., in capitals. Not NULL.
    pub method: *const c_char,
    /// Its length.
    pub method_len: usize,
    /// The path, percent-decoded, with the base. Not NULL.
    pub path: *const c_char,
    /// Its length.
    pub path_len: usize,
    /// What follows the "?", not decoded; NULL when there is none.
    pub query: *const c_char,
    /// Its length.
    pub query_len: usize,
    /// All headers, names in any case; NULL when there are none.
    pub headers: *const seshat_header,
    /// How many they are.
    pub header_count: usize,
    /// The body, any bytes; NULL when there is none.
    pub body: *const c_char,
    /// Its length.
    pub body_len: usize,
    /// The visitor's network address, which starts are counted against. Behind a proxy take it from the proxy's
    /// word, and from nobody else's.
    pub client_ip: *const c_char,
    /// Its length.
    pub client_ip_len: usize,
    /// The name of a visitor whom the site has logged in; what the page says of it then counts for nothing.
    pub user_name: *const c_char,
    /// Its length.
    pub user_name_len: usize,
    /// Their address; NULL when the page may say. Counts only beside a name.
    pub user_email: *const c_char,
    /// Its length.
    pub user_email_len: usize,
    /// Not 0 when the visitor's browser used https.
    pub https: u32,
}

// SAFETY: it is repr(C), begins with the size and has integers and raw pointers only.
unsafe impl Extensible for seshat_web_request {}

/// Binds a site's options to a store. options may be NULL. The store may be closed before what this returns is.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_web_open(
    store: *mut seshat_store,
    options: *const seshat_web_options,
    out_web: *mut *mut seshat_web,
) -> seshat_status {
    const WHAT: &str = "use the web options";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_web", out_web)?;
        let store = arguments::object(WHAT, "store", store)?;
        let options = web_options(WHAT, &arguments::read_or_default(WHAT, "options", options)?)?;
        let (store, interrupts) = (store.store.clone(), store.interrupts.clone());
        *out = Box::into_raw(Box::new(seshat_web { store, interrupts, options }));
        Ok(SESHAT_OK)
    })
}

/// Lets go of the options and the store. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seshat_web_close(web: *mut seshat_web) {
    // SAFETY: the header's conventions.
    guard_or((), || unsafe { arguments::release(web) });
}

/// Answers one request. Blocks only for the store, and in a poll for as long as the options allow; then
/// seshat_interrupt() ends the wait, and the answer is as if its time were over.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_web_handle(
    web: *mut seshat_web,
    request: *const seshat_web_request,
    out_response: *mut *mut seshat_response,
) -> seshat_status {
    const WHAT: &str = "answer the request";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_response", out_response)?;
        let web = arguments::object(WHAT, "web", web)?;
        let request = arguments::read(WHAT, "request", request)?;
        let lossy = |field, data, len| lossy(WHAT, field, data, len);
        let missing = |field| invalid(WHAT, field, "is NULL");
        let method = lossy("method", request.method, request.method_len)?.ok_or_else(|| missing("method"))?;
        let path = lossy("path", request.path, request.path_len)?.ok_or_else(|| missing("path"))?;
        let query = lossy("query", request.query, request.query_len)?.unwrap_or_default();
        let client_ip = lossy("client_ip", request.client_ip, request.client_ip_len)?;
        let name = lossy("user_name", request.user_name, request.user_name_len)?;
        let email = lossy("user_email", request.user_email, request.user_email_len)?;
        let headers = pairs(WHAT, "headers", request.headers, request.header_count)?;
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let interrupted = web.interrupts.watch();
        let request = Request {
            method: &method,
            path: &path,
            query: &query,
            headers: &headers,
            body: arguments::bytes(WHAT, "body", request.body, request.body_len)?.unwrap_or_default(),
            client_ip: client_ip.as_deref(),
            https: request.https != 0,
            user: name.as_deref().map(|name| User { name, email: email.as_deref() }),
        };
        let response = handle_while(&web.store, &web.options, &request, &|| !interrupted());
        *out = Box::into_raw(Box::new(seshat_response::new(response)));
        Ok(SESHAT_OK)
    })
}

/// The lines a template prints to get the chat: a response with status 200 and the HTML as its body. jQuery is the
/// site's own and must come before them. Each setting becomes an attribute of the widget: "name" and "customer"
/// become data-name="customer". settings may be NULL when there are none.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn seshat_web_snippet(
    web: *mut seshat_web,
    settings: *const seshat_header,
    setting_count: usize,
    out_response: *mut *mut seshat_response,
) -> seshat_status {
    const WHAT: &str = "print the snippet";
    // SAFETY: the header's conventions.
    guard(|| unsafe {
        let out = arguments::handle(WHAT, "out_response", out_response)?;
        let web = arguments::object(WHAT, "web", web)?;
        let settings = pairs(WHAT, "settings", settings, setting_count)?;
        let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let html = snippet_with(&web.options, &settings)?;
        *out = Box::into_raw(Box::new(seshat_response::html(html)));
        Ok(SESHAT_OK)
    })
}

unsafe fn lossy<'a>(
    what: &str,
    field: &'static str,
    data: *const c_char,
    len: usize,
) -> Result<Option<Cow<'a, str>>, Error> {
    // SAFETY: the caller's promise, handed on.
    Ok(unsafe { arguments::bytes(what, field, data, len) }?.map(String::from_utf8_lossy))
}

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

unsafe fn pairs<'a>(
    what: &str,
    field: &'static str,
    data: *const seshat_header,
    count: usize,
) -> Result<Vec<Pair<'a>>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if data.is_null() || !data.is_aligned() {
        return Err(invalid(what, field, "is NULL but has a count, or is not aligned"));
    }
    if count > MOST_HEADERS {
        return Err(invalid(what, field, "has an impossible count"));
    }
    // SAFETY: not NULL, aligned, and `count` of them are readable by the caller's promise.
    let all = unsafe { slice::from_raw_parts(data, count) };
    let missing = || invalid(what, field, "has a NULL in it");
    let read = |pair: &seshat_header| {
        // SAFETY: the caller's promise for each of them.
        let (name, value) = unsafe {
            (lossy(what, field, pair.name, pair.name_len)?, lossy(what, field, pair.value, pair.value_len)?)
        };
        Ok((name.ok_or_else(missing)?, value.ok_or_else(missing)?))
    };
    all.iter().map(read).collect()
}

unsafe fn web_options(what: &str, given: &seshat_web_options) -> Result<Options, Error> {
    if given.flags & !(SESHAT_WEB_NO_MESSAGE_RATE | SESHAT_WEB_NO_START_RATE) != 0 {
        return Err(invalid(what, "flags", "has a bit that is no SESHAT_WEB_ constant"));
    }
    let mut options = Options { max_wait: millis(given.max_wait_ms), ..Options::default() };
    // SAFETY: the caller's promise, handed on.
    unsafe {
        if let Some(base) = arguments::text(what, "base", given.base, given.base_len)? {
            options.base = base.into();
        }
        if let Some(cookie) = arguments::text(what, "cookie", given.cookie, given.cookie_len)? {
            options.cookie = cookie.into();
        }
        let (origins, len) = (given.allowed_origins, given.allowed_origins_len);
        if let Some(origins) = arguments::text(what, "allowed_origins", origins, len)? {
            options.allowed_origins = origins.split_ascii_whitespace().map(String::from).collect();
        }
    }
    if given.poll_interval_ms != 0 {
        options.poll_interval = millis(given.poll_interval_ms);
    }
    if given.max_text_chars != 0 {
        options.max_text_chars = given.max_text_chars as usize;
    }
    if given.max_body != 0 {
        options.max_body = given.max_body;
    }
    let no_message_rate = given.flags & SESHAT_WEB_NO_MESSAGE_RATE != 0;
    let no_start_rate = given.flags & SESHAT_WEB_NO_START_RATE != 0;
    options.message_rate = options
        .message_rate
        .filter(|_| !no_message_rate)
        .map(rate(given.message_burst, given.message_period_ms));
    options.start_rate =
        options.start_rate.filter(|_| !no_start_rate).map(rate(given.start_burst, given.start_period_ms));
    options.check()?;
    Ok(options)
}

/// Puts what was given into a default rate.
fn rate(burst: u32, period_ms: u32) -> impl Fn(Rate) -> Rate {
    move |default| Rate {
        burst: if burst == 0 { default.burst } else { burst },
        period: if period_ms == 0 { default.period } else { millis(period_ms) },
    }
}

fn millis(number: u32) -> Duration {
    Duration::from_millis(number.into())
}
