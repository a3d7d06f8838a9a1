//! One request on its way through the calls: who calls, which chat is theirs, what state to answer with.

use crate::answer;
use crate::body::Fields;
use crate::http::{Request, Response};
use crate::options::Options;
use crate::origin::Caller;
use crate::problem::Problem;
use seshat_core::limits::{MAX_NAME_CHARS, Rate};
use seshat_core::{Error, ErrorKind, Poll, State, Store, Token};
use std::net::{IpAddr, SocketAddr};

/// All a call needs to know.
pub(crate) struct Visit<'a> {
    pub(crate) store: &'a Store,
    pub(crate) options: &'a Options,
    pub(crate) request: &'a Request<'a>,
    pub(crate) caller: &'a Caller,
    pub(crate) go_on: &'a dyn Fn() -> bool,
}

impl Visit<'_> {
    /// A call that changes something must come from a page that may make it, or show a token that no page of
    /// another site could have put there.
    pub(crate) fn guard(&self) -> Result<(), Problem> {
        match self.caller {
            Caller::Same | Caller::Allowed(_) => Ok(()),
            Caller::Unsaid if self.request.bearer().is_some() => Ok(()),
            Caller::Unsaid | Caller::Foreign => Err(Problem::forbidden_origin()),
        }
    }

    /// The token the request shows: the bearer's, else the cookie's. Cookies that other sites' pages make the
    /// browser send count for nothing.
    pub(crate) fn token(&self) -> Result<Token, Problem> {
        if let Some(bearer) = self.request.bearer() {
            return Ok(Token::parse(&bearer)?);
        }
        let cookie = match self.caller {
            Caller::Same | Caller::Unsaid => self.request.cookie(&self.options.cookie),
            Caller::Allowed(_) | Caller::Foreign => None,
        };
        Ok(Token::parse(cookie.ok_or_else(Problem::no_chat)?)?)
    }

    /// The members of the request's body.
    pub(crate) fn fields(&self) -> Result<Fields, Problem> {
        Fields::of_body(self.options, self.request)
    }

    /// The site's own limit on a message's length.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), Problem> {
        let max = self.options.max_text_chars;
        if text.chars().count() > max {
            return Err(Problem::too_long("text", format!("is longer than {max} characters")));
        }
        Ok(())
    }

    /// The visitor's name: the site's word, else the page's. One of the site's that is too long is cut: the
    /// visitor could do nothing about it.
    pub(crate) fn name(&self, said: Option<String>) -> String {
        match self.request.user {
            Some(user) => user.name.trim().chars().take(MAX_NAME_CHARS).collect(),
            None => said.unwrap_or_default(),
        }
    }

    /// The e-mail address the site knows. A blank one is none: many sites store it like that.
    pub(crate) fn known_email(&self) -> Option<&str> {
        self.request.user?.email.filter(|email| !email.trim().is_empty())
    }

    /// What new chats and left messages are counted against.
    pub(crate) fn start_limit<'s>(&self, source: &'s Option<String>) -> Option<(&'s str, Rate)> {
        Some((source.as_deref()?, self.options.start_rate?))
    }

    /// The network a visitor calls from. An IPv6 address stands for its /64, the least that is handed to one
    /// customer (RFC 6177): else each of them would have 2^64 fresh addresses. All who come through a Unix socket
    /// count as one: not to count them would be no limit at all.
    pub(crate) fn source(&self) -> Option<String> {
        let text = self.request.client_ip?.trim();
        Some(match address(text).map(|ip| ip.to_canonical()) {
            Some(IpAddr::V6(ip)) => {
                let s = ip.segments();
                format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
            }
            Some(ip) => ip.to_string(),
            None if text.is_empty() || text == "unix:" => "unix".to_owned(),
            None => text.to_owned(),
        })
    }

    /// The chat's state now, with the messages after `after`.
    pub(crate) fn state(&self, token: &Token, after: i64) -> Result<State, Problem> {
        let state = self.store.poll(token, &Poll { after, ..Poll::default() })?;
        // The store promises: a poll without `rev` that does not wait always answers.
        let silent = || Error::new(ErrorKind::Internal, "poll the chat", "the store gave no state");
        Ok(state.ok_or_else(silent)?)
    }

    /// The same as a response.
    pub(crate) fn answer_state(&self, status: u16, token: &Token, after: i64) -> Result<Response, Problem> {
        Ok(answer::state(status, self.options, &self.state(token, after)?, None))
    }
}

/// An address, without the port that some proxies write with it: a visitor has a fresh one for every connection.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seshat_core::OpenOptions;

    fn source(ip: &str) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("chat.db"), OpenOptions::default()).unwrap();
        let request = Request { client_ip: Some(ip), ..Request::default() };
        let options = Options::default();
        Visit { store: &store, options: &options, request: &request, caller: &Caller::Same, go_on: &|| true }
            .source()
    }

    #[test]
    fn an_ipv6_visitor_is_known_by_their_network() {
        assert_eq!(source("192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(source("::ffff:192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(source("2001:db8:1:2:3::4"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
    }

    #[test]
    fn a_port_makes_no_new_visitor() {
        assert_eq!(source("9.9.9.9:1001").as_deref(), Some("9.9.9.9"));
        for same in ["[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::1"] {
            assert_eq!(source(same).as_deref(), Some("2001:db8:0:0::/64"), "{same}");
        }
        assert_eq!(source("[::ffff:192.0.2.7]:80").as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn all_who_come_through_a_unix_socket_are_one() {
        for peer in ["", " ", "unix", "unix:"] {
            assert_eq!(source(peer).as_deref(), Some("unix"), "{peer:?}");
        }
        assert_eq!(source("unknown").as_deref(), Some("unknown"));
    }
}
