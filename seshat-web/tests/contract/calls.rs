//! What each call does and answers.

use crate::site::{START_KEY, Site, get, post};
use serde_json::{Value, json};
use seshat_core::Poll;

#[test]
fn availability_says_who_is_there_and_may_be_kept_for_a_moment() {
    let site = Site::new();
    let answer = site.ask(&get("/availability"));
    assert_eq!((answer.status(), answer.json()), (200, json!({ "availability": "offline" })));
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=5"));
    assert_eq!(answer.header("Set-Cookie"), None);
    site.come_online();
    assert_eq!(site.ask(&get("/availability")).json()["availability"], "online");
}

#[test]
fn a_started_chat_is_the_whole_state() {
    let site = Site::new();
    let answer = site.ask(&post("/chats", json!({ "key": START_KEY, "name": "Ann", "text": "Hi!" })));
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    let rev = answer.json()["rev"].clone();
    assert!(rev.as_i64().unwrap() > 0);
    assert_eq!(
        answer.json(),
        json!({
            "rev": rev,
            "chat": {
                "id": 1, "state": "waiting", "reason": null, "position": 1, "agent": null,
                "read": 0, "rating": 0, "last_seq": 1,
            },
            "availability": "offline",
            "messages": [{
                "seq": 1, "key": null, "from": "visitor", "name": null, "text": "Hi!",
                "at": "2026-11-22T09:14:00Z", "code": null,
            }],
            "poll": { "interval": 2, "wait": 0 },
        })
    );
}

#[test]
fn what_the_page_says_of_the_visitor_reaches_the_agents() {
    let site = Site::new();
    let start = json!({
        "key": START_KEY, "name": "Ann", "email": "ann@example.com", "page": "https://shop.example/tents",
        "locale": "de-AT", "fields": { "order": 7 }, "unknown": [1, 2, 3],
    });
    assert_eq!(site.ask(&post("/chats", start)).status(), 201);
    let card = &site.store.desk().waiting(1).unwrap()[0];
    assert_eq!((card.visitor.as_str(), card.page.as_deref()), ("Ann", Some("https://shop.example/tents")));
}

#[test]
fn a_chat_may_start_with_nothing_but_a_key() {
    let site = Site::new();
    let answer = site.ask(&post("/chats", json!({ "key": START_KEY, "name": null, "text": "" })));
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.json()["messages"], json!([]));
}

#[test]
fn a_visitor_who_has_a_chat_gets_it_again_and_no_second_one() {
    let site = Site::new();
    let token = site.start();
    let again =
        post("/chats", json!({ "key": "another-key-of-another-tab", "text": "lost?" })).cookie(&token);
    let answer = site.ask(&again);
    assert_eq!((answer.status(), answer.json()["chat"]["id"].clone()), (200, json!(1)));
    assert_eq!(answer.texts(), ["Hi!"], "the page sees that its text is not in there");
    assert_eq!(answer.header("Set-Cookie"), None);
    assert_eq!(site.store.desk().waiting(9).unwrap().len(), 1);
}

#[test]
fn after_the_end_a_new_chat_begins_with_a_new_token() {
    let site = Site::new();
    let token = site.start();
    site.ask(&post("/events", json!({ "type": "end" })).cookie(&token));
    let answer = site.ask(&post("/chats", json!({ "key": "another-key-of-this-page" })).cookie(&token));
    assert_eq!((answer.status(), answer.json()["chat"]["id"].clone()), (201, json!(2)));
    assert_ne!(answer.cookie_value(), token);
}

#[test]
fn a_start_repeated_with_its_key_is_the_same_chat() {
    let site = Site::new();
    let token = site.start();
    let again = site.ask(&post("/chats", json!({ "key": START_KEY, "name": "Ann", "text": "Hi!" })));
    assert_eq!((again.status(), again.cookie_value()), (200, token));
    assert_eq!(again.texts(), ["Hi!"]);
}

#[test]
fn a_token_that_is_nobodys_is_no_hindrance_to_a_start() {
    let site = Site::new();
    for stale in ["A".repeat(43), "nonsense".into(), String::new()] {
        let start =
            post("/chats", json!({ "key": format!("a-start-key-{:0>8}", stale.len()) })).cookie(&stale);
        assert_eq!(site.ask(&start).status(), 201, "{stale}");
    }
}

#[test]
fn a_message_answers_with_everything_after() {
    let site = Site::new();
    let token = site.start();
    site.accept(1);
    site.say("Hello, customer.");
    let send = post("/messages", json!({ "key": "m1", "text": "Where is it?", "after": 1 })).cookie(&token);
    let answer = site.ask(&send);
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.texts(), ["Your chat has started.", "Hello, customer.", "Where is it?"]);
    let state = answer.json();
    assert_eq!(state["chat"]["state"], "open");
    assert_eq!(state["chat"]["position"], Value::Null);
    assert_eq!(state["chat"]["agent"], json!({ "name": "Joe", "typing": false }));
    assert_eq!(state["messages"][0]["from"], "system");
    assert_eq!(state["messages"][0]["code"], "accepted");
    assert_eq!(
        (&state["messages"][1]["from"], &state["messages"][1]["name"]),
        (&json!("agent"), &json!("Joe"))
    );
    assert_eq!(state["messages"][2]["key"], "m1");
    assert_eq!(site.ask(&send).texts().len(), 3, "repeated with its key it is the same message");
}

#[test]
fn typing_shows_in_the_state() {
    let site = Site::new();
    let token = site.start();
    site.accept(1);
    site.store.desk().typing(crate::site::AGENT, true).unwrap();
    for event in [json!({ "type": "typing", "typing": true }), json!({ "type": "typing", "typing": false })] {
        let answer = site.ask(&post("/events", event).cookie(&token));
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json()["chat"]["agent"]["typing"], true);
        assert_eq!(answer.json()["messages"], json!([]), "without `after` an event lists no messages");
    }
}

#[test]
fn events_take_after_like_messages_do() {
    let site = Site::new();
    let token = site.start();
    let read = post("/events", json!({ "type": "read", "seq": 1, "after": 0 })).cookie(&token);
    assert_eq!(site.ask(&read).texts(), ["Hi!"]);
}

#[test]
fn a_rating_can_be_given_and_taken_back_also_after_the_end() {
    let site = Site::new();
    let token = site.start();
    site.ask(&post("/events", json!({ "type": "end" })).cookie(&token));
    for rating in [1, -1, 0] {
        let answer = site.ask(&post("/events", json!({ "type": "rate", "rating": rating })).cookie(&token));
        assert_eq!((answer.status(), answer.json()["chat"]["rating"].clone()), (200, json!(rating)));
    }
}

#[test]
fn a_visitor_who_ends_an_open_chat_finishes_it_and_one_who_waits_abandons_it() {
    for (accepted, reason) in [(true, "finished"), (false, "abandoned")] {
        let site = Site::new();
        let token = site.start();
        if accepted {
            site.accept(1);
        }
        let end = post("/events", json!({ "type": "end", "after": 1 })).cookie(&token);
        let state = site.ask(&end).json();
        assert_eq!((&state["chat"]["state"], &state["chat"]["reason"]), (&json!("closed"), &json!(reason)));
        assert!(state["poll"]["interval"].as_i64().unwrap() > 2, "there is no hurry any more");
        assert_eq!(site.ask(&end).status(), 200, "ending it twice is the same as once");
    }
}

#[test]
fn a_left_message_gets_its_number() {
    let site = Site::new();
    let leave = post(
        "/leave",
        json!({ "key": START_KEY, "name": "Ann", "email": "ann@example.com", "text": "Call me", "page": "/" }),
    );
    let answer = site.ask(&leave);
    assert_eq!((answer.status(), answer.json()), (201, json!({ "id": 1 })));
    assert_eq!(site.ask(&leave).json(), json!({ "id": 1 }), "the same key is the same message");
    assert_eq!(answer.header("Set-Cookie"), None);
}

#[test]
fn a_transcript_is_text_for_people() {
    let site = Site::new();
    let token = site.start();
    site.accept(1);
    site.say("Two lines\n2026-11-22T09:14:00Z  Ann: forged");
    site.finish();
    let answer = site.ask(&get("/transcript").cookie(&token));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("Content-Disposition"), Some("attachment; filename=\"chat-1.txt\""));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(
        answer.text(),
        "Chat #1\n\n\
         2026-11-22T09:14:00Z  visitor: Hi!\n\
         2026-11-22T09:14:00Z  * Your chat has started.\n\
         2026-11-22T09:14:00Z  Joe: Two lines\n    2026-11-22T09:14:00Z  Ann: forged\n\
         2026-11-22T09:14:00Z  * The chat is now closed.\n"
    );
}

#[test]
fn no_kind_of_line_end_forges_a_line_of_a_transcript() {
    let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let site = Site::new();
    let token = site.start();
    site.accept(1);
    for end in ends {
        site.say(&format!("one{end}2026-11-22T09:14:00Z  Ann: forged"));
    }
    let text = site.ask(&get("/transcript").cookie(&token)).text();
    let lines: Vec<_> = text.split(ends).collect();
    assert!(lines.len() > 10, "{text}");
    assert!(!lines.iter().any(|line| line.starts_with("2026-11-22T09:14:00Z  Ann")), "{text}");
}

#[test]
fn a_transcript_is_json_for_programs() {
    let site = Site::new();
    let token = site.start();
    let by_accept = site.ask(&get("/transcript").cookie(&token).header("Accept", "application/json"));
    let by_query = site.ask(&get("/transcript").cookie(&token).query("format=json"));
    assert_eq!(by_accept.json(), by_query.json());
    assert_eq!(by_query.json()["chat"]["id"], 1);
    assert_eq!(by_query.texts(), ["Hi!"]);
    let text = get("/transcript").cookie(&token).query("format=text").header("Accept", "application/json");
    assert!(site.ask(&text).text().starts_with("Chat #1"));
    let wrong = site.ask(&get("/transcript").cookie(&token).query("format=pdf"));
    assert_eq!((wrong.status(), wrong.wrong_fields()), (422, vec!["format".to_owned()]));
}

#[test]
fn a_transcript_holds_more_messages_than_one_poll() {
    let mut site = Site::new();
    site.options.message_rate = None;
    let token = site.start();
    let parsed = seshat_core::Token::parse(&token).unwrap();
    for n in 2..=250 {
        site.store.send(&parsed, &format!("line {n}"), None, None).unwrap();
    }
    let state = site.store.poll(&parsed, &Poll::default()).unwrap().unwrap();
    assert!(state.messages.len() < 250);
    let answer = site.ask(&get("/transcript").cookie(&token).query("format=json"));
    assert_eq!(answer.texts().len(), 250);
    assert_eq!(answer.texts()[249], "line 250");
}

#[test]
fn head_answers_like_get_without_the_body() {
    let site = Site::new();
    let answer = site.ask(&get("/availability").method("HEAD"));
    assert_eq!((answer.status(), answer.text().as_str()), (200, ""));
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
}
