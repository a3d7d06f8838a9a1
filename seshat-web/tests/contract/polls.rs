//! Polling: what is new, what is not, and waiting for it.

use crate::site::{Site, get, post};
use serde_json::json;
use seshat_web::{Options, Request, handle_while};
use std::cell::Cell;
use std::time::{Duration, Instant};

#[test]
fn an_unchanged_rev_is_204_with_no_body() {
    let site = Site::new();
    let token = site.start();
    let rev = site.ask(&get("/poll").cookie(&token)).json()["rev"].clone();
    let query = format!("after=1&rev={rev}");
    let idle = site.ask(&get("/poll").cookie(&token).query(&query));
    assert_eq!((idle.status(), idle.text().as_str()), (204, ""));
    assert_eq!(idle.header("Cache-Control"), Some("no-store"));
    assert_eq!(idle.header("Content-Type"), None);
    site.accept(1);
    let news = site.ask(&get("/poll").cookie(&token).query(&query));
    assert_eq!((news.status(), news.texts()), (200, vec!["Your chat has started.".to_owned()]));
}

#[test]
fn messages_beyond_after_are_news_whatever_the_rev() {
    let site = Site::new();
    let token = site.start();
    let rev = site.ask(&get("/poll").cookie(&token)).json()["rev"].clone();
    let query = format!("after=0&rev={rev}&_=17");
    assert_eq!(site.ask(&get("/poll").cookie(&token).query(&query)).texts(), ["Hi!"]);
}

#[test]
fn the_place_in_the_queue_moves_without_a_word() {
    let site = Site::new();
    let first = site.start();
    let second = site.ask(&post("/chats", json!({ "key": "the-second-visitors-key" })).at_ip("192.0.2.2"));
    assert_eq!(second.json()["chat"]["position"], 2);
    let query = format!("rev={}", second.json()["rev"]);
    let token = second.cookie_value();
    assert_eq!(site.ask(&get("/poll").cookie(&token).query(&query)).status(), 204);
    site.ask(&post("/events", json!({ "type": "end" })).cookie(&first));
    let moved = site.ask(&get("/poll").cookie(&token).query(&query));
    assert_eq!((moved.status(), moved.json()["chat"]["position"].clone()), (200, json!(1)));
}

#[test]
fn wrong_parameters_are_named() {
    let site = Site::new();
    let token = site.start();
    for (query, field) in [
        ("after=x", "after"),
        ("after=-1", "after"),
        ("after=", "after"),
        ("after=1.5", "after"),
        ("after=99999999999999999999", "after"),
        ("rev=new", "rev"),
        ("wait=long", "wait"),
        ("wait=-1", "wait"),
        ("wait=NaN", "wait"),
    ] {
        let answer = site.ask(&get("/poll").cookie(&token).query(query));
        assert_eq!((answer.status(), answer.wrong_fields()), (422, vec![field.to_owned()]), "{query}");
    }
}

#[test]
fn by_default_nobody_waits() {
    let site = Site::new();
    let token = site.start();
    let state = site.ask(&get("/poll").cookie(&token)).json();
    assert_eq!(state["poll"]["wait"], 0);
    let query = format!("after=1&rev={}&wait=50", state["rev"]);
    let begun = Instant::now();
    assert_eq!(site.ask(&get("/poll").cookie(&token).query(&query)).status(), 204);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_wait_is_cut_to_what_the_server_can_hold_and_ends_with_news() {
    let mut site = Site::new();
    let token = site.start();
    site.come_online();
    site.options.max_wait = Duration::from_millis(250);
    let rev = site.ask(&get("/poll").cookie(&token)).json()["rev"].clone();
    let query = format!("after=1&rev={rev}&wait=1e300");
    let begun = Instant::now();
    assert_eq!(site.ask(&get("/poll").cookie(&token).query(&query)).status(), 204);
    assert!(begun.elapsed() >= Duration::from_millis(250));

    site.options.max_wait = Duration::from_secs(30);
    assert_eq!(site.ask(&get("/poll").cookie(&token)).json()["poll"]["wait"], 30);
    let patient = Site { options: Options { max_wait: Duration::MAX, ..Options::default() }, ..Site::new() };
    let token_there = patient.start();
    assert_eq!(patient.ask(&get("/poll").cookie(&token_there)).json()["poll"]["wait"], 55);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| site.ask(&get("/poll").cookie(&token).query(&query)));
        site.accept(1);
        assert_eq!(waiting.join().unwrap().texts(), ["Your chat has started."]);
    });
    assert!(begun.elapsed() < Duration::from_secs(25));
}

#[test]
fn a_wait_can_be_interrupted() {
    let mut site = Site::new();
    let token = site.start();
    site.options.max_wait = Duration::from_secs(30);
    let rev = site.ask(&get("/poll").cookie(&token)).json()["rev"].clone();
    let cookie = format!("seshat={token}");
    let headers = [("Cookie", cookie.as_str()), ("Sec-Fetch-Site", "same-origin")];
    let query = format!("after=1&rev={rev}&wait=30");
    let request = Request {
        method: "GET",
        path: "/seshat/poll",
        query: &query,
        headers: &headers,
        ..Request::default()
    };
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 2
    };
    let begun = Instant::now();
    assert_eq!(handle_while(&site.store, &site.options, &request, &go_on).status, 204);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(asked.get(), 2);
}
