//! Requests nobody means well with: whatever comes, an answer of the contract goes back.

use crate::site::{START_KEY, Site};
use seshat_core::Token;
use seshat_web::{Request, handle};

/// What valid requests are made of; mutants grow from it.
const PATHS: [&str; 9] = [
    "/seshat/availability",
    "/seshat/chats",
    "/seshat/poll",
    "/seshat/messages",
    "/seshat/events",
    "/seshat/leave",
    "/seshat/transcript",
    "/seshat/assets/seshat.css",
    "/seshat/assets/seshat.0123456789abcdef.css",
];
const METHODS: [&str; 4] = ["GET", "POST", "HEAD", "OPTIONS"];
const QUERIES: [&str; 4] = ["", "after=1&rev=2&wait=0", "format=json", "%ff%00=&=&&after=%31"];
const BODIES: [&str; 6] = [
    r#"{"key":"a-start-key-of-a-page","name":"Ann","text":"Hi!","fields":{"a":[1,2.5e3,null,true]}}"#,
    r#"{"key":"m1","text":"\ud83c\udfd5 \u0000","after":0}"#,
    r#"{"type":"typing","typing":true,"after":9223372036854775807}"#,
    r#"{"type":"read","seq":1}"#,
    r#"{"type":"rate","rating":-1}"#,
    r#"{"key":"a-start-key-of-a-page","email":"ann@example.com","text":"x"}"#,
];
const ORIGINS: [&str; 5] =
    ["https://shop.example", "null", "https://", "http://[::1", "https://www.shop.example"];
const STATUSES: [u16; 14] = [200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503];

/// Numbers that look random and are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// Now and then changes, drops, doubles or cuts off some bytes.
    fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.roll(4) {
            let at = self.roll(bytes.len().max(1));
            match self.roll(5) {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = self.roll(256) as u8,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, self.roll(256) as u8),
                3 => bytes.truncate(at),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    }

    fn spoil_text(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.spoil(text.into())).into_owned()
    }
}

#[test]
fn whatever_comes_an_answer_of_the_contract_goes_back() {
    let mut site = Site::new();
    site.options.allowed_origins = vec!["https://www.shop.example".into()];
    let token = site.start();
    let mut dice = Dice(20_261_122);
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..8_000 {
        if round == 6_000 {
            site.store.finish(&Token::parse(&token).unwrap()).unwrap();
        }
        let method = dice.pick(&METHODS);
        let (path, query) = (dice.pick(&PATHS), dice.pick(&QUERIES));
        let (path, query) = (dice.spoil_text(path), dice.spoil_text(query));
        let body = dice.pick(&BODIES);
        let body = dice.spoil(body.into());
        let cookie = dice.spoil_text(&format!("a=b; seshat={token}"));
        let bearer = dice.spoil_text(&format!("Bearer {token}"));
        let origin = dice.pick(&ORIGINS);
        let origin = dice.spoil_text(origin);
        let address = dice.spoil_text("2001:db8::1");
        let all = [
            ("Host", "shop.example"),
            ("Content-Type", "application/json"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Cookie", cookie.as_str()),
            ("Authorization", bearer.as_str()),
            ("Origin", origin.as_str()),
            ("Access-Control-Request-Method", "POST"),
            ("Accept", "application/json"),
        ];
        let headers: Vec<_> = all.into_iter().filter(|_| dice.roll(4) > 0).collect();
        let request = Request {
            method,
            path: &path,
            query: &query,
            headers: &headers,
            body: &body,
            client_ip: (dice.roll(3) > 0).then_some(address.as_str()),
            https: dice.roll(2) == 0,
            user: None,
        };
        let response = handle(&site.store, &site.options, &request);
        assert!(STATUSES.contains(&response.status), "{} for {request:?}", response.status);
        assert!(response.fault.is_none(), "{:?} for {request:?}", response.fault);
        for (name, value) in &response.headers {
            assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)), "{name}: {value:?}");
        }
        if method == "HEAD" || response.status == 204 {
            assert!(response.body.is_empty());
        } else if !response.headers.iter().any(|(_, value)| value.starts_with("text/")) {
            serde_json::from_slice::<serde_json::Value>(&response.body).unwrap();
        }
        seen.insert(response.status);
        // Time goes on, so that rates do not hide the rest.
        site.clock.advance(20_000);
    }
    for status in [200, 201, 204, 400, 401, 403, 404, 405, 409, 415, 422] {
        assert!(seen.contains(&status), "no mutant met {status}: {seen:?}");
    }
    assert_eq!(START_KEY, "a-start-key-of-a-page", "the bodies above start the very chat of the token");
}
