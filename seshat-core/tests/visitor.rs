//! What a website may do for its visitors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly, its helpers too"
)]

mod common;

use common::*;
use seshat_core::desk::Outcome;
use seshat_core::limits::{self, Rate};
use seshat_core::{Availability, ChatState, CloseReason, ErrorKind, Leave, Poll, Sender, Show, Start, Token};
use std::time::Duration;

#[test]
fn messages_are_numbered_from_one_without_gaps() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    assert_eq!(shop.send(&chat.token, "Hi!"), 1);
    shop.accept(JOE, chat.chat);
    shop.say(JOE, "Hello, customer.");
    assert_eq!(shop.send(&chat.token, "Talk to you later!"), 4);
    let state = shop.state(&chat.token);
    let said = [
        "visitor: Hi!",
        "system: Your chat has started.",
        "agent: Hello, customer.",
        "visitor: Talk to you later!",
    ];
    assert_eq!(lines(&state), said);
    assert_eq!(state.messages.iter().map(|m| m.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(state.messages[2].name.as_deref(), Some("joe"));
}

#[test]
fn the_same_key_is_the_same_message() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    let first = shop.store.send(&chat.token, "Hi!", Some("k1"), None).unwrap();
    assert_eq!(shop.store.send(&chat.token, "Hi!", Some("k1"), None).unwrap(), first);
    assert_eq!(shop.state(&chat.token).messages.len(), 1);
    // Also after the end: the page may not have heard that it was stored.
    shop.store.finish(&chat.token).unwrap();
    assert_eq!(shop.store.send(&chat.token, "Hi!", Some("k1"), None).unwrap(), first);
}

#[test]
fn a_key_used_for_another_text_is_refused_and_says_so() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    shop.store.send(&chat.token, "one", Some("k1"), None).unwrap();
    let error = shop.store.send(&chat.token, "two", Some("k1"), None).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("key")));
    assert_eq!(error.to_string(), "could not send the message: the key was used before for another text");
    let other = shop.start("other");
    assert!(shop.store.send(&other.token, "two", Some("k1"), None).is_ok(), "keys belong to their chat");
}

#[test]
fn a_start_repeated_with_its_key_gives_the_same_chat_and_token() {
    let shop = Shop::open();
    let request = Start { name: "customer", text: Some("Hi!"), key: Some("a-key"), ..Start::default() };
    let first = shop.store.start(&request).unwrap();
    let again = shop.store.start(&request).unwrap();
    assert!(first.new && !again.new);
    assert_eq!((first.chat, first.token.reveal()), (again.chat, again.token.reveal()));
    assert_eq!(shop.state(&first.token).messages.len(), 1);
    let other = shop.store.start(&Start { key: Some("b-key"), ..request }).unwrap();
    assert_ne!(other.token.reveal(), first.token.reveal());
}

#[test]
fn another_store_gives_another_token_for_the_same_key() {
    let request = Start { key: Some("a-key"), ..Start::default() };
    let [one, two] = [Shop::open(), Shop::open()].map(|shop| shop.store.start(&request).unwrap());
    assert_ne!(one.token.reveal(), two.token.reveal());
}

#[test]
fn neither_token_nor_key_nor_address_stands_in_the_file() {
    let shop = Shop::open();
    let request = Start {
        key: Some("very-special-start-key"),
        limit: Some(("203.0.113.77", limits::START_RATE)),
        ..Start::default()
    };
    let token = shop.store.start(&request).unwrap().token.reveal();
    let mut bytes = std::fs::read(shop.path()).unwrap();
    bytes.extend(std::fs::read(shop.folder.path().join("chat.db-wal")).unwrap());
    for secret in [token.as_str(), "very-special-start-key", "203.0.113.77"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn a_wrong_token_finds_nothing() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    let text = chat.token.reveal();
    assert_eq!(text.len(), seshat_core::TOKEN_CHARS);
    assert_eq!(shop.store.chat(&Token::parse(&text).unwrap()).unwrap(), chat.chat);
    for wrong in ["", "{\"$regex\":\".*\"}", &text[1..], &text.to_lowercase(), &"A".repeat(43), "' OR 1=1 --"]
    {
        let kind = match Token::parse(wrong) {
            Ok(token) => shop.store.poll(&token, &Poll::default()).unwrap_err().kind(),
            Err(error) => error.kind(),
        };
        assert_eq!(kind, ErrorKind::NotFound, "{wrong}");
    }
    assert_eq!(format!("{:?}", chat.token), "Token(…)");
}

#[test]
fn a_poll_brings_what_comes_after_and_says_nothing_when_nothing_is_new() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    for text in ["one", "two", "three"] {
        shop.send(&chat.token, text);
    }
    let poll = |poll| shop.store.poll(&chat.token, &poll).unwrap();
    let state = poll(Poll { after: 1, ..Poll::default() }).unwrap();
    assert_eq!(lines(&state), ["visitor: two", "visitor: three"]);
    assert_eq!(poll(Poll { after: 3, rev: Some(state.rev), ..Poll::default() }), None);
    let short = poll(Poll { limit: 2, ..Poll::default() }).unwrap();
    assert_eq!((short.messages.len(), short.last_seq), (2, 3));
    // The rev is known but the third message is not: there is more to fetch.
    assert!(poll(Poll { after: 2, rev: Some(short.rev), ..Poll::default() }).is_some());
    assert!(poll(Poll { after: 99, ..Poll::default() }).unwrap().messages.is_empty());
    let error = shop.store.poll(&chat.token, &Poll { after: -1, ..Poll::default() }).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("after")));
}

#[test]
fn a_poll_returns_at_most_a_hundred_messages() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    for n in 0..120 {
        shop.send(&chat.token, &n.to_string());
    }
    let all = shop.store.poll(&chat.token, &Poll { limit: u32::MAX, ..Poll::default() }).unwrap().unwrap();
    assert_eq!((all.messages.len(), all.last_seq), (100, 120));
}

#[test]
fn a_waiting_poll_hears_what_another_thread_writes() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let rev = shop.state(&chat.token).rev;
    let store = shop.store.clone();
    let token = chat.token.clone();
    let waiter = std::thread::spawn(move || {
        store.poll(
            &token,
            &Poll { after: 1, rev: Some(rev), wait: Duration::from_secs(20), ..Poll::default() },
        )
    });
    shop.say(JOE, "Hello");
    let state = waiter.join().unwrap().unwrap().expect("a message came");
    assert_eq!(lines(&state), ["agent: Hello"]);
}

#[test]
fn a_waiting_poll_without_a_rev_waits_for_the_next_change() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let wait = Poll { after: 1, wait: Duration::from_millis(1), ..Poll::default() };
    assert_eq!(shop.store.poll(&chat.token, &wait).unwrap(), None);
    assert!(shop.store.poll(&chat.token, &Poll { after: 0, ..wait }).unwrap().is_some());
}

#[test]
fn a_closed_chat_takes_no_messages_and_stays_closed() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    shop.store.finish(&chat.token).unwrap();
    shop.store.finish(&chat.token).unwrap();
    let state = shop.state(&chat.token);
    assert_eq!(state.state, ChatState::Closed(CloseReason::Finished));
    assert_eq!(lines(&state), ["system: Your chat has started.", "system: The chat is now closed."]);
    let error = shop.store.send(&chat.token, "Too late", None, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.to_string(), "could not send the message: the chat is closed");
}

#[test]
fn a_visitor_who_leaves_the_queue_has_abandoned_the_chat() {
    let shop = Shop::open();
    let [first, second] = ["ann", "ben"].map(|name| shop.start(name));
    assert_eq!(shop.state(&second.token).position, Some(2));
    shop.store.finish(&first.token).unwrap();
    assert_eq!(shop.state(&first.token).state, ChatState::Closed(CloseReason::Abandoned));
    assert_eq!(shop.state(&second.token).position, Some(1));
}

#[test]
fn a_move_up_in_the_queue_is_news_to_who_waits() {
    let shop = Shop::open();
    let [first, second] = ["ann", "ben"].map(|name| shop.start(name));
    let before = shop.state(&second.token);
    shop.accept(JOE, first.chat);
    let poll = Poll { rev: Some(before.rev), ..Poll::default() };
    let after = shop.store.poll(&second.token, &poll).unwrap().expect("the place changed");
    assert_eq!((before.position, after.position), (Some(2), Some(1)));
}

#[test]
fn an_agents_typing_is_seen_and_forgotten() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let typing = || shop.state(&chat.token).agent.unwrap().typing;
    let quiet = shop.state(&chat.token).rev;
    shop.store.desk().typing(JOE, true).unwrap();
    assert!(typing() && shop.state(&chat.token).rev > quiet);
    let rev = shop.state(&chat.token).rev;
    shop.store.desk().typing(JOE, true).unwrap();
    assert_eq!(shop.state(&chat.token).rev, rev, "going on is no news");
    shop.clock.advance(limits::TYPING_LASTS + 1);
    assert!(!typing());
    shop.store.desk().typing(JOE, true).unwrap();
    shop.say(JOE, "done");
    assert!(!typing(), "who has said it is not writing it any more");
}

#[test]
fn the_end_of_typing_is_news_however_it_comes() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let chat = shop.open_chat(JOE, "customer");
    let news =
        |rev| shop.store.poll(&chat.token, &Poll { after: 1, rev: Some(rev), ..Poll::default() }).unwrap();
    desk.typing(JOE, true).unwrap();
    let rev = shop.state(&chat.token).rev;
    shop.clock.advance(limits::TYPING_LASTS + 1);
    desk.typing(JOE, false).unwrap();
    assert!(!news(rev).expect("he paused late").agent.unwrap().typing);
    desk.typing(JOE, true).unwrap();
    let rev = shop.state(&chat.token).rev;
    shop.clock.advance(limits::TYPING_LASTS + 1);
    desk.beat(true).unwrap();
    assert!(!news(rev).expect("it lapsed").agent.unwrap().typing);
}

#[test]
fn a_broker_that_dies_is_news_to_who_waits_and_to_who_talks() {
    let shop = Shop::open();
    shop.arrives(JOE);
    let [waits, talks] = [shop.start("ann"), shop.open_chat(JOE, "ben")];
    let revs = [&waits, &talks].map(|chat| shop.state(&chat.token).rev);
    shop.clock.advance(limits::BROKER_SILENCE + 1);
    for (chat, rev) in [waits, talks].iter().zip(revs) {
        let poll = Poll { after: 1, rev: Some(rev), ..Poll::default() };
        let state = shop.store.poll(&chat.token, &poll).unwrap().expect("nobody is there any more");
        assert_eq!(state.availability, Availability::Offline);
    }
}

#[test]
fn an_answer_shows_that_the_lines_before_it_were_read() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    let seq = shop.send(&chat.token, "Are you there?");
    shop.deliver();
    assert_eq!(shop.state(&chat.token).read, 0);
    shop.say(JOE, "Yes");
    assert_eq!(shop.state(&chat.token).read, seq);
}

#[test]
fn a_chat_takes_ten_messages_at_once_then_one_a_second() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    let send = |text: &str| shop.store.send(&chat.token, text, None, Some(limits::MESSAGE_RATE));
    for n in 0..10 {
        send(&n.to_string()).unwrap();
    }
    let error = send("eleven").unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Limited, Some(Duration::from_secs(1))));
    shop.clock.advance(1000);
    send("eleven").unwrap();
    let other = shop.start("other");
    assert!(shop.store.send(&other.token, "me too", None, Some(limits::MESSAGE_RATE)).is_ok());
}

#[test]
fn an_address_starts_and_leaves_so_much_and_no_more() {
    let shop = Shop::open();
    let rate = Rate { burst: 2, period: Duration::from_secs(600) };
    let start = |address| shop.store.start(&Start { limit: Some((address, rate)), ..Start::default() });
    start("203.0.113.1").unwrap();
    let left = Leave {
        email: "ann@example.com",
        text: "Call me",
        limit: Some(("203.0.113.1", rate)),
        ..Leave::default()
    };
    shop.store.leave(&left).unwrap();
    assert_eq!(start("203.0.113.1").unwrap_err().kind(), ErrorKind::Limited);
    assert_eq!(shop.store.leave(&left).unwrap_err().retry_after(), Some(Duration::from_secs(300)));
    assert!(start("203.0.113.2").is_ok());
    shop.clock.advance(300_000);
    assert!(start("203.0.113.1").is_ok());
}

#[test]
fn a_repeated_start_is_not_counted_again() {
    let shop = Shop::open();
    let rate = Rate { burst: 1, period: Duration::from_secs(600) };
    let request = Start { key: Some("k"), limit: Some(("203.0.113.1", rate)), ..Start::default() };
    shop.store.start(&request).unwrap();
    assert!(!shop.store.start(&request).unwrap().new);
}

#[test]
fn availability_follows_the_agents_and_the_brokers_heartbeat() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let now = || shop.store.availability().unwrap();
    assert_eq!(now(), Availability::Offline);
    desk.presence(JOE, "phone", Some(Show::Away)).unwrap();
    assert_eq!(now(), Availability::Away);
    desk.presence(JOE, "desktop", Some(Show::Available)).unwrap();
    assert_eq!(now(), Availability::Online);
    desk.presence(JOE, "desktop", None).unwrap();
    assert_eq!(now(), Availability::Away);
    desk.presence(BOB, "desktop", Some(Show::Available)).unwrap();
    shop.clock.advance(limits::BROKER_SILENCE);
    assert_eq!(now(), Availability::Online);
    shop.clock.advance(1);
    assert_eq!(now(), Availability::Offline, "the broker was silent for too long");
    desk.beat(true).unwrap();
    assert_eq!(now(), Availability::Online);
    shop.clock.advance(-7_200_000);
    desk.beat(true).unwrap();
    assert_eq!(now(), Availability::Online, "a clock that jumps back is put right by the next beat");
    desk.beat(false).unwrap();
    assert_eq!(now(), Availability::Offline, "the broker lost its server");
}

#[test]
fn who_waits_learns_that_somebody_came() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    let before = shop.state(&chat.token);
    shop.arrives(JOE);
    let poll = Poll { rev: Some(before.rev), ..Poll::default() };
    let after = shop.store.poll(&chat.token, &poll).unwrap().expect("that is news");
    assert_eq!((before.availability, after.availability), (Availability::Offline, Availability::Online));
}

#[test]
fn a_rating_can_be_given_changed_and_taken_back_after_the_end_too() {
    let shop = Shop::open();
    let chat = shop.open_chat(JOE, "customer");
    shop.store.finish(&chat.token).unwrap();
    for rating in [1, -1, 0] {
        shop.store.rate(&chat.token, rating).unwrap();
        assert_eq!(shop.state(&chat.token).rating, rating);
    }
    assert_eq!(shop.store.rate(&chat.token, 2).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_read_mark_only_moves_forward_and_not_past_the_end() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    shop.send(&chat.token, "one");
    shop.store.read(&chat.token, 1).unwrap();
    shop.store.read(&chat.token, 0).unwrap();
    let error = shop.store.read(&chat.token, 2).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Invalid, Some("seq")));
}

#[test]
fn a_left_message_is_stored_once_per_key() {
    let shop = Shop::open();
    let left =
        Leave { name: "Ann", email: "ann@example.com", text: "Call me", key: Some("k"), ..Leave::default() };
    let id = shop.store.leave(&left).unwrap();
    assert_eq!(shop.store.leave(&left).unwrap(), id);
    assert_eq!(shop.store.leave(&Leave { text: "No", ..left }).unwrap_err().field(), Some("key"));
    assert_eq!(shop.store.leave(&Leave { email: "ann@", ..left }).unwrap_err().field(), Some("email"));
}

#[test]
fn a_sites_own_fields_must_be_a_json_object() {
    let shop = Shop::open();
    let start = |fields| shop.store.start(&Start { fields: Some(fields), ..Start::default() });
    assert!(start(r#"{"order": 17}"#).is_ok());
    for bad in ["", "17", "[1]", "{", "{\"a\":\u{0}}"] {
        assert_eq!(start(bad).unwrap_err().field(), Some("fields"), "{bad}");
    }
}

/// A poll that compares revs must never miss a change: whenever what the visitor sees differs, so does the rev,
/// and it only grows.
#[test]
fn in_ten_thousand_random_steps_the_rev_grows_with_every_visible_change() {
    let shop = Shop::open();
    let desk = shop.store.desk();
    let mut random = 2_026_u64;
    let mut dice = move |sides: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let mut chats: Vec<_> = (0..3).map(|n| shop.start(&n.to_string())).collect();
    let mut seen: Vec<_> = chats.iter().map(|chat| shop.state(&chat.token)).collect();
    for step in 0..10_000 {
        let chat = dice(3) as usize;
        let agent = [JOE, BOB][dice(2) as usize];
        match dice(12) {
            0 | 1 => drop(shop.accept(agent, chats[chat].chat)),
            2 => drop(desk.finish(by(agent), None).unwrap()),
            3 => drop(desk.cancel(by(agent), chats[chat].chat).unwrap()),
            4 => drop(desk.requeue(chats[chat].chat).unwrap()),
            5 => drop(shop.store.send(&chats[chat].token, "x", None, None)),
            6 => drop(desk.say(by(agent), None, "y").unwrap()),
            7 => desk.typing(agent, dice(2) == 0).unwrap(),
            8 => shop.store.rate(&chats[chat].token, dice(3) as i8 - 1).unwrap(),
            9 => desk
                .presence(agent, "phone", [None, Some(Show::Away), Some(Show::Available)][dice(3) as usize])
                .unwrap(),
            10 if dice(2) == 0 => desk.recover().unwrap(),
            10 => drop(if dice(2) == 0 { shop.deliver() } else { desk.claim(2).unwrap() }),
            _ if matches!(seen[chat].state, ChatState::Closed(_)) => {
                chats[chat] = shop.start("next");
                seen[chat] = shop.state(&chats[chat].token);
            }
            _ if dice(20) == 0 => shop.store.finish(&chats[chat].token).unwrap(),
            _ => {}
        }
        for (chat, before) in chats.iter().zip(&mut seen) {
            let after = shop.state(&chat.token);
            assert!(after.rev >= before.rev, "step {step}: the rev shrank from {before:?} to {after:?}");
            // Who has left is told nothing more.
            let visible = |state: &seshat_core::State| {
                let goes_on = !matches!(state.state, ChatState::Closed(_));
                (
                    state.state,
                    state.position,
                    state.agent.clone(),
                    state.read,
                    state.rating,
                    state.last_seq,
                    goes_on.then_some(state.availability),
                )
            };
            if visible(&after) != visible(before) {
                assert!(after.rev > before.rev, "step {step}: same rev for {before:?} and {after:?}");
            }
            *before = after;
        }
    }
}

#[test]
fn what_a_visitor_says_first_is_a_message_like_any_other() {
    let shop = Shop::open();
    let request = Start { name: "customer", text: Some("Hi!\0"), ..Start::default() };
    let chat = shop.store.start(&request).unwrap();
    shop.accept(JOE, chat.chat);
    let first = &shop.state(&chat.token).messages[0];
    assert_eq!((first.seq, first.sender, first.text.as_str()), (1, Sender::Visitor, "Hi!\u{FFFD}"));
    assert!(matches!(shop.store.desk().finish(by(JOE), None).unwrap(), Outcome::Done(_)));
}
