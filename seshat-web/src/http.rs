//! Requests and responses as plain data, and the few pieces of HTTP syntax the contract needs.

use seshat_core::Error;
use std::borrow::Cow;

/// One request, as the web server saw it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// `GET`, `POST` …, in capitals.
    pub method: &'a str,
    /// The path, percent-decoded, with the base.
    pub path: &'a str,
    /// What follows the `?`, not decoded; empty when there is none.
    pub query: &'a str,
    /// All headers, names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body. An adapter need not read more than [`Options::max_body`](crate::Options::max_body) + 1 bytes.
    pub body: &'a [u8],
    /// The visitor's network address, with or without a port, which starts are counted against. Behind a proxy the
    /// adapter must take it from the proxy's word, and from nobody else's. Empty, it is a Unix socket's, whose
    /// peers all count as one; with `None` starts are not counted.
    pub client_ip: Option<&'a str>,
    /// Did the visitor's browser use https?
    pub https: bool,
    /// The visitor, when the site has them logged in.
    pub user: Option<User<'a>>,
}

/// A visitor the site knows. What the page says of their name then counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// The name agents see; what is longer than [`MAX_NAME_CHARS`](seshat_core::limits::MAX_NAME_CHARS) is cut.
    pub name: &'a str,
    /// Where to answer; when `None` or blank, the page may say.
    pub email: Option<&'a str>,
}

/// The answer to a [`Request`]. The adapter adds `Content-Length` and whatever its server wants.
#[derive(Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, each to be sent as its own line.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for `HEAD` and 204.
    pub body: Cow<'static, [u8]>,
    /// What failed behind a 500: for the site's log, never for the visitor.
    pub fault: Option<Error>,
}

impl Response {
    /// A body of this type that nobody may store.
    pub(crate) fn private(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Response {
            status,
            headers: vec![("Content-Type", content_type.into()), ("Cache-Control", "no-store".into())],
            body: body.into(),
            fault: None,
        }
    }

    /// A 204 that nobody may store.
    pub(crate) fn nothing() -> Self {
        Response { status: 204, headers: vec![("Cache-Control", "no-store".into())], ..Response::default() }
    }

    /// The same with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl<'a> Request<'a> {
    /// A header's value. Of one that may stand only once but was sent twice, the joined values come back, which
    /// then equal nothing that is looked for.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut values = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v);
        let first = values.next()?.trim();
        Some(values.fold(Cow::Borrowed(first), |all, next| Cow::Owned(format!("{all}, {}", next.trim()))))
    }

    /// The first cookie of this name.
    pub(crate) fn cookie(&self, name: &str) -> Option<&'a str> {
        self.headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// The token of an `Authorization: Bearer` header. Other schemes belong to the site (a staging site's
    /// password, say) and mean nothing here.
    pub(crate) fn bearer(&self) -> Option<String> {
        let value = self.header("authorization")?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    }

    /// A parameter of the query, decoded; of several, the first.
    pub(crate) fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// Is the body declared to be JSON?
    pub(crate) fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|value| {
            value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
        Request { headers, ..Request::default() }
    }

    #[test]
    fn cookies_are_found_among_others_and_across_headers() {
        let headers = [("Cookie", "a=1; seshat2=x;seshat=tok=en"), ("cookie", "b=2")];
        assert_eq!(request(&headers).cookie("seshat"), Some("tok=en"));
        assert_eq!(request(&headers).cookie("b"), Some("2"));
        assert_eq!(request(&headers).cookie("c"), None);
    }

    #[test]
    fn a_header_sent_twice_equals_neither_value() {
        let headers = [("Sec-Fetch-Site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert_eq!(request(&headers).header("sec-fetch-site").unwrap(), "same-origin, cross-site");
    }

    #[test]
    fn bearer_is_taken_in_any_case_and_other_schemes_are_left_alone() {
        assert_eq!(request(&[("Authorization", "bearer  abc ")]).bearer().as_deref(), Some("abc"));
        assert_eq!(request(&[("Authorization", "Basic abc")]).bearer(), None);
        assert_eq!(request(&[("Authorization", "Bearer")]).bearer(), None);
    }

    #[test]
    fn json_is_json_with_parameters_and_in_any_case() {
        assert!(request(&[("Content-Type", "Application/JSON; charset=utf-8")]).is_json());
        assert!(!request(&[("Content-Type", "text/plain")]).is_json());
        assert!(!request(&[("Content-Type", "application/jsonp")]).is_json());
        assert!(!request(&[]).is_json());
    }
}
