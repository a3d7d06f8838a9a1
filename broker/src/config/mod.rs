// SPDX-License-Identifier: GPL-3.0-or-later
//! The configuration: one section of an ini file, checked whole before anything is started.
//!
//! Every mistake is one sentence that names the file, the line and, where there is one, the remedy.
//! A password never gets into a sentence.

mod ini;
mod nearest;

use crate::link::address;
use crate::link::{Account, Server, Tls};
use crate::secret::Secret;
use crate::words;
use ini::Entry;
use nearest::nearest;
use seshat_core::desk::AgentEntry;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The section when none is named.
pub const DEFAULT_SECTION: &str = "Seshat";
/// How many chats an agent may handle at once when the config does not say.
pub const DEFAULT_CHATS_PER_AGENT: u32 = 3;
/// The most that can be asked for: more than anybody can follow in one window.
const MAX_CHATS_PER_AGENT: u32 = 50;
/// The name of our client. A fixed one: the server gives a restarted broker what it missed.
const DEFAULT_RESOURCE: &str = "seshat";
/// In a section with this prefix before some key, keys without it belong to another program.
const PREFIX: &str = "seshat_";
/// The environment variable the password may be in.
const PASSWORD_VARIABLE: &str = "SESHAT_PASSWORD";
/// The name of the systemd credential the password may be in.
const PASSWORD_CREDENTIAL: &str = "xmpp_password";

/// Every key there is.
pub const KEYS: [&str; 10] = [
    "sqlitedb",
    "localusers",
    "username",
    "password",
    "password_file",
    "server",
    "ca_file",
    "tls",
    "resource",
    "chats_per_agent",
];

/// What the broker needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the store is.
    pub database: PathBuf,
    /// Who answers.
    pub agents: Vec<AgentEntry>,
    /// Who the broker is, and where.
    pub account: Account,
    /// How many chats an agent may handle at once.
    pub chats_per_agent: u32,
}

/// A config that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("could not use config `{}`: {cause}", path.display())]
pub struct ConfigError {
    path: PathBuf,
    cause: String,
}

/// Where passwords can come from beside the file.
#[derive(Debug, Default)]
pub struct Environment {
    /// The value of `SESHAT_PASSWORD`.
    pub password: Option<String>,
    /// The folder of systemd's credentials.
    pub credentials: Option<OsString>,
}

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        Environment {
            password: std::env::var(PASSWORD_VARIABLE).ok().filter(|value| !value.is_empty()),
            credentials: std::env::var_os("CREDENTIALS_DIRECTORY"),
        }
    }
}

impl Config {
    /// Reads one section of a file.
    pub fn load(path: &Path, section: &str, environment: &Environment) -> Result<Config, ConfigError> {
        let error = |cause: String| ConfigError { path: path.to_owned(), cause };
        let bytes = std::fs::read(path).map_err(|e| error(words::of_io(&e)))?;
        let text = String::from_utf8(bytes).map_err(|_| error("it is not UTF-8 text".into()))?;
        let entries = ini::section(&text, section).map_err(|e| error(e.to_string()))?;
        let keys = Keys::new(entries, section).map_err(&error)?;
        read(&keys, environment).map_err(error)
    }
}

/// The section's keys without their prefix.
struct Keys {
    section: String,
    prefix: &'static str,
    entries: Vec<Entry>,
}

impl Keys {
    fn new(entries: Vec<Entry>, section: &str) -> Result<Keys, String> {
        let prefixed = entries.iter().any(|entry| entry.key.starts_with(PREFIX));
        let prefix = if prefixed { PREFIX } else { "" };
        let mut kept = Vec::new();
        for mut entry in entries {
            let Some(key) = entry.key.strip_prefix(prefix) else { continue };
            if !KEYS.contains(&key) {
                let hint = nearest(key, &KEYS).map(|key| format!("; did you mean `{prefix}{key}`?"));
                return Err(format!(
                    "line {}: unknown key `{}`{}",
                    entry.line,
                    entry.key,
                    hint.unwrap_or_default()
                ));
            }
            entry.key = key.to_owned();
            kept.push(entry);
        }
        Ok(Keys { section: section.to_owned(), prefix, entries: kept })
    }

    fn get(&self, key: &str) -> Result<Option<&Entry>, String> {
        match self.entries.iter().find(|entry| entry.key == key) {
            Some(entry) if entry.value.is_empty() => {
                Err(format!("line {}: `{}{key}` is empty", entry.line, self.prefix))
            }
            found => Ok(found),
        }
    }

    fn need(&self, key: &str) -> Result<&Entry, String> {
        self.get(key)?.ok_or_else(|| format!("section [{}] has no key `{}{key}`", self.section, self.prefix))
    }
}

fn read(keys: &Keys, environment: &Environment) -> Result<Config, String> {
    let database = PathBuf::from(&keys.need("sqlitedb")?.value);
    let agents = agents(keys.need("localusers")?)?;
    let username = keys.need("username")?;
    let jid = address::bare_account(&username.value)
        .map_err(|cause| format!("line {}: username `{}`: {cause}", username.line, username.value))?;
    if agents.iter().any(|agent| agent.address == jid) {
        return Err(format!(
            "line {}: `{jid}` is the broker's own account and cannot be in localusers too",
            keys.need("localusers")?.line
        ));
    }
    let tls = match keys.get("tls")? {
        None => Tls::Start,
        Some(entry) => match entry.value.to_lowercase().as_str() {
            "starttls" => Tls::Start,
            "direct" => Tls::Direct,
            other => {
                return Err(format!("line {}: tls is `starttls` or `direct`, not `{other}`", entry.line));
            }
        },
    };
    let server = match keys.get("server")? {
        None => Server::Lookup,
        Some(entry) => server(&entry.value, tls).map_err(|cause| format!("line {}: {cause}", entry.line))?,
    };
    let resource = match keys.get("resource")? {
        None => DEFAULT_RESOURCE.to_owned(),
        Some(entry) => address::resource(&entry.value)
            .map_err(|cause| format!("line {}: resource `{}`: {cause}", entry.line, entry.value))?,
    };
    let ca_file = match keys.get("ca_file")? {
        None => None,
        Some(entry) => Some(readable(entry)?),
    };
    let chats_per_agent = match keys.get("chats_per_agent")? {
        None => DEFAULT_CHATS_PER_AGENT,
        Some(entry) => {
            let number = entry.value.parse().ok().filter(|n| (1..=MAX_CHATS_PER_AGENT).contains(n));
            number.ok_or_else(|| {
                format!(
                    "line {}: chats_per_agent is a number from 1 to {MAX_CHATS_PER_AGENT}, not `{}`",
                    entry.line, entry.value
                )
            })?
        }
    };
    let password = password(keys, environment)?;
    let account = Account { jid, resource, password, server, tls, ca_file };
    Ok(Config { database, agents, account, chats_per_agent })
}

fn agents(entry: &Entry) -> Result<Vec<AgentEntry>, String> {
    let mut seen = BTreeSet::new();
    let mut agents = Vec::new();
    for word in entry.value.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
        let address = address::bare_account(word)
            .map_err(|cause| format!("line {}: localusers: `{word}`: {cause}", entry.line))?;
        if !seen.insert(address.clone()) {
            return Err(format!("line {}: localusers names `{address}` twice", entry.line));
        }
        agents.push(AgentEntry { name: display_name(&address), address });
    }
    if agents.is_empty() {
        return Err(format!("line {}: localusers names nobody", entry.line));
    }
    Ok(agents)
}

/// What visitors read until the contact list has a better name: `joe.smith@example.com` is "Joe Smith".
fn display_name(address: &str) -> String {
    let local = address.split('@').next().unwrap_or(address);
    let words = local.split(['.', '_', '-', '+']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    let name = words.collect::<Vec<_>>().join(" ");
    if name.is_empty() { local.to_owned() } else { name }
}

fn server(value: &str, tls: Tls) -> Result<Server, String> {
    let wrong = || format!("server is `host` or `host:port`, not `{value}`");
    let (host, port) = match value.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(wrong)?) })
        }
        None => match value.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (value, None),
        },
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(wrong());
    }
    let port = match port {
        None => tls.usual_port(),
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?,
    };
    Ok(Server::At { host: host.to_owned(), port })
}

fn password(keys: &Keys, environment: &Environment) -> Result<Secret, String> {
    let (inline, file) = (keys.get("password")?, keys.get("password_file")?);
    if let (Some(_), Some(file)) = (inline, file) {
        return Err(format!("line {}: set `password` or `password_file`, not both", file.line));
    }
    if let Some(entry) = inline {
        return Ok(Secret::new(entry.value.clone()));
    }
    if let Some(entry) = file {
        return first_line(Path::new(&entry.value))
            .map_err(|cause| format!("line {}: password_file `{}`: {cause}", entry.line, entry.value));
    }
    if let Some(value) = &environment.password {
        return Ok(Secret::new(value.clone()));
    }
    if let Some(folder) = &environment.credentials {
        let path = Path::new(folder).join(PASSWORD_CREDENTIAL);
        if path.exists() {
            return first_line(&path).map_err(|cause| format!("credential `{}`: {cause}", path.display()));
        }
    }
    Err(format!(
        "there is no password: set `{prefix}password` or `{prefix}password_file`, the environment variable \
         {PASSWORD_VARIABLE}, or the systemd credential `{PASSWORD_CREDENTIAL}`",
        prefix = keys.prefix
    ))
}

fn first_line(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path).map_err(|e| words::of_io(&e))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line.to_owned())),
        _ => Err("its first line is empty".into()),
    }
}

fn readable(entry: &Entry) -> Result<PathBuf, String> {
    let path = PathBuf::from(&entry.value);
    std::fs::File::open(&path)
        .map_err(|e| format!("line {}: {} `{}`: {}", entry.line, entry.key, entry.value, words::of_io(&e)))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "[Seshat]
sqlitedb = /tmp/seshat.db
localusers = joe@example.com, bob@customerservice.example.com
username = webchat@example.com
password = mypassword
";

    fn load(text: &str, environment: &Environment) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(file.path(), DEFAULT_SECTION, environment).map_err(|e| e.cause)
    }

    #[test]
    fn the_specs_config_is_valid_as_it_stands() {
        let config = load(SPEC, &Environment::default()).unwrap();
        assert_eq!(config.database, Path::new("/tmp/seshat.db"));
        assert_eq!(config.account.jid, "webchat@example.com");
        assert_eq!(config.account.password.reveal(), "mypassword");
        let agents: Vec<_> = config.agents.iter().map(|a| (a.address.as_str(), a.name.as_str())).collect();
        assert_eq!(agents, [("joe@example.com", "Joe"), ("bob@customerservice.example.com", "Bob")]);
        assert_eq!(config.chats_per_agent, 3);
        assert_eq!(config.account.server, Server::Lookup);
    }

    #[test]
    fn in_a_section_with_the_prefix_other_keys_are_left_alone() {
        let text = "[Seshat]\nsqlalchemy.url = x\nusername = app\nseshat_sqlitedb = /d\n\
                    seshat_localusers = a@x\nseshat_username = w@x\nseshat_password = p\n";
        let config = load(text, &Environment::default()).unwrap();
        assert_eq!(config.account.jid, "w@x");
        let error = load("[Seshat]\nsqlitedb = /d\nseshat_usrname = w@x\n", &Environment::default());
        assert_eq!(
            error.unwrap_err(),
            "line 3: unknown key `seshat_usrname`; did you mean `seshat_username`?"
        );
    }

    #[test]
    fn the_password_comes_from_the_first_place_that_has_one() {
        let without = SPEC.replace("password = mypassword\n", "");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("xmpp_password"), "from systemd\n").unwrap();
        let credentials = Some(folder.path().as_os_str().to_owned());
        let both = Environment { password: Some("from outside".into()), credentials: credentials.clone() };
        let only = Environment { password: None, credentials };
        let read = |text: &str, env: &Environment| load(text, env).unwrap().account.password;
        assert_eq!(read(SPEC, &both).reveal(), "mypassword");
        assert_eq!(read(&without, &both).reveal(), "from outside");
        assert_eq!(read(&without, &only).reveal(), "from systemd");
        let file = folder.path().join("pw");
        std::fs::write(&file, "from a file\nand a note\n").unwrap();
        let text = format!("{without}password_file = {}\n", file.display());
        assert_eq!(read(&text, &both).reveal(), "from a file");
    }

    #[test]
    fn a_server_is_a_host_with_or_without_a_port() {
        let at = |host: &str, port| Ok(Server::At { host: host.into(), port });
        assert_eq!(server("xmpp.example.com:5299", Tls::Start), at("xmpp.example.com", 5299));
        assert_eq!(server("xmpp.example.com", Tls::Direct), at("xmpp.example.com", 5223));
        assert_eq!(server("[::1]:5222", Tls::Start), at("::1", 5222));
        for wrong in ["host:", "host:0", ":5222", "host:port", "[::1", "a b:1"] {
            assert!(server(wrong, Tls::Start).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_made_of_addresses() {
        assert_eq!(display_name("joe.van_dam@example.com"), "Joe Van Dam");
        assert_eq!(display_name("élise@example.com"), "Élise");
    }
}
