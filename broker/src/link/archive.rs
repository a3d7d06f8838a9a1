// SPDX-License-Identifier: GPL-3.0-or-later
//! What was said to us while we did not listen, out of our account's archive (XEP-0313).
//!
//! XEP-0198 confirms stanzas when the library has read them, before they are stored: those a killed broker had
//! confirmed come from here. So do those a killed server had not delivered.

use super::translate::{Incoming, is_ours, message_event};
use crate::event::Event;
use chrono::{DateTime, SecondsFormat};
use seshat_core::Millis;
use std::time::Duration;
use tokio::time::Instant;
use tokio_xmpp::Stanza;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::mam::{Fin, Query, QueryId, Result_};
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::rsm::SetQuery;

/// Messages a page.
const PAGE: usize = 100;
/// Pages at most: more was not said in any outage that is worth answering.
const MAX_PAGES: u32 = 50;
/// A server that takes longer for a page keeps no archive.
const PAGE_DEADLINE: Duration = Duration::from_secs(20);

/// Reading the archive, page by page.
pub(super) struct Archive {
    /// Names this reading; results of any other are not ours.
    query: String,
    since: String,
    page: u32,
    /// When the page must be there.
    pub due: Instant,
}

/// What an answer meant.
pub(super) enum Progress {
    /// Ask this for the next page.
    More(Box<Stanza>),
    /// That was all.
    Done,
}

impl Archive {
    /// Begins reading what came since then; `query` must be hard to guess.
    pub(super) fn begin(since: Millis, query: String) -> (Archive, Stanza) {
        let since = DateTime::from_timestamp_millis(since).unwrap_or_default();
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let archive = Archive { query, since, page: 0, due: Instant::now() + PAGE_DEADLINE };
        let first = archive.request(None);
        (archive, first)
    }

    fn id(&self) -> String {
        format!("{}-{}", self.query, self.page)
    }

    fn request(&self, after: Option<String>) -> Stanza {
        let fields = vec![Field::text_single("start", &self.since)];
        let query = Query {
            queryid: Some(QueryId(self.query.clone())),
            node: None,
            form: Some(DataForm::new(DataFormType::Submit, ns::MAM, fields)),
            set: Some(SetQuery { max: Some(PAGE), after, before: None, index: None }),
            flip_page: false,
        };
        Iq::from_set(self.id(), query).into()
    }

    /// Is this stanza the end of the page we asked for?
    pub(super) fn page_end(&mut self, stanza: &Stanza, own: &BareJid) -> Option<Progress> {
        let Stanza::Iq(iq) = stanza else { return None };
        let from_us = iq.from().is_none_or(|from| is_ours(&super::address::plain(from), own));
        if iq.id() != self.id() || !from_us {
            return None;
        }
        let Iq::Result { payload: Some(payload), .. } = iq else { return Some(Progress::Done) };
        let Ok(Fin { complete, set }) = Fin::try_from(payload.clone()) else { return Some(Progress::Done) };
        self.page += 1;
        match set.last {
            Some(last) if !complete && self.page < MAX_PAGES => {
                self.due = Instant::now() + PAGE_DEADLINE;
                Some(Progress::More(Box::new(self.request(Some(last)))))
            }
            _ => Some(Progress::Done),
        }
    }

    /// The message in a result of this reading, if the stanza is one. Results are believed from our own account
    /// only: servers pass on forged ones.
    pub(super) fn result(&self, stanza: &Stanza, own: &BareJid) -> Option<Incoming> {
        let Stanza::Message(outer) = stanza else { return None };
        let from_us = outer.from.as_ref().is_none_or(|from| is_ours(&super::address::plain(from), own));
        let payload = outer.payloads.iter().find(|payload| payload.is("result", ns::MAM))?;
        let result = Result_::try_from(payload.clone()).ok()?;
        let ours = result.queryid.as_ref().is_some_and(|id| id.0 == self.query);
        if !from_us || !ours || is_marked(outer) {
            return None;
        }
        let inner = result.forwarded.message;
        // What we said ourselves is in the archive too.
        if inner.from.as_ref().is_none_or(|from| from.to_bare() == *own) {
            return Some(Incoming::Nothing);
        }
        match message_event(inner, own) {
            Incoming::Event(Event::Message(mut message)) => {
                message.archive_id = Some(result.id);
                message.archived = true;
                Some(Incoming::Event(Event::Message(message)))
            }
            _ => Some(Incoming::Nothing),
        }
    }
}

fn is_marked(message: &Message) -> bool {
    message.payloads.iter().any(|payload: &Element| payload.is("malformed", super::filter::MARK_NAMESPACE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Content;

    fn own() -> BareJid {
        BareJid::new("webchat@example.com").unwrap()
    }

    fn result(from: &str, query: &str, mark: &str) -> Stanza {
        let xml = format!(
            "<message xmlns='jabber:client' {from} to='webchat@example.com/seshat'>\
             <result xmlns='urn:xmpp:mam:2' queryid='{query}' id='a1'><forwarded xmlns='urn:xmpp:forward:0'>\
             <message xmlns='jabber:client' from='joe@example.com/desk' type='chat' id='m1'><body>!FINISH</body>\
             </message></forwarded></result>{mark}</message>"
        );
        Stanza::Message(xml.parse::<Element>().unwrap().try_into().unwrap())
    }

    #[test]
    fn results_are_believed_from_our_own_account_and_for_our_own_question_only() {
        let (archive, _) = Archive::begin(0, "q1".into());
        for from in ["", "from='webchat@example.com'"] {
            let Some(Incoming::Event(Event::Message(message))) =
                archive.result(&result(from, "q1", ""), &own())
            else {
                panic!("{from}")
            };
            assert_eq!(message.content, Content::Line("!FINISH".into()));
            assert_eq!(message.archive_id.as_deref(), Some("a1"));
            assert!(message.archived);
        }
        for from in
            ["from='mallory@example.com/x'", "from='joe@example.com'", "from='webchat@example.com/other'"]
        {
            assert!(archive.result(&result(from, "q1", ""), &own()).is_none(), "{from}");
        }
        assert!(archive.result(&result("", "q2", ""), &own()).is_none());
        assert!(
            archive.result(&result("", "q1", "<malformed xmlns='urn:seshat:malformed'/>"), &own()).is_none()
        );
    }

    #[test]
    fn pages_follow_one_another_until_the_last() {
        let fin = |id: &str, inside: &str| {
            let xml = format!(
                "<iq xmlns='jabber:client' type='result' id='{id}'><fin xmlns='urn:xmpp:mam:2' {inside}>\
                 <set xmlns='http://jabber.org/protocol/rsm'><last>a9</last></set></fin></iq>"
            );
            Stanza::Iq(xml.parse::<Element>().unwrap().try_into().unwrap())
        };
        let (mut archive, first) = Archive::begin(1_795_339_000_000, "q1".into());
        let Stanza::Iq(first) = first else { panic!() };
        let xml = String::from(&Element::from(first));
        assert!(xml.contains("2026-11-22T") && xml.contains("<max>100</max>"), "{xml}");
        assert!(archive.page_end(&fin("q1-9", ""), &own()).is_none());
        assert!(matches!(archive.page_end(&fin("q1-0", ""), &own()), Some(Progress::More(_))));
        assert!(matches!(archive.page_end(&fin("q1-1", "complete='true'"), &own()), Some(Progress::Done)));
    }
}
