//! What a site may set, with the reason for each default.

use seshat_core::limits::{self, Rate};
use seshat_core::{Error, ErrorKind, Result};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Over how long a rate may be counted: the store counts in milliseconds, and a longer period than this is a mistake
/// in the unit.
const RATE_PERIODS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(7 * 24 * 3600);

/// What a site may set. Take [`Options::default`], change what differs, and call [`Options::check`] once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the contract lives on the site: starts with `/`, does not end with one. Default `/seshat`.
    pub base: String,
    /// The name of the cookie that holds the visitor's token. Default `seshat`.
    pub cookie: String,
    /// The longest a poll may wait: what the site's server can hold open. Default zero, right for servers with
    /// few workers; more than [`limits::MAX_WAIT`] is cut.
    pub max_wait: Duration,
    /// How long a page should wait between polls while a chat goes on. Default 2 s, so that an answer does not
    /// feel late; the page itself slows down when it is hidden.
    pub poll_interval: Duration,
    /// New messages in one chat. Default [`limits::MESSAGE_RATE`]; `None` counts nothing. The period is between a
    /// millisecond and 7 days.
    pub message_rate: Option<Rate>,
    /// New chats and left messages from one address. Default [`limits::START_RATE`]; `None` counts nothing. The
    /// period is as above.
    pub start_rate: Option<Rate>,
    /// Characters in one message. Default, and most, [`limits::MAX_TEXT_CHARS`].
    pub max_text_chars: usize,
    /// Bytes in one request's body. Default 128 KiB: the longest text and fields, even if every character is
    /// written as an escaped surrogate pair.
    pub max_body: usize,
    /// Foreign origins whose pages may call, each written as browsers send it: `https://www.example.com`.
    /// Default none.
    pub allowed_origins: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            base: "/seshat".into(),
            cookie: "seshat".into(),
            max_wait: Duration::ZERO,
            poll_interval: Duration::from_secs(2),
            message_rate: Some(limits::MESSAGE_RATE),
            start_rate: Some(limits::START_RATE),
            max_text_chars: limits::MAX_TEXT_CHARS,
            max_body: 128 * 1024,
            allowed_origins: Vec::new(),
        }
    }
}

impl Options {
    /// Refuses what could never work or would not be safe to put into a header or a page.
    ///
    /// # Errors
    /// `Invalid` with the option's name as the field.
    pub fn check(&self) -> Result<()> {
        let wrong = |field, cause: &str| {
            Err(Error::new(ErrorKind::Invalid, format!("use option `{field}`"), cause).with_field(field))
        };
        if !is_base(&self.base) {
            return wrong(
                "base",
                "it must start with `/`, not end with one, and hold only A-Z a-z 0-9 - . _ ~ /",
            );
        }
        if !is_cookie_name(&self.cookie) {
            return wrong("cookie", "it must be 1 to 64 of A-Z a-z 0-9 - _");
        }
        if self.max_text_chars == 0 || self.max_text_chars > limits::MAX_TEXT_CHARS {
            return wrong("max_text_chars", "it must be between 1 and what the store takes");
        }
        if self.max_body == 0 {
            return wrong("max_body", "it must be greater than 0");
        }
        if !self.allowed_origins.iter().all(|origin| is_origin(origin)) {
            return wrong(
                "allowed_origins",
                "each must be like `https://www.example.com`: no path, no `*`, lower case",
            );
        }
        for (field, rate) in [("message_rate", self.message_rate), ("start_rate", self.start_rate)] {
            let Some(rate) = rate else { continue };
            if rate.burst == 0 {
                return wrong(field, "a rate must let at least one through");
            }
            if !RATE_PERIODS.contains(&rate.period) {
                return wrong(field, "the period of a rate must be between a millisecond and 7 days");
            }
        }
        Ok(())
    }
}

fn is_base(text: &str) -> bool {
    text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains("//")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b))
}

fn is_cookie_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_field(options: Options) -> Option<&'static str> {
        options.check().unwrap_err().field()
    }

    #[test]
    fn the_defaults_are_fine() {
        Options::default().check().unwrap();
    }

    #[test]
    fn a_base_that_would_break_a_header_or_a_page_is_refused() {
        for base in
            ["", "/", "seshat", "/seshat/", "/a b", "/a;b", "/a\"b", "/a//b", "/a\r\nb", "https://x/a"]
        {
            assert_eq!(
                refused_field(Options { base: base.into(), ..Options::default() }),
                Some("base"),
                "{base}"
            );
        }
        Options { base: "/shop/chat".into(), ..Options::default() }.check().unwrap();
    }

    #[test]
    fn only_exact_origins_may_be_allowed() {
        for origin in
            ["*", "null", "example.com", "https://", "https://a/", "https://A.example", "ftp://a", ""]
        {
            let options = Options { allowed_origins: vec![origin.into()], ..Options::default() };
            assert_eq!(refused_field(options), Some("allowed_origins"), "{origin}");
        }
        let origins = ["https://www.example.com", "http://localhost:8080", "http://[::1]:8080"];
        let allowed_origins = origins.map(String::from).to_vec();
        Options { allowed_origins, ..Options::default() }.check().unwrap();
    }

    #[test]
    fn limits_stay_within_what_the_store_takes() {
        let refused = |options| refused_field(options);
        assert_eq!(refused(Options { max_text_chars: 0, ..Options::default() }), Some("max_text_chars"));
        assert_eq!(refused(Options { max_text_chars: 4001, ..Options::default() }), Some("max_text_chars"));
        assert_eq!(refused(Options { max_body: 0, ..Options::default() }), Some("max_body"));
        assert_eq!(refused(Options { cookie: "a b".into(), ..Options::default() }), Some("cookie"));
    }

    #[test]
    fn rates_that_cannot_work_are_refused_by_name() {
        let second = Duration::from_secs(1);
        let week = Duration::from_secs(7 * 24 * 3600);
        let rates = [
            (0, second),
            (5, Duration::ZERO),
            (5, Duration::from_micros(999)),
            (5, week + Duration::from_nanos(1)),
            (5, Duration::MAX),
        ];
        for (burst, period) in rates {
            let rate = Some(Rate { burst, period });
            let messages = Options { message_rate: rate, ..Options::default() };
            let starts = Options { start_rate: rate, ..Options::default() };
            assert_eq!(refused_field(messages), Some("message_rate"), "{rate:?}");
            assert_eq!(refused_field(starts), Some("start_rate"), "{rate:?}");
        }
        for period in [Duration::from_millis(1), week] {
            let rate = Some(Rate { burst: 1, period });
            Options { message_rate: rate, start_rate: rate, ..Options::default() }.check().unwrap();
        }
    }
}
