//! Everything that can be wrong with a request, and the one table from the store's errors to HTTP.

use crate::answer;
use crate::http::Response;
use serde::Serialize;
use seshat_core::{Error, ErrorKind};
use std::time::Duration;

/// When to try again after `busy`: by then the writers of the moment are done.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// A request that cannot be answered as wished. Boxed, because it is rare and results are passed around a lot.
#[derive(Debug)]
pub(crate) struct Problem(Box<Details>);

#[derive(Debug)]
struct Details {
    status: u16,
    code: &'static str,
    message: String,
    fields: Vec<(&'static str, String)>,
    header: Option<(&'static str, String)>,
    fault: Option<Error>,
}

/// The result of a call.
pub(crate) type Answer = Result<Response, Problem>;

impl Problem {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Problem(Box::new(Details { status, code, message, fields: Vec::new(), header: None, fault: None }))
    }

    /// The body is not what was announced.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Problem::new(400, "bad_request", message)
    }

    /// No token, or nobody's.
    pub(crate) fn no_chat() -> Self {
        Problem::new(401, "no_chat", "there is no chat; start one first")
    }

    /// Another site's page, or nobody knows whose.
    pub(crate) fn forbidden_origin() -> Self {
        Problem::new(403, "forbidden_origin", "this request did not come from a page of this site")
    }

    /// No such path.
    pub(crate) fn not_found() -> Self {
        Problem::new(404, "not_found", "there is nothing at this address")
    }

    /// The path is known, the method is not.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let mut problem = Problem::new(405, "method_not_allowed", format!("this address takes {allow}"));
        problem.0.header = Some(("Allow", allow.into()));
        problem
    }

    /// The body is more than the site takes.
    pub(crate) fn body_too_long(max: usize) -> Self {
        Problem::new(413, "too_long", format!("the request is longer than {max} bytes"))
    }

    /// One member is longer than the site takes.
    pub(crate) fn too_long(field: &'static str, cause: String) -> Self {
        let mut problem = Problem::new(413, "too_long", format!("`{field}` {cause}"));
        problem.0.fields = vec![(field, cause)];
        problem
    }

    /// The body is not JSON.
    pub(crate) fn unsupported_media_type() -> Self {
        Problem::new(415, "unsupported_media_type", "the body must be application/json")
    }

    /// Members or parameters are missing or wrong.
    pub(crate) fn invalid(fields: Vec<(&'static str, String)>) -> Self {
        let said: Vec<_> = fields.iter().map(|(name, cause)| format!("`{name}` {cause}")).collect();
        let mut problem = Problem::new(422, "invalid", said.join("; "));
        problem.0.fields = fields;
        problem
    }

    /// Says it to the visitor's page.
    pub(crate) fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            code: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            fields: Option<serde_json::Map<String, serde_json::Value>>,
        }
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: Body<'a>,
        }
        let Details { status, code, message, fields, header, fault } = *self.0;
        let fields = (!fields.is_empty())
            .then(|| fields.into_iter().map(|(name, cause)| (name.into(), cause.into())).collect());
        let body = Envelope { error: Body { code, message: &message, fields } };
        let mut response = answer::json(status, &body);
        response.headers.extend(header);
        response.fault = fault;
        response
    }
}

impl From<Error> for Problem {
    /// The one table. What is the site's trouble, not the visitor's, goes to the log with its words and to the
    /// visitor without them.
    fn from(error: Error) -> Self {
        let (status, code) = match error.kind() {
            ErrorKind::Invalid => (422, "invalid"),
            ErrorKind::TooLong => (413, "too_long"),
            ErrorKind::NotFound => return Problem::no_chat(),
            ErrorKind::Closed => (409, "chat_closed"),
            ErrorKind::Limited => (429, "rate_limited"),
            ErrorKind::Busy => (503, "busy"),
            // Io, Corrupt, Version, Stale, Internal, and any kind that is yet to come.
            _ => {
                let mut problem =
                    Problem::new(500, "internal", "the chat is out of order; please try again later");
                problem.0.fault = Some(error);
                return problem;
            }
        };
        let mut problem = Problem::new(status, code, error.to_string());
        problem.0.fields = error.field().map(|name| (name, error.cause().to_owned())).into_iter().collect();
        problem.0.header = match error.kind() {
            ErrorKind::Limited => Some(retry_after(error.retry_after().unwrap_or(BUSY_RETRY))),
            ErrorKind::Busy => Some(retry_after(BUSY_RETRY)),
            _ => None,
        };
        problem
    }
}

/// RFC 9110 §10.2.3 counts in whole seconds; rounding up never invites too early.
fn retry_after(wait: Duration) -> (&'static str, String) {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    ("Retry-After", seconds.max(1).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_its_status_and_code() {
        let table: Vec<_> = ErrorKind::ALL
            .iter()
            .map(|kind| {
                let problem = Problem::from(Error::new(*kind, "open store `/secret/path`", "because"));
                (*kind, problem.0.status, problem.0.code)
            })
            .collect();
        let expected = [
            (ErrorKind::Invalid, 422, "invalid"),
            (ErrorKind::TooLong, 413, "too_long"),
            (ErrorKind::NotFound, 401, "no_chat"),
            (ErrorKind::Closed, 409, "chat_closed"),
            (ErrorKind::Limited, 429, "rate_limited"),
            (ErrorKind::Busy, 503, "busy"),
            (ErrorKind::Io, 500, "internal"),
            (ErrorKind::Corrupt, 500, "internal"),
            (ErrorKind::Version, 500, "internal"),
            (ErrorKind::Stale, 500, "internal"),
            (ErrorKind::Internal, 500, "internal"),
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn the_sites_trouble_is_logged_and_not_told() {
        let problem = Problem::from(Error::new(ErrorKind::Io, "open store `/secret/path`", "disk on fire"));
        let response = problem.into_response();
        let body = String::from_utf8(response.body.into_owned()).unwrap();
        assert!(!body.contains("secret") && !body.contains("fire"), "{body}");
        assert_eq!(response.fault.unwrap().to_string(), "could not open store `/secret/path`: disk on fire");
    }

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        let header = |wait| {
            let error = Error::new(ErrorKind::Limited, "send", "too fast").with_retry_after(wait);
            Problem::from(error).0.header.unwrap().1
        };
        assert_eq!(header(Duration::from_millis(1)), "1");
        assert_eq!(header(Duration::from_millis(1001)), "2");
        assert_eq!(header(Duration::ZERO), "1");
        let busy = Problem::from(Error::new(ErrorKind::Busy, "send", "locked"));
        assert_eq!(busy.0.header, Some(("Retry-After", "1".into())));
    }
}
