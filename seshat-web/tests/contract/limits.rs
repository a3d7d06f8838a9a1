//! How much, how long, how often.

use crate::site::{Answer, Ask, START_KEY, Site, get, post, post_bytes};
use serde_json::json;
use seshat_core::limits::Rate;
use std::time::Duration;

fn send(token: &str, n: usize) -> Ask<'static> {
    post("/messages", json!({ "key": format!("m{n}"), "text": "x" })).cookie(token)
}

fn start(n: usize) -> Ask<'static> {
    post("/chats", json!({ "key": format!("a-start-key-number-{n}") }))
}

fn limited(answer: &Answer) -> Option<u64> {
    if answer.status() != 429 {
        return None;
    }
    assert_eq!(answer.error().1, "rate_limited");
    Some(answer.header("Retry-After").unwrap().parse().unwrap())
}

#[test]
fn ten_messages_at_once_then_one_a_second_in_each_chat() {
    let site = Site::new();
    let token = site.start();
    for n in 0..10 {
        assert_eq!(site.ask(&send(&token, n)).status(), 201, "{n}");
    }
    assert_eq!(limited(&site.ask(&send(&token, 10))), Some(1));
    assert_eq!(site.ask(&send(&token, 9)).status(), 201, "a repeat is no new message");
    site.clock.advance(1000);
    assert_eq!(site.ask(&send(&token, 10)).status(), 201);
    let other = site.ask(&start(2)).cookie_value();
    assert_eq!(site.ask(&send(&other, 1)).status(), 201, "every chat has its own");
}

#[test]
fn five_chats_in_ten_minutes_from_one_address() {
    let site = Site::new();
    for n in 0..5 {
        assert_eq!(site.ask(&start(n)).status(), 201, "{n}");
    }
    assert_eq!(limited(&site.ask(&start(5))), Some(120));
    assert_eq!(site.ask(&start(4)).status(), 200, "a repeat is no new chat");
    let leave = post("/leave", json!({ "key": START_KEY, "email": "a@b.c", "text": "x" }));
    assert!(limited(&site.ask(&leave)).is_some(), "left messages count together with chats");
    assert_eq!(site.ask(&start(5).at_ip("192.0.2.2")).status(), 201);
    site.clock.advance(120_000);
    assert_eq!(site.ask(&start(6)).status(), 201);
}

#[test]
fn a_visitor_with_a_thousand_ipv6_addresses_is_one_visitor() {
    let site = Site::new();
    let addresses: Vec<_> = (0..6).map(|n| format!("2001:db8:0:1::{n}")).collect();
    let answers: Vec<_> =
        addresses.iter().enumerate().map(|(n, ip)| site.ask(&start(n).at_ip(ip)).status()).collect();
    assert_eq!(answers, [201, 201, 201, 201, 201, 429]);
    assert_eq!(site.ask(&start(7).at_ip("2001:db8:0:2::1")).status(), 201);
}

#[test]
fn a_proxys_unix_socket_or_ports_do_not_switch_the_limit_off() {
    let site = Site::new();
    let through_socket: Vec<_> = (0..6).map(|n| site.ask(&start(n).at_ip("")).status()).collect();
    assert_eq!(through_socket, [201, 201, 201, 201, 201, 429]);
    let peers: Vec<_> = (1001..1007).map(|port| format!("9.9.9.9:{port}")).collect();
    let by_port: Vec<_> =
        peers.iter().enumerate().map(|(n, peer)| site.ask(&start(10 + n).at_ip(peer)).status()).collect();
    assert_eq!(by_port, [201, 201, 201, 201, 201, 429]);
}

#[test]
fn the_address_itself_is_not_stored() {
    let site = Site::new();
    site.ask(&start(1).at_ip("203.0.113.77"));
    for file in std::fs::read_dir(site.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"203.0.113.77"));
    }
}

#[test]
fn rates_are_the_sites_choice() {
    let mut site = Site::new();
    site.options.message_rate = Some(Rate { burst: 1, period: Duration::from_secs(60) });
    site.options.start_rate = None;
    let token = site.start();
    assert_eq!(site.ask(&send(&token, 1)).status(), 201);
    assert_eq!(limited(&site.ask(&send(&token, 2))), Some(60));
    site.options.message_rate = None;
    for n in 2..30 {
        assert_eq!(site.ask(&send(&token, n)).status(), 201);
        assert_eq!(site.ask(&start(n)).status(), 201);
    }
}

#[test]
fn polls_and_signals_are_not_counted() {
    let site = Site::new();
    let token = site.start();
    for _ in 0..50 {
        assert_eq!(site.ask(&get("/poll").cookie(&token)).status(), 200);
        assert_eq!(site.ask(&post("/events", json!({ "type": "typing" })).cookie(&token)).status(), 200);
    }
}

#[test]
fn a_text_may_have_four_thousand_characters_of_any_kind() {
    let site = Site::new();
    let token = site.start();
    let message = |text: &str| post("/messages", json!({ "key": "m", "text": text })).cookie(&token);
    let long = "🏕".repeat(4001);
    let answer = site.ask(&message(&long));
    assert_eq!((answer.error(), answer.wrong_fields()), ((413, "too_long".into()), vec!["text".into()]));
    assert_eq!(site.ask(&message(&"🏕".repeat(4000))).status(), 201);

    let escaped = format!("{{\"key\":\"m2\",\"text\":\"{}\"}}", "\\ud83c\\udfd5".repeat(4000));
    assert_eq!(site.ask(&post_bytes("/messages", escaped.into()).cookie(&token)).status(), 201);
    let start = post("/chats", json!({ "key": START_KEY, "text": long }));
    assert_eq!(site.ask(&start).error(), (413, "too_long".into()));
    let leave = post("/leave", json!({ "key": START_KEY, "email": "a@b.c", "text": long }));
    assert_eq!(site.ask(&leave).error(), (413, "too_long".into()));
}

#[test]
fn a_site_may_want_shorter_texts() {
    let mut site = Site::new();
    let token = site.start();
    site.options.max_text_chars = 5;
    let message =
        |text: &str| post("/messages", json!({ "key": text.len().to_string(), "text": text })).cookie(&token);
    assert_eq!(site.ask(&message("äöüßé")).status(), 201);
    assert_eq!(site.ask(&message("123456")).error(), (413, "too_long".into()));
}

#[test]
fn a_body_is_measured_before_it_is_parsed() {
    let mut site = Site::new();
    let token = site.start();
    site.options.max_body = 64;
    let mut body = json!({ "key": "m", "text": "x" }).to_string().into_bytes();
    body.resize(64, b' ');
    assert_eq!(site.ask(&post_bytes("/messages", body.clone()).cookie(&token)).status(), 201);
    body.push(b' ');
    assert_eq!(site.ask(&post_bytes("/messages", body).cookie(&token)).error(), (413, "too_long".into()));
    let broken = post_bytes("/messages", vec![b'{'; 65]).cookie(&token);
    assert_eq!(site.ask(&broken).error(), (413, "too_long".into()));
}

#[test]
fn names_and_fields_have_their_limits_and_pages_are_cut() {
    let site = Site::new();
    let start = |more: serde_json::Value| {
        let mut body = json!({ "key": START_KEY });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post("/chats", body)
    };
    for (field, value) in [
        ("name", json!("n".repeat(101))),
        ("email", json!(format!("{}@example.com", "e".repeat(250)))),
        ("fields", json!({ "x": "y".repeat(4001) })),
    ] {
        let answer = site.ask(&start(json!({ field: value })));
        assert_eq!((answer.status(), answer.wrong_fields()), (413, vec![field.to_owned()]), "{field}");
    }
    let long_page = start(json!({ "page": format!("https://shop.example/{}", "p".repeat(5000)) }));
    assert_eq!(site.ask(&long_page).status(), 201);
}
