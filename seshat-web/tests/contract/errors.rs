//! Every way a request can be wrong, and what it is told.

use crate::site::{Ask, START_KEY, Site, get, post, post_bytes};
use serde_json::{Value, json};

#[test]
fn unknown_paths_are_404() {
    let site = Site::new();
    for path in ["", "/", "/chat", "/chats/", "/chats/1", "//poll", "/poll/../chats", "/Poll", "/assets"] {
        assert_eq!(site.ask(&get(path)).error(), (404, "not_found".into()), "{path}");
        assert_eq!(site.ask(&post(path, json!({}))).error(), (404, "not_found".into()), "{path}");
    }
    for path in ["/", "/poll", "/seshatpoll", "/other/poll", "seshat/poll"] {
        let ask = Ask { path: path.into(), ..get("") };
        assert_eq!(site.ask(&ask).error(), (404, "not_found".into()), "{path}");
    }
}

#[test]
fn the_wrong_method_is_405_and_says_the_right_one() {
    let site = Site::new();
    for path in ["/chats", "/messages", "/events", "/leave"] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", ""] {
            let answer = site.ask(&post(path, json!({})).method(method));
            assert_eq!((answer.status(), answer.header("Allow")), (405, Some("POST")), "{method} {path}");
        }
    }
    for path in ["/availability", "/poll", "/transcript", "/assets/seshat.css"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = site.ask(&post(path, json!({})).method(method));
            assert_eq!(
                (answer.status(), answer.header("Allow")),
                (405, Some("GET, HEAD")),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn only_json_is_understood() {
    let site = Site::new();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", ""]
    {
        let ask =
            post("/chats", json!({ "key": START_KEY })).without("Content-Type").header("Content-Type", kind);
        assert_eq!(site.ask(&ask).error(), (415, "unsupported_media_type".into()), "{kind}");
    }
    let none = post("/chats", json!({ "key": START_KEY })).without("Content-Type");
    assert_eq!(site.ask(&none).error(), (415, "unsupported_media_type".into()));
}

#[test]
fn broken_json_and_broken_utf8_are_400() {
    let site = Site::new();
    let deep = [b"[".repeat(20_000), b"]".repeat(20_000)].concat();
    let broken: [&[u8]; 10] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\"text\"",
        b"{\"key\":\"\xff\xfe\"}",
        b"{\"key\":\"\\ud800\"}",
        b"{\"key\":1}{}",
        b"\xef\xbb\xbf{}",
        &deep,
    ];
    for body in broken {
        let answer = site.ask(&post_bytes("/chats", body.to_vec()));
        assert_eq!(answer.error(), (400, "bad_request".into()), "{:?}", &body[..body.len().min(40)]);
    }
}

fn complaints(site: &Site, path: &str, token: &str, body: Value) -> (u16, Vec<String>) {
    let answer = site.ask(&post(path, body).cookie(token));
    assert!(answer.status() != 422 || answer.error().1 == "invalid");
    (answer.status(), answer.wrong_fields())
}

#[test]
fn every_wrong_member_is_named_at_once() {
    let site = Site::new();
    let wrong = json!({
        "key": 7, "name": {}, "email": [], "text": 1.5, "page": true, "locale": [], "fields": "x",
    });
    let answer = site.ask(&post("/chats", wrong));
    assert_eq!(answer.status(), 422);
    assert_eq!(answer.wrong_fields(), ["email", "fields", "key", "locale", "name", "page", "text"]);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`fields` must be an object"), "{message}");
}

#[test]
fn missing_and_wrong_members_are_422() {
    let site = Site::new();
    let token = site.start();
    let cases = [
        ("/messages", json!({}), vec!["key", "text"]),
        ("/messages", json!({ "key": null, "text": null }), vec!["key", "text"]),
        ("/messages", json!({ "key": "m", "text": { "$regex": "" } }), vec!["text"]),
        ("/messages", json!({ "key": "", "text": "x" }), vec!["key"]),
        ("/messages", json!({ "key": "k".repeat(65), "text": "x" }), vec!["key"]),
        ("/messages", json!({ "key": "with space", "text": "x" }), vec!["key"]),
        ("/messages", json!({ "key": "m", "text": " \n" }), vec!["text"]),
        ("/messages", json!({ "key": "m", "text": "x", "after": "1" }), vec!["after"]),
        ("/messages", json!({ "key": "m", "text": "x", "after": -1 }), vec!["after"]),
        ("/messages", json!({ "key": "m", "text": "x", "after": 1e30 }), vec!["after"]),
        ("/events", json!({}), vec!["type"]),
        ("/events", json!({ "type": 1 }), vec!["type"]),
        ("/events", json!({ "type": "dance" }), vec!["type"]),
        ("/events", json!({ "type": "typing", "typing": "yes" }), vec!["typing"]),
        ("/events", json!({ "type": "read" }), vec!["seq"]),
        ("/events", json!({ "type": "read", "seq": -1 }), vec!["seq"]),
        ("/events", json!({ "type": "read", "seq": 99 }), vec!["seq"]),
        ("/events", json!({ "type": "rate" }), vec!["rating"]),
        ("/events", json!({ "type": "rate", "rating": 5 }), vec!["rating"]),
        ("/events", json!({ "type": "rate", "rating": 1000 }), vec!["rating"]),
        ("/events", json!({ "type": "dance", "after": "x" }), vec!["after", "type"]),
        ("/leave", json!({}), vec!["email", "key", "text"]),
        ("/leave", json!({ "key": START_KEY, "email": "ann@", "text": "x" }), vec!["email"]),
        ("/leave", json!({ "key": "short", "email": "a@b.c", "text": "x" }), vec!["key"]),
        ("/chats", json!({ "key": "fifteen-chars-k" }), vec!["key"]),
        ("/chats", json!({ "key": "k".repeat(65) }), vec!["key"]),
        ("/chats", json!({ "name": "Ann" }), vec!["key"]),
        ("/chats", json!({ "key": START_KEY, "fields": [1] }), vec!["fields"]),
    ];
    for (path, body, fields) in cases {
        let (status, complained) = complaints(&site, path, &token, body.clone());
        assert_eq!(
            (status, complained),
            (422, fields.into_iter().map(String::from).collect()),
            "{path} {body}"
        );
    }
    let before = site.ask(&get("/poll").cookie(&token)).json();
    assert_eq!(before["chat"]["last_seq"], 1, "none of it was stored");
}

#[test]
fn the_same_key_for_other_words_is_refused() {
    let site = Site::new();
    let token = site.start();
    let send = |text: &str| post("/messages", json!({ "key": "m", "text": text })).cookie(&token);
    assert_eq!(site.ask(&send("one")).status(), 201);
    let answer = site.ask(&send("two"));
    assert_eq!((answer.status(), answer.wrong_fields()), (422, vec!["key".to_owned()]));
}

#[test]
fn nothing_more_is_said_in_a_closed_chat() {
    let site = Site::new();
    let token = site.start();
    site.accept(1);
    site.finish();
    let answer = site.ask(&post("/messages", json!({ "key": "m", "text": "one more thing" })).cookie(&token));
    assert_eq!(answer.error(), (409, "chat_closed".into()));
}

#[test]
fn a_locked_store_is_503_and_says_when_to_come_back() {
    let site = Site::new();
    let token = site.start();
    let other = rusqlite::Connection::open(site.folder.path().join("chat.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = site.ask(&post("/messages", json!({ "key": "m", "text": "x" })).cookie(&token));
    assert_eq!(answer.error(), (503, "busy".into()));
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert_eq!(site.ask(&get("/poll").cookie(&token)).status(), 200, "reading goes on");
    other.execute_batch("COMMIT").unwrap();
}

#[test]
fn errors_are_never_stored_and_never_sniffed() {
    let site = Site::new();
    for ask in [get("/nothing"), get("/poll"), post("/chats", json!({})), get("/chats")] {
        let answer = site.ask(&ask);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    }
}

#[test]
fn what_a_visitor_types_is_data_in_every_answer() {
    let site = Site::new();
    let hostile = "</script><img src=x onerror=alert(1)>\"'`\u{2028}<!--]]>&amp; !ACCEPT 1 \u{202e}";
    let start = post("/chats", json!({ "key": START_KEY, "name": "<b>\"Ann\"", "text": hostile }));
    let answer = site.ask(&start);
    assert_eq!(answer.texts(), [hostile]);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
}
