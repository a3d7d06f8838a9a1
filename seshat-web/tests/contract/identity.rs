//! Whose chat is it? Cookies, bearer tokens, and visitors the site knows.

use crate::site::{START_KEY, Site, get, post};
use serde_json::json;
use seshat_web::User;

#[test]
fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let site = Site::new();
    let answer = site.ask(&post("/chats", json!({ "key": START_KEY })));
    let token = answer.cookie_value();
    assert_eq!(token.len(), 43);
    let expected = format!("seshat={token}; Path=/seshat; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(answer.header("Set-Cookie"), Some(expected.as_str()));
    assert!(!answer.text().contains(&token), "a script that may not read the cookie must not find it here");
}

#[test]
fn without_https_the_cookie_is_not_secure_and_its_name_and_path_are_the_sites() {
    let mut site = Site::new();
    site.options.cookie = "chat".into();
    site.options.base = "/shop/chat".into();
    let mut ask = post("", json!({ "key": START_KEY }));
    ask.path = "/shop/chat/chats".into();
    ask.https = false;
    let answer = site.ask(&ask);
    let cookie = answer.header("Set-Cookie").unwrap();
    assert!(
        cookie.starts_with("chat=") && cookie.ends_with("; Path=/shop/chat; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
}

#[test]
fn only_a_start_sets_a_cookie() {
    let site = Site::new();
    let token = site.start();
    for ask in [
        get("/availability"),
        get("/poll").cookie(&token),
        get("/transcript").cookie(&token),
        post("/messages", json!({ "key": "m", "text": "x" })).cookie(&token),
        post("/events", json!({ "type": "typing" })).cookie(&token),
        post("/leave", json!({ "key": START_KEY, "email": "a@b.c", "text": "x" })),
    ] {
        let answer = site.ask(&ask);
        assert!(answer.status() < 300, "{answer:?}");
        assert_eq!(answer.header("Set-Cookie"), None);
    }
}

#[test]
fn without_a_token_or_with_nobodys_there_is_no_chat() {
    let site = Site::new();
    site.start();
    let strangers =
        ["", "x", "null", "[object Object]", "{\"$regex\":\"\"}", &"A".repeat(43), &"é".repeat(21)];
    for call in [
        get("/poll"),
        get("/transcript"),
        post("/messages", json!({ "key": "m", "text": "x" })),
        post("/events", json!({ "type": "end" })),
    ] {
        assert_eq!(site.ask(&call).error(), (401, "no_chat".into()));
        for token in strangers {
            assert_eq!(site.ask(&call.clone().cookie(token)).error(), (401, "no_chat".into()), "{token}");
            assert_eq!(site.ask(&call.clone().bearer(token)).error(), (401, "no_chat".into()), "{token}");
        }
    }
}

#[test]
fn a_token_opens_its_own_chat_and_no_other() {
    let site = Site::new();
    let ann = site.start();
    let bob =
        site.ask(&post("/chats", json!({ "key": "bobs-own-start-key", "text": "I am Bob" }))).cookie_value();
    assert_eq!(site.ask(&get("/poll").cookie(&ann)).texts(), ["Hi!"]);
    assert_eq!(site.ask(&get("/poll").cookie(&bob)).texts(), ["I am Bob"]);
    // Only the token counts; nothing else in a request names a chat.
    let query = "after=0&id=1&chat=1&token=x";
    assert_eq!(site.ask(&get("/poll").cookie(&bob).query(query)).texts(), ["I am Bob"]);
    let forged = json!({ "key": "m", "text": "x", "id": 1, "chat": 1, "chatid": 1, "token": ann });
    site.ask(&post("/messages", forged).cookie(&bob));
    assert_eq!(site.ask(&get("/poll").cookie(&ann)).texts(), ["Hi!"]);
}

#[test]
fn a_bearer_token_does_what_the_cookie_does_and_wins_over_it() {
    let site = Site::new();
    let token = site.start();
    assert_eq!(site.ask(&get("/poll").bearer(&token)).texts(), ["Hi!"]);
    assert_eq!(site.ask(&get("/poll").cookie(&"A".repeat(43)).bearer(&token)).status(), 200);
    assert_eq!(site.ask(&get("/poll").cookie(&token).bearer(&"A".repeat(43))).status(), 401);
    let basic = get("/poll").cookie(&token).header("Authorization", "Basic c2l0ZTpzaXRl");
    assert_eq!(site.ask(&basic).status(), 200, "a staging site's password is not ours");
}

#[test]
fn a_known_visitors_name_comes_from_the_site_never_from_the_page() {
    let site = Site::new();
    let known = User { name: "Ann Example", email: Some("ann@example.com") };
    let start = post("/chats", json!({ "key": START_KEY, "name": "The Boss", "email": "boss@example.com" }));
    assert_eq!(site.ask(&start.by(known)).status(), 201);
    assert_eq!(site.store.desk().waiting(1).unwrap()[0].visitor, "Ann Example");

    let leave =
        json!({ "key": START_KEY, "name": "The Boss", "email": "boss@example.com", "text": "pay me" });
    assert_eq!(site.ask(&post("/leave", leave).by(known)).status(), 201);
    let no_email = json!({ "key": "another-key-that-is-long", "text": "write to me" });
    assert_eq!(
        site.ask(&post("/leave", no_email.clone()).by(known)).status(),
        201,
        "the site knows the address"
    );
    let nameless = User { name: "Ann Example", email: None };
    assert_eq!(site.ask(&post("/leave", no_email).by(nameless)).wrong_fields(), ["email"]);

    site.come_online();
    let left: Vec<_> =
        site.store.desk().claim(9).unwrap().into_iter().map(|out| format!("{:?}", out.what)).collect();
    assert!(!left.is_empty() && left.iter().all(|what| what.contains("Ann Example")), "{left:?}");
    assert!(left.iter().all(|what| !what.contains("boss")), "{left:?}");
}

#[test]
fn a_blank_email_is_none_and_keeps_nobody_from_chatting() {
    let site = Site::new();
    let key = |n: usize| format!("a-start-key-number-{n}");
    for (n, blank) in ["", " \t"].into_iter().enumerate() {
        let known = User { name: "Ann Example", email: Some(blank) };
        assert_eq!(site.ask(&post("/chats", json!({ "key": key(n) })).by(known)).status(), 201);
        let by_page = json!({ "key": key(10 + n), "name": "Ann", "email": blank });
        assert_eq!(site.ask(&post("/chats", by_page)).status(), 201);

        let silent = json!({ "key": key(20), "text": "x" });
        assert_eq!(site.ask(&post("/leave", silent).by(known)).wrong_fields(), ["email"]);
    }
    let known = User { name: "Ann Example", email: Some("") };
    let leave = json!({ "key": key(21), "email": "ann@example.com", "text": "x" });
    assert_eq!(site.ask(&post("/leave", leave).by(known)).status(), 201, "the page may say it then");
}

#[test]
fn a_name_from_the_site_that_is_too_long_is_cut() {
    let site = Site::new();
    let name = format!(" {}", "ñ".repeat(150));
    let known = User { name: &name, email: None };
    assert_eq!(site.ask(&post("/chats", json!({ "key": START_KEY })).by(known)).status(), 201);
    assert_eq!(site.store.desk().waiting(1).unwrap()[0].visitor, "ñ".repeat(100));
    let leave = json!({ "key": START_KEY, "email": "ann@example.com", "text": "x" });
    assert_eq!(site.ask(&post("/leave", leave).by(known)).status(), 201);
}
