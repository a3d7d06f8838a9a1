// SPDX-License-Identifier: GPL-3.0-or-later
//! From outbound data to stanzas.

use super::address;
use super::translate::{BARRIER_REQUEST, ROSTER_REQUEST};
use crate::event::{Address, Outbound, Reply};
use tokio_xmpp::Stanza;
use xmpp_parsers::chatstates::ChatState;
use xmpp_parsers::disco::{DiscoInfoResult, Identity};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::{Id, Lang, Message};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::ping::Ping;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::roster::Roster;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xmpp_parsers::stanza_id::OriginId;
use xmpp_parsers::version::VersionResult;

/// Higher than any client somebody may log in with to the broker's account: agents' lines are for the broker.
const PRIORITY: i8 = 127;

/// The stanza for it. `None` if an address in it is none, and for what is more than a stanza.
pub(super) fn compose(outbound: &Outbound) -> Option<Stanza> {
    let bare = |text: &String| address::parse(&Address { bare: text.clone(), resource: None });
    Some(match outbound {
        Outbound::Message { to, id, body, .. } => message(bare(to)?, id, body).into(),
        Outbound::Available => Presence::available().with_priority(PRIORITY).into(),
        Outbound::Unavailable => Presence::unavailable().into(),
        Outbound::Subscribe(to) => Presence::subscribe().with_to(bare(to)?).into(),
        Outbound::Approve(to) => Presence::subscribed().with_to(bare(to)?).into(),
        Outbound::Decline(to) => Presence::new(Type::Unsubscribed).with_to(bare(to)?).into(),
        Outbound::FetchRoster => Iq::from_get(ROSTER_REQUEST, Roster { ver: None, items: Vec::new() }).into(),
        Outbound::FetchArchive(_) => return None,
        Outbound::Reply { to, id, reply } => {
            let to = match to {
                Some(to) => Some(address::parse(to)?),
                None => None,
            };
            answer(to, id.clone(), *reply).into()
        }
    })
}

/// Our server answers when everything we sent before it has arrived (RFC 6120 §10.1: in order).
pub(super) fn barrier() -> Stanza {
    Iq::from_get(BARRIER_REQUEST, Ping).into()
}

fn message(to: Jid, id: &str, body: &str) -> Message {
    let mut message = Message::chat(to)
        .with_body(Lang::new(), bounded(without_forbidden(body)))
        .with_payload(OriginId { id: id.to_owned() })
        // XEP-0085 §5.1: who gets one chat state may send theirs.
        .with_payload(ChatState::Active);
    message.id = Some(Id(id.to_owned()));
    message
}

/// XML 1.0 §2.2 has no place for some characters, and the library fails on them. The store lets none in; this is
/// for what came in by other ways, such as an agent's own words quoted in an answer.
fn without_forbidden(text: &str) -> String {
    let forbidden =
        |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    text.replace(forbidden, "\u{fffd}")
}

/// No text in a stanza is longer than this, in bytes as XML spells it: servers end the stream for stanzas that are
/// too large, some from 10 kB of everything, most from 256 kB. What a visitor can type at once fits.
const MAX_BODY: usize = 20_480;
/// Stands where a text was cut.
const CUT: &str = " …";

/// The text, as far as servers take it, with a mark that people see where it was cut.
fn bounded(mut text: String) -> String {
    let spelled = |c: char| match c {
        '&' | '\r' => 5,
        '<' | '>' => 4,
        other => other.len_utf8(),
    };
    let (mut size, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        size += spelled(c);
        if size <= MAX_BODY - CUT.len() {
            end = at + c.len_utf8();
        } else if size > MAX_BODY {
            text.truncate(end);
            text.push_str(CUT);
            break;
        }
    }
    text
}

fn answer(to: Option<Jid>, id: String, reply: Reply) -> Iq {
    let result =
        |payload: Option<Element>| Iq::Result { from: None, to: to.clone(), id: id.clone(), payload };
    match reply {
        Reply::Done => result(None),
        Reply::Version => result(Some(
            VersionResult {
                name: "Seshat".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                os: None,
            }
            .into(),
        )),
        Reply::Features => result(Some(
            DiscoInfoResult {
                node: None,
                identities: vec![Identity::new("client", "bot", "en", "Seshat")],
                features: [ns::DISCO_INFO, ns::PING, ns::VERSION, ns::CHATSTATES].map(String::from).into(),
                extensions: Vec::new(),
            }
            .into(),
        )),
        Reply::Refused => {
            let refusal = StanzaError::new(
                ErrorType::Cancel,
                DefinedCondition::ServiceUnavailable,
                "en",
                "Not for you.",
            );
            Iq::Error { from: None, to, id, error: refusal, payload: None }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(outbound: Outbound) -> String {
        match compose(&outbound).unwrap() {
            Stanza::Message(stanza) => String::from(&Element::from(stanza)),
            Stanza::Presence(stanza) => String::from(&Element::from(stanza)),
            Stanza::Iq(stanza) => String::from(&Element::from(stanza)),
        }
    }

    #[test]
    fn a_line_carries_one_id_in_both_places() {
        let line = xml(Outbound::Message {
            to: "joe@example.com".into(),
            id: "s-42-1".into(),
            body: "<b>\u{0}&".into(),
            track: None,
        });
        assert!(line.contains("id='s-42-1'") && line.contains("type='chat'"), "{line}");
        assert!(line.contains("<body>&lt;b&gt;\u{fffd}&amp;</body>"), "{line}");
        let origin = line.find("<origin-id").unwrap();
        assert!(line[origin..].contains("s-42-1"), "{line}");
    }

    #[test]
    fn no_text_is_longer_than_servers_take() {
        let longest = "&".repeat(4000);
        assert_eq!(bounded(longest.clone()), longest);
        for text in ["a".repeat(MAX_BODY + 1), "&\u{1f600}".repeat(9000), "a\n".repeat(500_000)] {
            let cut = bounded(text.clone());
            let spelled = cut.replace('&', "&amp;").len();
            assert!(cut.ends_with(CUT) && spelled <= MAX_BODY && spelled > MAX_BODY - 20, "{spelled}");
            assert!(text.starts_with(cut.trim_end_matches(CUT)));
        }
    }

    #[test]
    fn a_refusal_goes_to_the_client_that_asked() {
        let to = Some(Address { bare: "mallory@example.com".into(), resource: Some("x".into()) });
        let refusal = xml(Outbound::Reply { to, id: "q1".into(), reply: Reply::Refused });
        assert!(
            refusal.contains("mallory@example.com/x") && refusal.contains("service-unavailable"),
            "{refusal}"
        );
    }
}
