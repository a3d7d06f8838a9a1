// SPDX-License-Identifier: GPL-3.0-or-later
//! From stanzas to events. What may be obeyed is decided here by what a stanza is, in the relay by whom it is from.

use super::address;
use super::filter::MARK_NAMESPACE;
use crate::event::{Address, Asked, Contact, Content, Event, Message, Presence, Query, Unfit};
use seshat_core::Show;
use tokio_xmpp::Stanza;
use xmpp_parsers::chatstates::ChatState;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::message::{Message as MessageStanza, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::presence::{Presence as PresenceStanza, Show as ShowStanza, Type as PresenceType};
use xmpp_parsers::roster::{Ask, Roster, Subscription};
use xmpp_parsers::stanza_id::StanzaId;

/// The id of our request for the contact list.
pub(super) const ROSTER_REQUEST: &str = "seshat-roster";
/// The id of our request for a sign that everything before it has arrived.
pub(super) const BARRIER_REQUEST: &str = "seshat-barrier";

/// What a stanza is to the link.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// For the relay.
    Event(Event),
    /// The answer to our [`BARRIER_REQUEST`].
    Barrier,
    /// Nothing.
    Nothing,
}

/// Translates a stanza that came to `own`.
pub(super) fn translate(stanza: Stanza, own: &BareJid) -> Incoming {
    match stanza {
        Stanza::Message(message) => message_event(message, own),
        Stanza::Presence(presence) => presence_event(presence),
        Stanza::Iq(iq) => iq_event(iq, own),
    }
}

pub(super) fn message_event(message: MessageStanza, own: &BareJid) -> Incoming {
    // Our own server says nothing that the relay would have to know; it may leave its name out.
    let Some(from) = message.from.as_ref().map(address::plain) else { return Incoming::Nothing };
    let content = content(&message);
    if content == Content::Other {
        return Incoming::Nothing;
    }
    let archive_id = message
        .payloads
        .iter()
        .filter(|payload| payload.is("stanza-id", ns::SID))
        .filter_map(|payload| StanzaId::try_from(payload.clone()).ok())
        .find(|stanza_id| stanza_id.by.to_bare() == *own && stanza_id.by.is_bare())
        .map(|stanza_id| stanza_id.id);
    let id = message.id.map(|id| id.0).filter(|id| !id.is_empty());
    Incoming::Event(Event::Message(Message { from, id, archive_id, content, archived: false }))
}

fn content(message: &MessageStanza) -> Content {
    match message.type_ {
        MessageType::Error => return Content::Bounced,
        MessageType::Chat | MessageType::Normal => {}
        MessageType::Groupchat | MessageType::Headline => return Content::Other,
    }
    if message.payloads.iter().any(is_wrapper) {
        return Content::Other;
    }
    if message.payloads.iter().any(|payload| payload.is("malformed", MARK_NAMESPACE)) {
        return Content::Malformed;
    }
    if let Some(unfit) = message.payloads.iter().find_map(unfit) {
        return Content::Unfit(unfit);
    }
    let mut bodies = message.bodies.values().filter(|body| !body.trim().is_empty());
    match (bodies.next(), bodies.next()) {
        (Some(_), Some(_)) => Content::Malformed,
        (Some(body), None) => Content::Line(body.clone()),
        (None, _) => typing(&message.payloads).map_or(Content::Other, Content::Typing),
    }
}

/// Does this payload make the message a copy of another one: a carbon (XEP-0280), a forwarded one (XEP-0297), a
/// result from an archive (XEP-0313), or something in or from a room (XEP-0045)? Prosody passes on forged ones.
fn is_wrapper(payload: &Element) -> bool {
    let namespace = payload.ns();
    namespace == ns::CARBONS
        || namespace == ns::FORWARD
        || namespace == ns::MUC_USER
        || namespace == "jabber:x:conference"
        || (namespace.starts_with("urn:xmpp:mam:") && payload.name() == "result")
}

/// Does this payload give the message a meaning that its text, if there is any, only paraphrases?
fn unfit(payload: &Element) -> Option<Unfit> {
    const RETRACTION: &str = "urn:xmpp:message-retract:";
    let namespace = payload.ns();
    match namespace.as_str() {
        "urn:xmpp:eme:0" | "eu.siacs.conversations.axolotl" | "urn:xmpp:openpgp:0" | "jabber:x:encrypted" => {
            Some(Unfit::Encrypted)
        }
        omemo if omemo.starts_with("urn:xmpp:omemo:") => Some(Unfit::Encrypted),
        ns::MESSAGE_CORRECT => Some(Unfit::Correction),
        ns::REACTIONS => Some(Unfit::Reaction),
        retraction if retraction.starts_with(RETRACTION) => Some(Unfit::Retraction),
        // The first version of XEP-0424 wraps it.
        "urn:xmpp:fasten:0" if payload.children().any(|child| child.ns().starts_with(RETRACTION)) => {
            Some(Unfit::Retraction)
        }
        _ => None,
    }
}

fn typing(payloads: &[Element]) -> Option<bool> {
    let state = payloads.iter().find(|payload| payload.ns() == ns::CHATSTATES)?;
    Some(matches!(ChatState::try_from(state.clone()), Ok(ChatState::Composing)))
}

fn presence_event(presence: PresenceStanza) -> Incoming {
    let Some(from) = presence.from.as_ref().map(address::plain) else { return Incoming::Nothing };
    let what = match presence.type_ {
        // A client with a negative priority gets no messages (RFC 6121 §8.5.2.1), so nothing can be offered there.
        PresenceType::None if presence.priority.0 < 0 => Presence::Here(Show::Away),
        PresenceType::None => Presence::Here(match presence.show {
            None | Some(ShowStanza::Chat) => Show::Available,
            Some(ShowStanza::Away | ShowStanza::Xa | ShowStanza::Dnd) => Show::Away,
        }),
        PresenceType::Unavailable | PresenceType::Error => Presence::Gone,
        PresenceType::Subscribe => Presence::Subscribe,
        PresenceType::Unsubscribed => Presence::Unsubscribed,
        PresenceType::Subscribed | PresenceType::Unsubscribe | PresenceType::Probe => {
            return Incoming::Nothing;
        }
    };
    Incoming::Event(Event::Presence(from, what))
}

fn iq_event(iq: Iq, own: &BareJid) -> Incoming {
    let from = iq.from().map(address::plain).filter(|from| !is_ours(from, own));
    match iq {
        Iq::Get { id, payload, .. } => question(from, id, asked(&payload, false)),
        Iq::Set { id, payload, .. } => question(from, id, asked(&payload, true)),
        Iq::Result { id, payload: Some(payload), .. } if id == ROSTER_REQUEST && from.is_none() => {
            Roster::try_from(payload).map_or(Incoming::Nothing, |roster| {
                Incoming::Event(Event::Roster(roster.items.into_iter().map(contact).collect()))
            })
        }
        Iq::Result { id, .. } | Iq::Error { id, .. } if id == BARRIER_REQUEST && from.is_none() => {
            Incoming::Barrier
        }
        Iq::Result { .. } | Iq::Error { .. } => Incoming::Nothing,
    }
}

/// Our own server speaks as nobody, as our own account or as its domain (RFC 6120 §8.1.2.1, RFC 6121 §2.1.6).
pub(super) fn is_ours(from: &Address, own: &BareJid) -> bool {
    from.resource.is_none() && (from.bare == own.as_str() || from.bare == own.domain().as_str())
}

fn question(from: Option<Address>, id: String, what: Asked) -> Incoming {
    Incoming::Event(Event::Query(Query { from, id, what }))
}

fn asked(payload: &Element, set: bool) -> Asked {
    match (payload.name(), payload.ns().as_str(), set) {
        ("ping", ns::PING, false) => Asked::Ping,
        ("query", ns::VERSION, false) => Asked::Version,
        ("query", ns::DISCO_INFO, false) => Asked::Features,
        ("query", ns::ROSTER, true) => Asked::RosterPush,
        _ => Asked::Unknown,
    }
}

fn contact(item: xmpp_parsers::roster::Item) -> Contact {
    Contact {
        address: item.jid.to_string(),
        name: item.name.filter(|name| !name.trim().is_empty()),
        subscribed: matches!(item.subscription, Subscription::To | Subscription::Both)
            || item.ask == Ask::Subscribe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(xml: &str) -> Incoming {
        let element: Element = xml.replacen(' ', " xmlns='jabber:client' ", 1).parse().unwrap();
        let stanza = match element.name() {
            "message" => Stanza::Message(element.try_into().unwrap()),
            "presence" => Stanza::Presence(element.try_into().unwrap()),
            _ => Stanza::Iq(element.try_into().unwrap()),
        };
        translate(stanza, &BareJid::new("webchat@example.com").unwrap())
    }

    fn message(attributes: &str, inside: &str) -> Incoming {
        heard(&format!("<message from='joe@example.com/desk' {attributes}>{inside}</message>"))
    }

    fn content_of(attributes: &str, inside: &str) -> Option<Content> {
        match message(attributes, inside) {
            Incoming::Event(Event::Message(message)) => Some(message.content),
            _ => None,
        }
    }

    #[test]
    fn one_body_in_a_message_between_two_is_a_line() {
        for kind in ["type='chat'", "type='normal'", ""] {
            assert_eq!(content_of(kind, "<body>Hi!</body>"), Some(Content::Line("Hi!".into())), "{kind}");
        }
    }

    #[test]
    fn rooms_headlines_and_copies_are_nothing_to_us() {
        assert_eq!(message("type='groupchat'", "<body>!FINISH</body>"), Incoming::Nothing);
        assert_eq!(message("type='headline'", "<body>!FINISH</body>"), Incoming::Nothing);
        for wrapper in [
            "<sent xmlns='urn:xmpp:carbons:2'/>",
            "<received xmlns='urn:xmpp:carbons:2'/>",
            "<forwarded xmlns='urn:xmpp:forward:0'/>",
            "<result xmlns='urn:xmpp:mam:2'/>",
            "<x xmlns='http://jabber.org/protocol/muc#user'/>",
        ] {
            let inside = format!("<body>!FINISH</body>{wrapper}");
            assert_eq!(message("type='chat'", &inside), Incoming::Nothing, "{wrapper}");
        }
    }

    #[test]
    fn what_the_filter_marked_and_what_has_two_texts_is_malformed() {
        let marked = "<body>!FINISH</body><malformed xmlns='urn:seshat:malformed'/>";
        assert_eq!(content_of("type='chat'", marked), Some(Content::Malformed));
        let two = "<body>yes</body><body xml:lang='de'>nein</body>";
        assert_eq!(content_of("type='chat'", two), Some(Content::Malformed));
    }

    #[test]
    fn what_a_page_cannot_be_told_is_no_line_whatever_its_text_says() {
        for (payload, unfit) in [
            ("<retract xmlns='urn:xmpp:message-retract:1' id='x'/>", Unfit::Retraction),
            (
                "<apply-to xmlns='urn:xmpp:fasten:0' id='x'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>",
                Unfit::Retraction,
            ),
            ("<encryption xmlns='urn:xmpp:eme:0' namespace='x'/>", Unfit::Encrypted),
            ("<encrypted xmlns='eu.siacs.conversations.axolotl'/>", Unfit::Encrypted),
            ("<encrypted xmlns='urn:xmpp:omemo:2'/>", Unfit::Encrypted),
            ("<openpgp xmlns='urn:xmpp:openpgp:0'/>", Unfit::Encrypted),
            ("<x xmlns='jabber:x:encrypted'/>", Unfit::Encrypted),
            ("<reactions xmlns='urn:xmpp:reactions:0' id='x'/>", Unfit::Reaction),
            ("<replace xmlns='urn:xmpp:message-correct:0' id='x'/>", Unfit::Correction),
        ] {
            for body in ["", "<body>!FINISH</body>"] {
                let content = content_of("type='chat'", &format!("{payload}{body}"));
                assert_eq!(content, Some(Content::Unfit(unfit)), "{payload}");
            }
        }
        let quoting = "<reply xmlns='urn:xmpp:reply:0' to='x' id='y'/><body>Yes.</body>";
        assert_eq!(content_of("type='chat'", quoting), Some(Content::Line("Yes.".into())));
    }

    #[test]
    fn chat_states_are_typing_or_not() {
        let state = |name| content_of("type='chat'", &format!("<{name} xmlns='{}'/>", ns::CHATSTATES));
        assert_eq!(state("composing"), Some(Content::Typing(true)));
        assert_eq!(state("paused"), Some(Content::Typing(false)));
        assert_eq!(state("gone"), Some(Content::Typing(false)));
    }

    #[test]
    fn only_our_own_servers_stanza_id_counts() {
        let id_of = |by: &str| {
            let inside = format!("<body>x</body><stanza-id xmlns='urn:xmpp:sid:0' id='s1' by='{by}'/>");
            match message("type='chat' id='m1'", &inside) {
                Incoming::Event(Event::Message(message)) => (message.id, message.archive_id),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(id_of("webchat@example.com"), (Some("m1".into()), Some("s1".into())));
        assert_eq!(id_of("joe@example.com"), (Some("m1".into()), None));
    }

    #[test]
    fn presence_folds_to_there_away_and_gone() {
        let show =
            |inside: &str| heard(&format!("<presence from='joe@example.com/desk' >{inside}</presence>"));
        let here = |show| {
            let from = Address { bare: "joe@example.com".into(), resource: Some("desk".into()) };
            Incoming::Event(Event::Presence(from, Presence::Here(show)))
        };
        assert_eq!(show(""), here(Show::Available));
        assert_eq!(show("<show>chat</show>"), here(Show::Available));
        for away in ["away", "xa", "dnd"] {
            assert_eq!(show(&format!("<show>{away}</show>")), here(Show::Away));
        }
        assert_eq!(show("<priority>-1</priority>"), here(Show::Away));
    }

    #[test]
    fn a_contact_list_is_believed_only_from_our_own_server() {
        let list = |from: &str| {
            heard(&format!(
                "<iq {from} type='result' id='{ROSTER_REQUEST}'><query xmlns='{}'><item jid='joe@example.com' \
                 subscription='both' name='Joe B.'/></query></iq>",
                ns::ROSTER
            ))
        };
        let contact =
            Contact { address: "joe@example.com".into(), name: Some("Joe B.".into()), subscribed: true };
        for from in ["", "from='webchat@example.com'", "from='example.com'"] {
            assert_eq!(list(from), Incoming::Event(Event::Roster(vec![contact.clone()])), "{from}");
        }
        assert_eq!(list("from='mallory@example.com/x'"), Incoming::Nothing);
        assert_eq!(list("from='webchat@example.com/other'"), Incoming::Nothing);
    }

    #[test]
    fn a_pushed_contact_list_keeps_its_senders_name() {
        let push = |from: &str| {
            heard(&format!("<iq {from} type='set' id='p1'><query xmlns='{}'/></iq>", ns::ROSTER))
        };
        let query =
            |from| Incoming::Event(Event::Query(Query { from, id: "p1".into(), what: Asked::RosterPush }));
        assert_eq!(push(""), query(None));
        let mallory = Address { bare: "mallory@example.com".into(), resource: Some("x".into()) };
        assert_eq!(push("from='mallory@example.com/x'"), query(Some(mallory)));
    }
}
