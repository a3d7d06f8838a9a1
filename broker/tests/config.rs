// SPDX-License-Identifier: GPL-3.0-or-later
//! Configs that cannot work, through the real program: each gives one clear sentence and a non-zero exit, and never
//! the password. Those that need a server to be wrong are tried in the live tests.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A password nobody may ever read in an output.
const PASSWORD: &str = "mypassw0rd-do-not-print";
/// Config, account, certificate or database need somebody's attention.
const EXIT_SETUP: i32 = 78;
const EXIT_USAGE: i32 = 2;

/// A throwaway folder with the spec's config in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The spec's config, on a port of this machine where nobody answers.
    fn spec(&self) -> String {
        format!(
            "[Seshat]\nsqlitedb = {}\nlocalusers = joe@example.com, bob@customerservice.example.com\n\
             username = webchat@example.com\npassword = {PASSWORD}\nserver = 127.0.0.1:1\n",
            self.path("seshat.db").display()
        )
    }

    fn write(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path("sample.ini");
        fs::write(&path, text).unwrap();
        path
    }
}

fn broker(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seshat-broker"))
        .args(arguments)
        .env_remove("SESHAT_PASSWORD")
        .env_remove("CREDENTIALS_DIRECTORY")
        .output()
        .unwrap()
}

/// The one sentence it ended with.
fn sentence(output: &Output, exit: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for dump in ["Error {", "Some(", "Err(", "::"] {
        assert!(!said.contains(dump), "{said}");
    }
    said.trim_end().to_owned()
}

/// A change to the spec's config, and what the sentence has to say.
type Broken = (&'static str, &'static str, &'static [&'static str]);

#[test]
fn each_broken_config_gives_one_sentence() {
    let broken: [Broken; 21] = [
        ("sqlitedb = ", "other = ", &["unknown key `other`", "line 2"]),
        ("localusers = joe@example.com, bob@customerservice.example.com\n", "", &["no key `localusers`"]),
        ("username = webchat@example.com\n", "", &["no key `username`"]),
        ("password = mypassw0rd-do-not-print\n", "", &["no password", "SESHAT_PASSWORD", "password_file"]),
        ("username", "usrename", &["unknown key `usrename`", "did you mean `username`"]),
        ("server", "sever", &["unknown key `sever`", "did you mean `server`"]),
        ("joe@example.com, ", "joe, ", &["line 3", "`joe`", "before the @"]),
        ("joe@example.com, ", "joe@@example.com, ", &["line 3", "`joe@@example.com`"]),
        ("bob@customerservice.example.com", "joe@example.com", &["names `joe@example.com` twice"]),
        ("joe@example.com, bob@customerservice.example.com", "", &["line 3", "`localusers` is empty"]),
        ("joe@example.com, bob@customerservice.example.com", ", ,", &["line 3", "names nobody"]),
        ("webchat@example.com", "webchat", &["line 4", "username `webchat`"]),
        ("webchat@example.com", "webchat@example.com/desk", &["line 4", "after the slash"]),
        ("webchat@example.com", "joe@example.com", &["the broker's own account"]),
        ("server = 127.0.0.1:1", "username = webchat@example.com", &["line 6", "line 4 already"]),
        ("server = 127.0.0.1:1", "server = 127.0.0.1:port", &["line 6", "host:port"]),
        ("server = 127.0.0.1:1", "tls = none", &["line 6", "`starttls` or `direct`"]),
        ("server = 127.0.0.1:1", "chats_per_agent = many", &["line 6", "1 to 50", "`many`"]),
        ("server = 127.0.0.1:1", "password_file = /dev/null", &["`password` or `password_file`, not both"]),
        ("server = 127.0.0.1:1", "ca_file = /no/such/file", &["line 6", "ca_file `/no/such/file`"]),
        ("server = 127.0.0.1:1", "what is this", &["line 6", "key = value"]),
    ];
    let folder = Folder::new();
    for (old, new, says) in broken {
        let spec = folder.spec();
        assert!(spec.contains(old), "{old}");
        let config = folder.write(spec.replacen(old, new, 1));
        let said = sentence(&broker(&[&config]), EXIT_SETUP);
        for words in says {
            assert!(said.contains(words), "`{old}` as `{new}`: {said}");
        }
        assert!(said.contains("sample.ini"), "{said}");
        let checked = broker(&[Path::new("check"), &config]);
        assert_eq!(sentence(&checked, EXIT_SETUP), said);
        assert_eq!(String::from_utf8_lossy(&checked.stdout), "config: failed\n");
    }
}

#[test]
fn a_file_that_is_not_there_or_no_text_gives_one_sentence() {
    let folder = Folder::new();
    let said = sentence(&broker(&[&folder.path("none.ini")]), EXIT_SETUP);
    assert!(said.contains("none.ini") && said.contains("no such file"), "{said}");
    let said = sentence(&broker(&[folder.0.path()]), EXIT_SETUP);
    assert!(said.contains("folder"), "{said}");
    let said = sentence(&broker(&[&folder.write([0xff, 0xfe, 0x00])]), EXIT_SETUP);
    assert!(said.contains("UTF-8"), "{said}");
    let said = sentence(&broker(&[&folder.write("")]), EXIT_SETUP);
    assert!(said.contains("no section [Seshat]"), "{said}");
}

#[test]
fn a_wrong_section_names_those_there_are() {
    let folder = Folder::new();
    let config = folder.write(format!("[app]\ndebug = 1\n{}", folder.spec()));
    let said = sentence(&broker(&[&config, Path::new("Chat")]), EXIT_SETUP);
    assert!(said.contains("no section [Chat]; it has [app], [Seshat]"), "{said}");
    let twice = folder.write(format!("{0}{0}", folder.spec()));
    let said = sentence(&broker(&[&twice]), EXIT_SETUP);
    assert!(said.contains("begins a second time"), "{said}");
}

#[test]
fn a_database_that_is_none_gives_one_sentence() {
    let folder = Folder::new();
    let config = folder.write(folder.spec());
    let database = folder.path("seshat.db");
    fs::write(
        &database,
        "this is a shopping list, not a database; it is long enough to be looked at".repeat(20),
    )
    .unwrap();
    for arguments in
        [vec![config.as_path()], vec![Path::new("check"), &config], vec![Path::new("status"), &config]]
    {
        let said = sentence(&broker(&arguments), EXIT_SETUP);
        assert!(said.contains("seshat.db"), "{said}");
    }
    fs::remove_file(&database).unwrap();
    fs::create_dir(&database).unwrap();
    let said = sentence(&broker(&[&config]), EXIT_SETUP);
    assert!(said.contains("seshat.db"), "{said}");
    let nowhere = folder.write(folder.spec().replace("seshat.db", "no/such/folder/seshat.db"));
    for arguments in [vec![nowhere.as_path()], vec![Path::new("check"), &nowhere]] {
        let said = sentence(&broker(&arguments), EXIT_SETUP);
        assert!(said.contains("no/such/folder"), "{said}");
    }
}

#[test]
fn a_ca_file_without_a_certificate_gives_one_sentence() {
    let folder = Folder::new();
    let empty = folder.path("ca.pem");
    fs::write(&empty, "nothing\n").unwrap();
    let config = folder.write(format!("{}ca_file = {}\n", folder.spec(), empty.display()));
    let said = sentence(&broker(&[&config]), EXIT_SETUP);
    assert!(said.contains("ca.pem") && said.contains("no certificate"), "{said}");
}

#[test]
fn an_empty_password_file_gives_one_sentence() {
    let folder = Folder::new();
    let empty = folder.path("password");
    fs::write(&empty, "\n").unwrap();
    let changed = format!("password_file = {}", empty.display());
    let config = folder.write(folder.spec().replace(&format!("password = {PASSWORD}"), &changed));
    let said = sentence(&broker(&[&config]), EXIT_SETUP);
    assert!(said.contains("password_file") && said.contains("first line is empty"), "{said}");
}

#[test]
fn a_host_that_does_not_exist_gives_one_sentence() {
    let folder = Folder::new();
    // RFC 6761 §6.4: `invalid` never resolves.
    let config = folder.write(folder.spec().replace("127.0.0.1:1", "nowhere.invalid:5222"));
    let said = sentence(&broker(&[Path::new("check"), &config]), EXIT_SETUP);
    assert!(said.contains("nowhere.invalid"), "{said}");
}

#[test]
fn wrong_arguments_give_one_sentence() {
    for arguments in [vec![], vec!["--fast"], vec!["a.ini", "Seshat", "more"], vec!["check"], vec!["status"]]
    {
        let paths: Vec<&Path> = arguments.iter().map(Path::new).collect();
        let said = sentence(&broker(&paths), EXIT_USAGE);
        assert!(said.contains("--help"), "{said}");
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let help = broker(&[Path::new("--help")]);
    assert!(help.status.success() && help.stderr.is_empty());
    let help = String::from_utf8(help.stdout).unwrap();
    for key in seshat_broker::config::KEYS {
        assert!(help.contains(key), "{key} is not in the help");
    }
    let version = broker(&[Path::new("--version")]);
    assert_eq!(
        String::from_utf8_lossy(&version.stdout),
        format!("seshat-broker {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn check_says_what_is_well_up_to_what_is_not() {
    let folder = Folder::new();
    let config = folder.write(folder.spec());
    let checked = broker(&[Path::new("check"), &config]);
    let said = sentence(&checked, EXIT_SETUP);
    assert!(said.contains("127.0.0.1:1") && said.contains("refused"), "{said}");
    let steps = String::from_utf8(checked.stdout).unwrap();
    let steps: Vec<&str> = steps.lines().collect();
    assert!(steps[0].starts_with("config: ok, webchat@example.com for joe@example.com"), "{steps:?}");
    assert!(steps[1].starts_with("database: ok") && steps[1].contains("not there yet"), "{steps:?}");
    assert_eq!(steps[2], "login: failed");
    // Looking is not making: the file would belong to whoever looked.
    assert!(!folder.path("seshat.db").exists());
}

#[test]
fn a_second_broker_on_the_same_database_is_refused() {
    let folder = Folder::new();
    let config = folder.write(folder.spec());
    let held = fs::File::create(folder.path("seshat.db-broker.lock")).unwrap();
    held.lock().unwrap();
    let said = sentence(&broker(&[&config]), EXIT_SETUP);
    assert!(said.contains("another seshat-broker is running"), "{said}");
}

#[test]
fn status_shows_the_queue_and_the_open_chats() {
    use seshat_core::desk::{Act, AgentEntry};
    use seshat_core::{OpenOptions, Start, Store};
    let folder = Folder::new();
    let config = folder.write(folder.spec());
    let store = Store::open(folder.path("seshat.db"), OpenOptions::default()).unwrap();
    let joe = AgentEntry { address: "joe@example.com".into(), name: "Joe".into() };
    store.desk().set_agents(&[joe]).unwrap();
    for name in ["anna", "ben"] {
        store.start(&Start { name, ..Start::default() }).unwrap();
    }
    let act = Act { agent: "joe@example.com", stanza: None };
    store.desk().accept(act, seshat_core::ChatId(1), 3).unwrap();
    let shown = broker(&[Path::new("status"), &config]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    assert_eq!(
        String::from_utf8(shown.stdout).unwrap(),
        "availability: offline\nwaiting: 1\n  #2 ben (0 min)\nopen: 1\n  #1 anna with joe@example.com (0 min)\n"
    );
}
