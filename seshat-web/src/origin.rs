//! Whose page is calling? CSRF and cross-origin rules, and nothing else.

use crate::http::{Request, Response};
use crate::options::Options;

/// Whose page made the request, as far as its browser says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A page of this site.
    Same,
    /// A page of an allowed foreign origin, which is given.
    Allowed(String),
    /// Some other site's page.
    Foreign,
    /// Nobody said: no page's script, or a very old browser.
    Unsaid,
}

impl Caller {
    /// Reads it off `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454 §7).
    pub(crate) fn of(options: &Options, request: &Request<'_>) -> Caller {
        let site = request.header("sec-fetch-site");
        if site.as_deref() == Some("same-origin") {
            return Caller::Same;
        }
        let Some(origin) = request.header("origin") else {
            // "none" is a person who typed the address or used a bookmark.
            return match site.as_deref() {
                None | Some("none") => Caller::Unsaid,
                Some(_) => Caller::Foreign,
            };
        };
        if options.allowed_origins.iter().any(|allowed| *allowed == origin) {
            return Caller::Allowed(origin.into_owned());
        }
        if site.is_none() && is_own(&origin, request) { Caller::Same } else { Caller::Foreign }
    }
}

/// Does the origin name the host the request went to? A request known to have come by https must also come from
/// an https page. (The reverse is not asked: behind a proxy that ends TLS the adapter may not know of it.)
fn is_own(origin: &str, request: &Request<'_>) -> bool {
    let Some(host) = request.header("host") else { return false };
    let (authority, port) = match origin.split_once("://") {
        Some(("https", authority)) => (authority, ":443"),
        Some(("http", authority)) if !request.https => (authority, ":80"),
        _ => return false,
    };
    let plain = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    !authority.is_empty() && plain(authority) == plain(&host)
}

/// What a page sends: with the token, the widget adds that of the page's framework wherever it finds one, and other
/// libraries do so under the third name. A header that is not listed would make the browser stop the call.
const ALLOWED_HEADERS: &str = "authorization, content-type, x-csrf-token, x-csrftoken, x-xsrf-token";

/// Does the browser only ask whether it may call (Fetch standard, CORS-preflight request)?
pub(crate) fn is_preflight(request: &Request<'_>) -> bool {
    request.method == "OPTIONS" && request.header("access-control-request-method").is_some()
}

/// It may.
pub(crate) fn preflight() -> Response {
    Response::nothing()
        .with("Access-Control-Allow-Methods", "GET, POST")
        .with("Access-Control-Allow-Headers", ALLOWED_HEADERS)
        .with("Access-Control-Max-Age", "600")
}

/// What every response needs so that an allowed page may read it, and a cache keeps answers to different
/// origins apart. Credentials are never allowed: foreign pages show the token, not the cookie.
pub(crate) fn finish(options: &Options, caller: &Caller, response: &mut Response) {
    if options.allowed_origins.is_empty() {
        return;
    }
    response.headers.push(("Vary", "Origin".into()));
    if let Caller::Allowed(origin) = caller {
        response.headers.push(("Access-Control-Allow-Origin", origin.clone()));
        response.headers.push(("Access-Control-Expose-Headers", "Retry-After".into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(https: bool, headers: &[(&str, &str)]) -> Caller {
        let options = Options { allowed_origins: vec!["https://shop.example".into()], ..Options::default() };
        Caller::of(&options, &Request { headers, https, ..Request::default() })
    }

    #[test]
    fn the_browsers_word_comes_first() {
        assert_eq!(caller(true, &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")]), Caller::Same);
        for site in ["same-site", "cross-site", "none", "nonsense"] {
            let headers = [("Sec-Fetch-Site", site), ("Origin", "https://a.example"), ("Host", "a.example")];
            assert_eq!(caller(true, &headers), Caller::Foreign, "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_must_equal_the_host() {
        let own = |https, origin, host| caller(https, &[("Origin", origin), ("Host", host)]) == Caller::Same;
        assert!(own(true, "https://a.example", "a.example"));
        assert!(own(true, "https://a.example", "A.example:443"));
        assert!(own(false, "http://127.0.0.1:5000", "127.0.0.1:5000"));
        assert!(own(false, "https://a.example", "a.example"), "behind a proxy that ends TLS");
        assert!(!own(true, "http://a.example", "a.example"), "a plain page must not call the secure site");
        for origin in
            ["https://a.example.evil", "https://evil", "https://a.example:8443", "null", "", "https://"]
        {
            assert!(!own(true, origin, "a.example"), "{origin}");
        }
        assert!(!own(true, "https://", ""));
    }

    #[test]
    fn an_allowed_origin_is_allowed_to_the_letter() {
        let from = |origin| {
            caller(true, &[("Origin", origin), ("Host", "chat.example"), ("Sec-Fetch-Site", "cross-site")])
        };
        assert_eq!(from("https://shop.example"), Caller::Allowed("https://shop.example".into()));
        for origin in [
            "http://shop.example",
            "https://shop.example:444",
            "https://www.shop.example",
            "https://SHOP.example",
        ] {
            assert_eq!(from(origin), Caller::Foreign, "{origin}");
        }
    }

    #[test]
    fn no_header_at_all_says_nothing() {
        assert_eq!(caller(true, &[("Host", "a.example")]), Caller::Unsaid);
        assert_eq!(caller(true, &[("Sec-Fetch-Site", "none")]), Caller::Unsaid);
        assert_eq!(caller(true, &[("Sec-Fetch-Site", "cross-site")]), Caller::Foreign);
    }
}
