//! The HTTP contract of Seshat as one pure function: [`handle`] takes a store, options and a request, and
//! returns a response. An adapter for a web framework only carries bytes.
//!
//! This crate knows HTTP and JSON. It knows no socket, no web framework, no SQL and no XMPP; all rules about
//! chats are `seshat_core`'s.
//!
//! # The calls
//! `{base}` is [`Options::base`]. Bodies are JSON (UTF-8); members a call does not know are ignored.
//!
//! | call | body or query | answers |
//! |---|---|---|
//! | `GET {base}/availability` | | 200 `{"availability":"online\|away\|offline"}`, cacheable for a few seconds |
//! | `POST {base}/chats` | `{key,name?,email?,text?,page?,locale?,fields?}` | 201 state and the cookie; 200 state when the visitor has a chat that is not closed, or for a key used before |
//! | `GET {base}/poll` | `after?=seq`, `rev?=n`, `wait?=s` | 200 state, or 204 when `rev` is unchanged; waits only with `rev` |
//! | `POST {base}/messages` | `{key,text,after?}` | 201 state with everything after `after` |
//! | `POST {base}/events` | `{type:"typing",typing?}`, `{type:"read",seq}`, `{type:"rate",rating}`, `{type:"end"}`, each with `after?` | 200 state; without `after` it lists no messages |
//! | `POST {base}/leave` | `{key,name?,email,text,page?}` | 201 `{"id":n}` |
//! | `GET {base}/transcript` | `format?=text\|json`, else by `Accept` | 200 the whole chat |
//! | `GET {base}/assets/…` | | 200 a file of the widget |
//!
//! - The `key` of `/chats` and `/leave` has 16 to 64 characters and must be unguessable: it is as secret as the
//!   token. That of `/messages` has 1 to 64. Repeating a call with its key gives the first call's result.
//! - When `/chats` answers 200 with a chat that was there before, its `text` was **not** added; the page sends
//!   it to `/messages` if it is not among the chat's messages.
//! - Of a [`User`] the site names, what the page says of name and `email` counts for nothing, but for an `email` the
//!   site does not know. A blank `email` is none: `/chats` does without, `/leave` needs the site's or the page's.
//! - `rating` is 1, -1, or 0 to take it back; `typing` is true when left out.
//!
//! # State
//! ```json
//! {"rev":9,
//!  "chat":{"id":42,"state":"waiting|open|closed","reason":"finished|cancelled|abandoned|missed",
//!          "position":2,"agent":{"name":"Joe","typing":false},"read":7,"rating":0,"last_seq":8},
//!  "availability":"online|away|offline",
//!  "messages":[{"seq":8,"key":"…","from":"visitor|agent|system","name":"Joe","text":"…",
//!               "at":"2026-11-22T09:14:00Z","code":"accepted|closed|cancelled|requeued|missed"}],
//!  "poll":{"interval":2,"wait":0}}
//! ```
//! Every member is always there; `reason`, `position`, `agent`, `key`, `name` and `code` may be `null`. One
//! answer carries at most 100 messages: while the last of them is below `last_seq`, there are more.
//! `poll.interval` is how many seconds to wait before the next poll, `poll.wait` the longest `wait` worth asking
//! for. `token` stands beside `rev` in the answer of `/chats` to an allowed foreign origin, and nowhere else.
//!
//! # Errors
//! `{"error":{"code","message","fields"?}}`, where `fields` maps the name of each wrong member to what is wrong:
//!
//! | status | code | when |
//! |---|---|---|
//! | 400 | `bad_request` | the body is not a JSON object in UTF-8 |
//! | 401 | `no_chat` | no token, or nobody's |
//! | 403 | `forbidden_origin` | the request may come from another site's page |
//! | 404 | `not_found` | no such path |
//! | 405 | `method_not_allowed` | see `Allow` |
//! | 409 | `chat_closed` | the chat has ended |
//! | 413 | `too_long` | the body or a text in it is too long |
//! | 415 | `unsupported_media_type` | the body is not `application/json` |
//! | 422 | `invalid` | a member or parameter is missing or wrong |
//! | 429 | `rate_limited` | see `Retry-After` |
//! | 500 | `internal` | the store failed; [`Response::fault`] says how, the visitor is not told |
//! | 503 | `busy` | the store is locked; see `Retry-After` |
//!
//! # Who may call
//! The visitor is known by an `HttpOnly; SameSite=Lax` cookie (`Secure` on https) that only `/chats` sets, or by
//! `Authorization: Bearer` and the token. A `POST` must come from the site's own pages, shown by
//! `Sec-Fetch-Site: same-origin`, else by an `Origin` that equals the host. One with neither header is refused
//! unless it has a bearer token. Origins in [`Options::allowed_origins`] may call too; they get and send the
//! token themselves, and their cookies count for nothing.

mod answer;
mod assets;
mod body;
mod calls;
mod http;
mod options;
mod origin;
mod problem;
mod snippet;
mod visit;

pub use http::{Request, Response, User};
pub use options::Options;
pub use snippet::{snippet, snippet_with};

use origin::Caller;
use problem::Problem;
use seshat_core::Store;
use visit::Visit;

/// Answers one request. Blocks only for the store, and for `wait` up to [`Options::max_wait`].
pub fn handle(store: &Store, options: &Options, request: &Request<'_>) -> Response {
    handle_while(store, options, request, &|| true)
}

/// As [`handle`], but a wait ends early, as if its time were over, when `go_on` says no. It is asked at least
/// every 100 ms, on the calling thread: a language's front can look for signals there.
pub fn handle_while(
    store: &Store,
    options: &Options,
    request: &Request<'_>,
    go_on: &dyn Fn() -> bool,
) -> Response {
    let caller = Caller::of(options, request);
    let mut response = match &caller {
        Caller::Allowed(_) if origin::is_preflight(request) => origin::preflight(),
        _ => calls::route(&Visit { store, options, request, caller: &caller, go_on })
            .unwrap_or_else(Problem::into_response),
    };
    origin::finish(options, &caller, &mut response);
    response.headers.push(("X-Content-Type-Options", "nosniff".into()));
    if request.method == "HEAD" {
        response.body = (&[]).into();
    }
    response
}
