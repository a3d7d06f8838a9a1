//! Which pages may call: CSRF and cross-origin rules.

use crate::site::{Ask, START_KEY, Site, get, post};
use serde_json::json;

const FRIEND: &str = "https://www.shop.example";
const FOE: &str = "https://evil.example";

fn start() -> Ask<'static> {
    post("/chats", json!({ "key": START_KEY }))
}

/// Everything that changes something.
fn changes() -> [Ask<'static>; 4] {
    [
        start(),
        post("/messages", json!({ "key": "m", "text": "x" })),
        post("/events", json!({ "type": "end" })),
        post("/leave", json!({ "key": START_KEY, "email": "a@b.c", "text": "x" })),
    ]
}

#[test]
fn other_sites_pages_change_nothing() {
    let site = Site::new();
    let token = site.start();
    for change in changes() {
        for fetch_site in ["cross-site", "same-site", "none", ""] {
            let ask = change.clone().without("Sec-Fetch-Site").header("Sec-Fetch-Site", fetch_site);
            let answer = site.ask(&ask.cookie(&token));
            assert_eq!(answer.error(), (403, "forbidden_origin".into()), "{fetch_site}");
        }
        let old_browser = change.clone().without("Sec-Fetch-Site");
        for origin in [FOE, "null", "http://shop.example", "https://shop.example.evil.example"] {
            let answer = site.ask(&old_browser.clone().header("Origin", origin).cookie(&token));
            assert_eq!(answer.error(), (403, "forbidden_origin".into()), "{origin}");
        }
        let silent = site.ask(&old_browser.clone().cookie(&token));
        assert_eq!(silent.error(), (403, "forbidden_origin".into()), "neither header");
    }
    assert_eq!(site.ask(&get("/poll").cookie(&token)).json()["chat"]["last_seq"], 1);
}

#[test]
fn an_old_browsers_own_page_is_known_by_its_origin() {
    let site = Site::new();
    let ask = start().without("Sec-Fetch-Site").header("Origin", "https://shop.example");
    assert_eq!(site.ask(&ask).status(), 201);
}

#[test]
fn a_program_without_either_header_shows_a_bearer_token() {
    let site = Site::new();
    let token = site.start();
    let send = post("/messages", json!({ "key": "m", "text": "x" })).without("Sec-Fetch-Site");
    assert_eq!(site.ask(&send.clone().bearer(&token)).status(), 201);
    let foreign = send.header("Origin", FOE).bearer(&token);
    assert_eq!(site.ask(&foreign).status(), 403, "a foreign page needs to be allowed all the same");
}

#[test]
fn a_foreign_pages_cookie_reads_nothing() {
    let site = Site::new();
    let token = site.start();
    for path in ["/poll", "/transcript"] {
        let ask = get(path).without("Sec-Fetch-Site").header("Sec-Fetch-Site", "cross-site").cookie(&token);
        assert_eq!(site.ask(&ask).error(), (401, "no_chat".into()));
        let typed = get(path).without("Sec-Fetch-Site").header("Sec-Fetch-Site", "none").cookie(&token);
        assert_eq!(site.ask(&typed).status(), 200, "a person who typed the address");
        assert_eq!(site.ask(&get(path).without("Sec-Fetch-Site").cookie(&token)).status(), 200);
    }
}

#[test]
fn by_default_no_foreign_origin_is_told_anything() {
    let site = Site::new();
    let answer = site.ask(&get("/availability").of_origin(FOE));
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    let preflight = get("/chats").method("OPTIONS").header("Access-Control-Request-Method", "POST");
    let answer = site.ask(&preflight.of_origin(FOE));
    assert_eq!((answer.status(), answer.header("Access-Control-Allow-Origin")), (405, None));
}

fn open_to_friend() -> Site {
    let mut site = Site::new();
    site.options.allowed_origins = vec![FRIEND.into()];
    site
}

#[test]
fn an_allowed_origin_gets_the_token_in_the_answer_and_no_cookie() {
    let site = open_to_friend();
    let answer = site.ask(&start().of_origin(FRIEND));
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.header("Set-Cookie"), None);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(FRIEND));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    assert_eq!(answer.header("Vary"), Some("Origin"));
    let token = answer.json()["token"].as_str().unwrap().to_owned();

    let poll = site.ask(&get("/poll").of_origin(FRIEND).bearer(&token));
    assert_eq!((poll.status(), poll.header("Access-Control-Allow-Origin")), (200, Some(FRIEND)));
    assert!(poll.json().get("token").is_none(), "only a start hands it out");
    let send = post("/messages", json!({ "key": "m", "text": "x" })).of_origin(FRIEND);
    assert_eq!(site.ask(&send.clone().bearer(&token)).status(), 201);
    assert_eq!(site.ask(&send.cookie(&token)).status(), 401, "its cookies count for nothing");
    let again = site.ask(&start().of_origin(FRIEND).cookie(&token));
    assert_eq!(again.json()["token"], token, "the key, not the cookie, found it");
}

#[test]
fn errors_can_be_read_by_an_allowed_origin_too() {
    let site = open_to_friend();
    let answer = site.ask(&get("/poll").of_origin(FRIEND));
    assert_eq!((answer.status(), answer.header("Access-Control-Allow-Origin")), (401, Some(FRIEND)));
    assert_eq!(answer.header("Access-Control-Expose-Headers"), Some("Retry-After"));
}

#[test]
fn the_browsers_question_beforehand_is_answered_for_allowed_origins_only() {
    let site = open_to_friend();
    let question = get("/messages")
        .method("OPTIONS")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type");
    let yes = site.ask(&question.clone().of_origin(FRIEND));
    assert_eq!((yes.status(), yes.text().as_str()), (204, ""));
    assert_eq!(yes.header("Access-Control-Allow-Origin"), Some(FRIEND));
    assert_eq!(yes.header("Access-Control-Allow-Methods"), Some("GET, POST"));
    let allowed = "authorization, content-type, x-csrf-token, x-csrftoken, x-xsrf-token";
    assert_eq!(yes.header("Access-Control-Allow-Headers"), Some(allowed), "with the frameworks' own tokens");
    for origin in [FOE, "null", "https://www.shop.example.evil.example", "http://www.shop.example"] {
        let no = site.ask(&question.clone().of_origin(origin));
        assert_eq!(no.header("Access-Control-Allow-Origin"), None, "{origin}");
        assert_eq!(no.header("Access-Control-Allow-Methods"), None, "{origin}");
        assert_eq!(no.header("Vary"), Some("Origin"), "a cache must not mix the two");
    }
    assert_eq!(site.ask(&post("/leave", json!({})).of_origin(FOE)).status(), 403);
}

#[test]
fn the_sites_own_page_keeps_its_cookie_when_others_are_allowed() {
    let site = open_to_friend();
    let answer = site.ask(&start());
    assert!(answer.header("Set-Cookie").is_some());
    assert!(answer.json().get("token").is_none());
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
}
