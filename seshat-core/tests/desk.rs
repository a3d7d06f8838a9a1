//! What agents do with chats, and what the broker carries to them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly, its helpers too"
)]

mod common;

use common::*;
use seshat_core::desk::{Act, Outcome, Outgoing, Refusal, What};
use seshat_core::{ChatId, ChatState, CloseReason, ErrorKind, Leave, Poll, Show, Start};

/// "to: what" of everything that went out.
fn said(outgoing: &[Outgoing]) -> Vec<String> {
    let word = |o: &Outgoing| match &o.what {
        What::Offer { visitor } => format!("{}: offer {} {visitor}", o.id.to, o.id.chat),
        What::Line { text, several, .. } => {
            format!("{}: line {text}{}", o.id.to, if *several { " (several)" } else { "" })
        }
        What::Closed { .. } => format!("{}: closed {}", o.id.to, o.id.chat),
        What::Left { visitor, email, text, .. } => format!("{}: left by {visitor} {email}: {text}", o.id.to),
    };
    outgoing.iter().map(word).collect()
}

#[test]
fn a_chat_is_offered_to_every_available_agent() {
    let shop = Shop::open();
    shop.arrives(JOE);
    shop.store.desk().presence(BOB, "phone", Some(Show::Away)).unwrap();
    let chat = shop.start("customer").chat;
    assert_eq!(said(&shop.deliver()), [format!("{JOE}: offer {chat} customer")]);
}

#[test]
fn a_late_comer_is_offered_what_waits_once_however_the_presence_flickers() {
    let shop = Shop::open();
    let [one, two] = ["ann", "ben"].map(|name| shop.start(name).chat);
    shop.arrives(BOB);
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: offer {one} ann"), format!("{BOB}: offer {two} ben")]);
    shop.store.desk().presence(BOB, "phone", Some(Show::Away)).unwrap();
    shop.arrives(BOB);
    assert_eq!(said(&shop.deliver()), [""; 0]);
    shop.store.desk().presence(BOB, "phone", None).unwrap();
    shop.arrives(BOB);
    assert_eq!(shop.deliver().len(), 2, "who was gone altogether is told again");
}

#[test]
fn an_accepted_chat_is_offered_to_nobody_any_more() {
    let shop = Shop::open();
    shop.arrives(JOE);
    let chat = shop.start("customer").chat;
    shop.accept(JOE, chat);
    shop.arrives(BOB);
    assert_eq!(said(&shop.deliver()), [""; 0]);
}

#[test]
fn what_was_said_before_goes_out_when_the_chat_begins_and_not_sooner() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    shop.send(&chat.token, "Hi!");
    shop.send(&chat.token, "Anyone?");
    assert!(shop.deliver().is_empty());
    shop.accept(JOE, chat.chat);
    shop.send(&chat.token, "Hello?");
    assert_eq!(said(&shop.deliver()), ["Hi!", "Anyone?", "Hello?"].map(|line| format!("{JOE}: line {line}")));
}

#[test]
fn the_accepting_agent_is_told_whom_they_have_and_the_visitor_that_it_began() {
    let shop = Shop::open();
    let request = Start { name: "customer", page: Some("https://shop.example/tents"), ..Start::default() };
    let chat = shop.store.start(&request).unwrap();
    let Outcome::Done(card) = shop.accept(JOE, chat.chat) else { panic!("nobody else wanted it") };
    assert_eq!((card.chat, card.visitor.as_str()), (chat.chat, "customer"));
    assert_eq!(card.page.as_deref(), Some("https://shop.example/tents"));
    let state = shop.state(&chat.token);
    assert_eq!((state.state, state.position), (ChatState::Open, None));
    assert_eq!(state.agent.unwrap().name, "joe");
    assert_eq!(state.messages[0].notice.unwrap().code(), "accepted");
}

#[test]
fn of_two_who_accept_one_gets_it() {
    let shop = Shop::open();
    let chat = shop.start("customer").chat;
    shop.accept(JOE, chat);
    assert_eq!(shop.accept(BOB, chat), Outcome::Refused(Refusal::Taken { by: "joe".into() }));
    assert_eq!(shop.accept(JOE, chat), Outcome::Refused(Refusal::Yours));
    assert_eq!(shop.accept(JOE, ChatId(999)), Outcome::Refused(Refusal::NoSuchChat));
}

#[test]
fn a_stanza_heard_twice_is_obeyed_once() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let act = Act { agent: JOE, stanza: Some("s1") };
    let desk = shop.store.desk();
    assert!(matches!(desk.say(act, None, "Hello").unwrap(), Outcome::Done(_)));
    assert_eq!(desk.say(act, None, "Hello").unwrap(), Outcome::Repeat);
    assert_eq!(desk.finish(act, None).unwrap(), Outcome::Repeat);
    assert!(matches!(
        desk.say(Act { agent: JOE, stanza: Some("s2") }, None, "Hello").unwrap(),
        Outcome::Done(_)
    ));
    assert_eq!(shop.state(&chat.token).messages.len(), 3);
    // A refusal is an answer too: the repeat is not answered again.
    let late = Act { agent: BOB, stanza: Some("s1") };
    assert_eq!(
        desk.accept(late, chat.chat, 3).unwrap(),
        Outcome::Refused(Refusal::Taken { by: "joe".into() })
    );
    assert_eq!(desk.accept(late, chat.chat, 3).unwrap(), Outcome::Repeat);
}

#[test]
fn stanzas_are_remembered_for_a_day() {
    let shop = Shop::open();
    shop.open_chat(JOE, "customer");
    let act = Act { agent: JOE, stanza: Some("s1") };
    let desk = shop.store.desk();
    assert_eq!(desk.last_heard().unwrap(), None);
    desk.say(act, None, "Hello").unwrap();
    let heard = desk.last_heard().unwrap();
    assert!(heard.is_some());
    shop.clock.advance(seshat_core::limits::REMEMBER_STANZAS);
    desk.beat(true).unwrap();
    assert_eq!(desk.say(act, None, "Hello").unwrap(), Outcome::Repeat);
    assert_eq!(desk.last_heard().unwrap(), heard);
    let newer = Act { agent: JOE, stanza: Some("s2") };
    desk.say(newer, None, "Hello").unwrap();
    shop.clock.advance(1);
    desk.beat(true).unwrap();
    assert!(matches!(desk.say(act, None, "Hello").unwrap(), Outcome::Done(_)));
    shop.clock.advance(10 * seshat_core::limits::REMEMBER_STANZAS);
    desk.beat(true).unwrap();
    assert!(desk.last_heard().unwrap().is_some(), "the last one is remembered, however long ago");
}

#[test]
fn plain_lines_go_to_the_chat_the_agent_chose_last_and_only_the_agent_chooses() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let ann = shop.open_chat(JOE, "ann");
    let ben = shop.open_chat(JOE, "ben");
    shop.say(JOE, "to ben");
    shop.send(&ann.token, "me!");
    shop.say(JOE, "to ben again");
    desk.choose(by(JOE), ann.chat).unwrap();
    shop.say(JOE, "to ann");
    desk.say(by(JOE), Some(ben.chat), "to ben by number").unwrap();
    shop.say(JOE, "to ben as before");
    desk.choose(by(JOE), ann.chat).unwrap();
    shop.say(JOE, "to ann again");
    shop.store.finish(&ann.token).unwrap();
    assert_eq!(desk.say(by(JOE), None, "to whom?").unwrap(), Outcome::Refused(Refusal::NoneChosen));
    let agents =
        |token| lines(&shop.state(token)).into_iter().filter(|l| l.starts_with("agent")).collect::<Vec<_>>();
    assert_eq!(agents(&ann.token), ["agent: to ann", "agent: to ann again"]);
    assert_eq!(
        agents(&ben.token),
        ["to ben", "to ben again", "to ben by number", "to ben as before"]
            .map(|line| format!("agent: {line}"))
    );
}

#[test]
fn nobody_speaks_in_or_ends_anothers_chat() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let chat = shop.open_chat(JOE, "customer").chat;
    let taken = Refusal::Taken { by: "joe".into() };
    assert_eq!(desk.say(by(BOB), Some(chat), "psst").unwrap(), Outcome::Refused(taken.clone()));
    assert_eq!(desk.finish(by(BOB), Some(chat)).unwrap(), Outcome::Refused(taken.clone()));
    assert_eq!(desk.choose(by(BOB), chat).unwrap(), Outcome::Refused(taken.clone()));
    assert_eq!(desk.cancel(by(BOB), chat).unwrap(), Outcome::Refused(taken));
    assert_eq!(desk.say(by(BOB), None, "psst").unwrap(), Outcome::Refused(Refusal::NoChat));
    assert_eq!(desk.finish(by(BOB), None).unwrap(), Outcome::Refused(Refusal::NoChat));
}

#[test]
fn an_agent_handles_as_many_chats_as_allowed() {
    let shop = Shop::open();
    for name in ["a", "b", "c"] {
        shop.open_chat(JOE, name);
    }
    let fourth = shop.start("d").chat;
    assert_eq!(shop.accept(JOE, fourth), Outcome::Refused(Refusal::TooMany { limit: 3 }));
    shop.store.desk().finish(by(JOE), None).unwrap();
    assert!(matches!(shop.accept(JOE, fourth), Outcome::Done(_)));
}

#[test]
fn who_is_no_agent_is_obeyed_in_nothing() {
    let shop = Shop::open();
    let chat = shop.start("customer").chat;
    let error = shop.store.desk().accept(by("eve@example.com"), chat, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "could not accept the chat: `eve@example.com` is no agent");
}

#[test]
fn a_cancelled_request_is_closed_and_the_visitor_told() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    assert!(matches!(shop.store.desk().cancel(by(JOE), chat.chat).unwrap(), Outcome::Done(_)));
    let state = shop.state(&chat.token);
    assert_eq!(state.state, ChatState::Closed(CloseReason::Cancelled));
    assert_eq!(state.messages[0].notice.unwrap().code(), "cancelled");
    let again = shop.store.desk().cancel(by(BOB), chat.chat).unwrap();
    assert_eq!(again, Outcome::Refused(Refusal::Closed(CloseReason::Cancelled)));
}

#[test]
fn the_agent_hears_the_last_lines_and_then_that_the_visitor_ended() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    shop.send(&chat.token, "Bye!");
    shop.store.finish(&chat.token).unwrap();
    assert_eq!(said(&shop.deliver()), [format!("{JOE}: line Bye!"), format!("{JOE}: closed {}", chat.chat)]);
}

#[test]
fn lines_of_who_is_not_alone_say_so() {
    let shop = Shop::open();
    let ann = shop.open_chat(JOE, "ann");
    shop.send(&ann.token, "alone");
    assert_eq!(said(&shop.deliver()), [format!("{JOE}: line alone")]);
    shop.open_chat(JOE, "ben");
    shop.send(&ann.token, "not alone");
    assert_eq!(said(&shop.deliver()), [format!("{JOE}: line not alone (several)")]);
}

#[test]
fn what_is_claimed_is_not_claimed_again_until_it_is_released_and_keeps_its_id() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let chat = shop.open_chat(JOE, "customer");
    shop.send(&chat.token, "Hi!");
    let first = desk.claim(10).unwrap();
    assert!(desk.claim(10).unwrap().is_empty());
    desk.release(&[first[0].id.clone()]).unwrap();
    let second = desk.claim(10).unwrap();
    assert_eq!((second[0].stanza.as_str(), second[0].attempt), (first[0].stanza.as_str(), 2));
    // A new broker takes over what the old one had claimed.
    desk.recover().unwrap();
    let third = desk.claim(10).unwrap();
    assert_eq!((&third[0].stanza, &third[0].what, third[0].attempt), (&first[0].stanza, &first[0].what, 3));
    desk.acknowledge(&[third[0].id.clone()]).unwrap();
    desk.recover().unwrap();
    assert!(desk.claim(10).unwrap().is_empty());
}

#[test]
fn a_claim_takes_no_more_than_asked_for_in_each_chats_order() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    for text in ["1", "2", "3"] {
        shop.send(&chat.token, text);
    }
    let texts = |n| said(&shop.store.desk().claim(n).unwrap());
    assert_eq!(texts(2), [format!("{JOE}: line 1"), format!("{JOE}: line 2")]);
    assert_eq!(texts(2), [format!("{JOE}: line 3")]);
}

#[test]
fn a_requeued_chat_goes_with_what_was_not_acknowledged_to_the_next_agent() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    shop.arrives(BOB);
    let chat = shop.open_chat(JOE, "customer");
    shop.deliver();
    for text in ["heard", "lost one", "lost two"] {
        shop.send(&chat.token, text);
    }
    let claimed = desk.claim(10).unwrap();
    desk.acknowledge(&[claimed[0].id.clone()]).unwrap();
    // Out of order: the third is acknowledged, the second is not.
    desk.acknowledge(&[claimed[2].id.clone()]).unwrap();
    assert!(desk.requeue(chat.chat).unwrap());
    let state = shop.state(&chat.token);
    assert_eq!((state.state, state.position, state.agent), (ChatState::Waiting, Some(1), None));
    assert_eq!(state.messages.last().unwrap().notice.unwrap().code(), "requeued");
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: offer {} customer", chat.chat)]);
    shop.accept(BOB, chat.chat);
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: line lost one"), format!("{BOB}: line lost two")]);
    assert!(!desk.requeue(ChatId(999)).unwrap());
}

#[test]
fn a_bounced_line_goes_to_the_next_agent_although_it_was_acknowledged() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let chat = shop.open_chat(JOE, "customer");
    for text in ["heard", "bounced", "bounced too"] {
        shop.send(&chat.token, text);
    }
    let sent = shop.deliver();
    assert!(desk.bounced(&sent[1].id).unwrap());
    assert_eq!(shop.state(&chat.token).state, ChatState::Waiting);
    shop.accept(BOB, chat.chat);
    // The other bounce comes late: the chat is Bob's now and stays with him.
    assert!(!desk.bounced(&sent[2].id).unwrap());
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: line bounced"), format!("{BOB}: line bounced too")]);
}

#[test]
fn a_bounced_offer_or_former_agents_line_takes_the_chat_from_nobody() {
    let shop = Shop::open();
    shop.arrives(JOE);
    let chat = shop.start("customer");
    let offer = shop.deliver();
    shop.accept(JOE, chat.chat);
    assert!(!shop.store.desk().bounced(&offer[0].id).unwrap());
    shop.send(&chat.token, "Hi!");
    let line = shop.deliver();
    shop.hire(&[BOB]);
    assert!(!shop.store.desk().bounced(&line[0].id).unwrap());
}

#[test]
fn an_offer_made_again_after_a_return_to_the_queue_is_no_repeat() {
    let shop = Shop::open();
    shop.arrives(JOE);
    shop.arrives(BOB);
    let chat = shop.start("customer").chat;
    let first = shop.deliver();
    shop.accept(JOE, chat);
    shop.store.desk().requeue(chat).unwrap();
    let again = shop.deliver();
    assert_eq!((first.len(), again.len()), (2, 2));
    assert_ne!(first[0].stanza, again[0].stanza);
}

#[test]
fn offers_that_were_on_their_way_when_the_connection_went_are_made_again_to_who_is_there() {
    let shop = Shop::open();
    shop.arrives(JOE);
    shop.arrives(BOB);
    shop.start("customer");
    shop.store.desk().forget_presence().unwrap();
    shop.arrives(BOB);
    assert_eq!(shop.deliver().into_iter().map(|o| o.id.to).collect::<Vec<_>>(), [BOB]);
}

#[test]
fn a_left_message_that_every_server_sent_back_goes_to_who_comes_next() {
    let shop = Shop::open();
    let left = Leave { name: "Ann", email: "ann@example.com", text: "Call me", ..Leave::default() };
    shop.store.leave(&left).unwrap();
    let sent = shop.deliver();
    shop.store.desk().bounced(&sent[0].id).unwrap();
    shop.arrives(JOE);
    assert!(shop.deliver().is_empty(), "Bob's server has it");
    shop.store.desk().bounced(&sent[1].id).unwrap();
    shop.store.desk().presence(JOE, "phone", None).unwrap();
    shop.arrives(JOE);
    assert_eq!(said(&shop.deliver()), [format!("{JOE}: left by Ann ann@example.com: Call me")]);
}

#[test]
fn who_went_while_nobody_listened_is_offered_again_what_waits() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    shop.arrives(JOE);
    shop.start("customer");
    assert_eq!(shop.deliver().len(), 1);
    // The connection begins anew, twice: once Joe is still there, once he is not.
    desk.forget_presence().unwrap();
    shop.arrives(JOE);
    desk.beat(true).unwrap();
    assert!(shop.deliver().is_empty(), "he was there all the time");
    desk.forget_presence().unwrap();
    desk.beat(true).unwrap();
    shop.arrives(JOE);
    assert_eq!(shop.deliver().len(), 1);
}

#[test]
fn an_agent_who_is_no_more_gets_no_more_words() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    shop.send(&chat.token, "my card is 1234");
    shop.store.finish(&chat.token).unwrap();
    shop.hire(&[BOB]);
    assert!(shop.deliver().is_empty());
}

#[test]
fn a_late_acknowledgement_never_hits_another_row() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let chat = shop.open_chat(JOE, "customer");
    shop.send(&chat.token, "Hi!");
    let old = desk.claim(10).unwrap();
    desk.requeue(chat.chat).unwrap();
    shop.accept(BOB, chat.chat);
    let new = desk.claim(10).unwrap();
    desk.acknowledge(&[old[0].id.clone()]).unwrap();
    desk.recover().unwrap();
    assert_eq!(said(&desk.claim(10).unwrap()), said(&new));
}

#[test]
fn chats_of_agents_who_are_no_more_go_back_in_the_queue() {
    let shop = Shop::open();
    shop.arrives(BOB);
    let chat = shop.open_chat(JOE, "customer");
    shop.send(&chat.token, "Hi!");
    assert_eq!(shop.hire(&[BOB]), [chat.chat]);
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: offer {} customer", chat.chat)]);
    let error = shop.store.desk().say(by(JOE), None, "I am still here").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    shop.accept(BOB, chat.chat);
    assert_eq!(said(&shop.deliver()), [format!("{BOB}: line Hi!")]);
    assert!(shop.hire(&[JOE, BOB]).is_empty());
}

#[test]
fn the_queue_is_in_the_order_of_arrival_and_a_requeued_chat_keeps_its_place() {
    let shop = Shop::open();
    let [a, b, c] = ["a", "b", "c"].map(|name| shop.start(name));
    shop.accept(JOE, a.chat);
    let queue = || shop.store.desk().waiting(10).unwrap().iter().map(|card| card.chat).collect::<Vec<_>>();
    assert_eq!(queue(), [b.chat, c.chat]);
    shop.store.desk().requeue(a.chat).unwrap();
    assert_eq!(queue(), [a.chat, b.chat, c.chat]);
    assert_eq!(shop.state(&c.token).position, Some(3));
    assert_eq!(shop.store.desk().waiting(1).unwrap().len(), 1);
}

#[test]
fn an_agents_status_lists_their_chats_and_the_chosen_one() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    assert_eq!(desk.status(JOE).unwrap(), Default::default());
    let ann = shop.open_chat(JOE, "ann").chat;
    let ben = shop.open_chat(JOE, "ben").chat;
    shop.start("waiting");
    let status = desk.status(JOE).unwrap();
    assert_eq!(status.chats.iter().map(|card| card.chat).collect::<Vec<_>>(), [ann, ben]);
    assert_eq!((status.current, status.waiting), (Some(ben), 1));
    desk.finish(by(JOE), None).unwrap();
    assert_eq!(desk.status(JOE).unwrap().current, None, "only the agent chooses");
}

#[test]
fn a_left_message_reaches_every_agent_there_or_not() {
    let shop = Shop::open();
    let left = Leave { name: "Ann", email: "ann@example.com", text: "Call me", ..Leave::default() };
    shop.store.leave(&left).unwrap();
    let words = |agent| format!("{agent}: left by Ann ann@example.com: Call me");
    assert_eq!(said(&shop.deliver()), [words(JOE), words(BOB)]);
}

#[test]
fn a_left_message_waits_for_the_first_agent_there_ever_is_and_outlives_those_who_go() {
    let shop = Shop::open();
    shop.hire(&[]);
    let left = Leave { name: "Ann", email: "ann@example.com", text: "Call me", ..Leave::default() };
    shop.store.leave(&left).unwrap();
    assert!(shop.deliver().is_empty());
    shop.hire(&[JOE]);
    shop.store.desk().claim(10).unwrap();
    // Joe goes before his server has it.
    shop.hire(&[BOB]);
    let words = format!("{BOB}: left by Ann ann@example.com: Call me");
    assert_eq!(said(&shop.deliver()), [words]);
    shop.hire(&[JOE, BOB]);
    assert!(shop.deliver().is_empty(), "somebody has it");
}

#[test]
fn visitors_see_an_agents_new_name() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let rev = shop.state(&chat.token).rev;
    shop.store.desk().rename(JOE, "Joe Miller").unwrap();
    let state = shop.store.poll(&chat.token, &Poll { rev: Some(rev), ..Poll::default() }).unwrap().unwrap();
    assert_eq!(state.agent.unwrap().name, "Joe Miller");
    shop.hire(&[JOE, BOB]);
    assert_eq!(shop.state(&chat.token).agent.unwrap().name, "Joe Miller", "a restart forgets no name");
}

#[test]
fn stanza_ids_are_the_same_on_every_repeat_and_differ_between_stores() {
    let ids = [Shop::open(), Shop::open()].map(|shop| {
        let chat = shop.open_chat(JOE, "customer");
        shop.send(&chat.token, "Hi!");
        shop.store.desk().claim(1).unwrap()[0].stanza.clone()
    });
    assert_ne!(ids[0], ids[1]);
    assert!(ids[0].ends_with("-1-2"), "{}", ids[0]);
}

#[test]
fn an_empty_or_giant_line_is_an_error() {
    let shop = Shop::open();
    shop.open_chat(JOE, "customer");
    let say = |text: &str| shop.store.desk().say(by(JOE), None, text).unwrap_err().kind();
    assert_eq!(say(" \n"), ErrorKind::Invalid);
    assert_eq!(say(&"x".repeat(4001)), ErrorKind::TooLong);
}
