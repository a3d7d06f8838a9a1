//! A site with a real store in a throwaway folder and a clock that stands still, and pages that call it.

use serde_json::{Value, json};
use seshat_core::clock::ManualClock;
use seshat_core::desk::{Act, AgentEntry, Outcome};
use seshat_core::{ChatId, Durability, OpenOptions, Show, Store};
use seshat_web::{Options, Request, Response, User, handle};
use std::sync::Arc;
use std::time::Duration;

pub const AGENT: &str = "joe@example.com";
pub const START_KEY: &str = "a-start-key-of-a-page";

pub struct Site {
    pub store: Store,
    pub options: Options,
    pub clock: Arc<ManualClock>,
    pub folder: tempfile::TempDir,
}

/// What a page sends. The defaults are those of the site's own page in a current browser.
#[derive(Clone)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub path: String,
    pub query: &'a str,
    pub headers: Vec<(&'a str, String)>,
    pub body: Vec<u8>,
    pub client_ip: &'a str,
    pub https: bool,
    pub user: Option<User<'a>>,
}

impl Site {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // 2026-11-22T09:14:00Z
        let clock = Arc::new(ManualClock::at(1_795_338_840_000));
        let options = OpenOptions {
            clock: clock.clone(),
            durability: Durability::Normal,
            busy_timeout: Duration::from_millis(20),
            ..OpenOptions::default()
        };
        let store = Store::open(folder.path().join("chat.db"), options).unwrap();
        Site { store, options: Options::default(), clock, folder }
    }

    pub fn ask(&self, ask: &Ask<'_>) -> Answer {
        let headers: Vec<_> = ask.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = Request {
            method: ask.method,
            path: &ask.path,
            query: ask.query,
            headers: &headers,
            body: &ask.body,
            client_ip: Some(ask.client_ip),
            https: ask.https,
            user: ask.user,
        };
        Answer(handle(&self.store, &self.options, &request))
    }

    /// Starts a chat as a page does and returns its token.
    pub fn start(&self) -> String {
        let answer = self.ask(&post("/chats", json!({ "key": START_KEY, "name": "Ann", "text": "Hi!" })));
        assert_eq!(answer.status(), 201, "{answer:?}");
        answer.cookie_value()
    }

    /// Joe is there and takes the chat.
    pub fn accept(&self, chat: i64) {
        self.come_online();
        let outcome = self.store.desk().accept(act(), ChatId(chat), 3).unwrap();
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    }

    pub fn come_online(&self) {
        let desk = self.store.desk();
        desk.set_agents(&[AgentEntry { address: AGENT.into(), name: "Joe".into() }]).unwrap();
        desk.presence(AGENT, "desk", Some(Show::Available)).unwrap();
        desk.beat(true).unwrap();
    }

    pub fn say(&self, text: &str) {
        self.store.desk().say(act(), None, text).unwrap();
    }

    pub fn finish(&self) {
        self.store.desk().finish(act(), None).unwrap();
    }
}

fn act() -> Act<'static> {
    Act { agent: AGENT, stanza: None }
}

pub fn get(path: &str) -> Ask<'static> {
    Ask {
        method: "GET",
        path: format!("/seshat{path}"),
        query: "",
        headers: vec![("Host", "shop.example".into()), ("Sec-Fetch-Site", "same-origin".into())],
        body: Vec::new(),
        client_ip: "192.0.2.1",
        https: true,
        user: None,
    }
}

pub fn post(path: &str, body: Value) -> Ask<'static> {
    post_bytes(path, body.to_string().into_bytes())
}

pub fn post_bytes(path: &str, body: Vec<u8>) -> Ask<'static> {
    let ask = Ask { method: "POST", body, ..get(path) };
    ask.header("Content-Type", "application/json")
}

impl<'a> Ask<'a> {
    pub fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| *n != name);
        self
    }

    pub fn cookie(self, token: &str) -> Self {
        self.header("Cookie", &format!("seshat={token}"))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn query(mut self, query: &'a str) -> Self {
        self.query = query;
        self
    }

    pub fn method(mut self, method: &'a str) -> Self {
        self.method = method;
        self
    }

    pub fn at_ip(mut self, client_ip: &'a str) -> Self {
        self.client_ip = client_ip;
        self
    }

    pub fn by(mut self, user: User<'a>) -> Self {
        self.user = Some(user);
        self
    }

    /// The request of another origin's page instead.
    pub fn of_origin(self, origin: &str) -> Self {
        self.without("Sec-Fetch-Site").header("Sec-Fetch-Site", "cross-site").header("Origin", origin)
    }
}

#[derive(Debug)]
pub struct Answer(pub Response);

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.status
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.body.to_vec()).unwrap()
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.header("Content-Type"), Some("application/json"), "{self:?}");
        serde_json::from_slice(&self.0.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.0.headers.iter().filter(|(n, _)| *n == name);
        let value = found.next()?.1.as_str();
        assert!(found.next().is_none(), "{name} stands twice: {self:?}");
        Some(value)
    }

    /// The token in the cookie that the answer sets.
    pub fn cookie_value(&self) -> String {
        let cookie = self.header("Set-Cookie").unwrap();
        cookie.strip_prefix("seshat=").unwrap().split(';').next().unwrap().to_owned()
    }

    /// Status and code of an error.
    pub fn error(&self) -> (u16, String) {
        (self.status(), self.json()["error"]["code"].as_str().unwrap_or("none").to_owned())
    }

    /// The names of the members that an error complains of, sorted.
    pub fn wrong_fields(&self) -> Vec<String> {
        self.json()["error"]["fields"].as_object().map(|f| f.keys().cloned().collect()).unwrap_or_default()
    }

    /// The texts of a state's messages.
    pub fn texts(&self) -> Vec<String> {
        let json = self.json();
        let messages = json["messages"].as_array().unwrap();
        messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }
}
