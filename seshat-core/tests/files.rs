//! Which files a store accepts, what it makes of a missing one, and what it says otherwise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly, its helpers too"
)]

mod common;

use common::Shop;
use rusqlite::Connection;
use seshat_core::{Durability, Error, ErrorKind, OpenOptions, Start, Store};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn open(path: &Path) -> Result<Store, Error> {
    Store::open(path, OpenOptions::default())
}

/// The error with the folder's name taken out.
fn refusal(path: &Path) -> (ErrorKind, String) {
    let error = open(path).expect_err("it must be refused");
    (error.kind(), error.to_string().replace(&format!("{}/", path.parent().unwrap().display()), ""))
}

#[test]
fn a_missing_file_is_made_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let chat = open(&path).unwrap().start(&Start::default()).unwrap();
    assert_eq!(open(&path).unwrap().chat(&chat.token).unwrap(), chat.chat);
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["chat.db", "chat.db-shm", "chat.db-wal"], "nothing else is left behind");
}

#[test]
fn the_file_is_private_or_shared_with_the_folders_group_and_so_are_its_companions() {
    for (folder_mode, file_mode) in [(0o700, 0o600), (0o770, 0o600), (0o2770, 0o660)] {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(folder_mode)).unwrap();
        let path = folder.path().join("chat.db");
        let _store = open(&path).unwrap();
        for suffix in ["", "-wal", "-shm"] {
            let file = folder.path().join(format!("chat.db{suffix}"));
            let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, file_mode, "{} in a folder of mode {folder_mode:o}", file.display());
        }
    }
}

#[test]
fn many_who_open_a_missing_file_at_once_share_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let chats: Vec<i64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| open(&path).unwrap().start(&Start::default()).unwrap().chat.0))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut sorted = chats.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_missing_file_is_not_made_when_it_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let error = Store::open(&path, OpenOptions { create: false, ..OpenOptions::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(!path.exists());
}

#[test]
fn foreign_empty_and_odd_files_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty.db"), "").unwrap();
    fs::write(path("text.db"), "Dear diary, ".repeat(500)).unwrap();
    Connection::open(path("other.db")).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    fs::create_dir(path("folder.db")).unwrap();
    let cases = [
        ("empty.db", ErrorKind::Corrupt, "the file is empty, no store; remove it and Seshat makes a new one"),
        ("text.db", ErrorKind::Corrupt, "the file is not a database"),
        (
            "other.db",
            ErrorKind::Corrupt,
            "the file is not a Seshat store; choose another path, Seshat wants a file of its own",
        ),
        ("folder.db", ErrorKind::Io, "it is not a regular file"),
    ];
    for (name, kind, cause) in cases {
        let before = fs::read(path(name)).ok();
        assert_eq!(refusal(&path(name)), (kind, format!("could not open store `{name}`: {cause}")));
        assert_eq!(fs::read(path(name)).ok(), before, "{name} was changed");
    }
}

#[test]
fn a_missing_folder_is_named() {
    let (kind, text) = refusal(Path::new("/nonexistent/folder/chat.db"));
    assert_eq!(kind, ErrorKind::Io);
    assert_eq!(text, "could not open store `chat.db`: its folder `/nonexistent/folder`: it does not exist");
}

#[test]
fn a_missing_file_beside_its_log_is_not_replaced_by_an_empty_store() {
    let shop = Shop::open();
    let path = shop.path();
    shop.start("customer");
    let kept = shop.folder.path().join("kept");
    fs::rename(&path, &kept).unwrap();
    let (kind, text) = refusal(&path);
    assert_eq!(kind, ErrorKind::Corrupt);
    assert!(text.contains("is missing but its `chat.db-wal` is there"), "{text}");
    assert!(fs::metadata(shop.folder.path().join("chat.db-wal")).unwrap().len() > 0, "the log is untouched");
    fs::rename(&kept, &path).unwrap();
    assert_eq!(open(&path).unwrap().desk().waiting(9).unwrap().len(), 1);
}

#[test]
fn a_newer_store_is_refused_by_name() {
    let shop = Shop::open();
    Connection::open(shop.path()).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let (kind, text) = refusal(&shop.path());
    assert_eq!(kind, ErrorKind::Version);
    assert_eq!(
        text,
        "could not open store `chat.db`: it was made by a newer Seshat (schema 99, this one knows 1); upgrade Seshat"
    );
}

#[test]
fn a_link_is_followed_only_where_not_everybody_can_make_one() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.db");
    symlink(shop.path(), &link).unwrap();
    assert!(open(&link).is_ok());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let (kind, text) = refusal(&link);
    assert_eq!(kind, ErrorKind::Io);
    assert!(text.ends_with("it is a symbolic link in a folder that everybody may write to"), "{text}");
}

#[test]
fn a_file_that_was_replaced_in_use_is_an_error_until_it_is_back() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    let kept = shop.folder.path().join("kept");
    fs::rename(shop.path(), &kept).unwrap();
    // The store looks once a second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let error = shop.store.send(&chat.token, "Hi!", None, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stale);
    assert!(error.to_string().contains("was moved, removed or replaced while in use"), "{error}");
    fs::rename(&kept, shop.path()).unwrap();
    assert!(shop.store.send(&chat.token, "Hi!", None, None).is_ok());
}

#[test]
fn a_damaged_store_is_an_error_not_a_crash() {
    let shop = Shop::open();
    let chat = shop.start("customer");
    Connection::open(shop.path()).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let path = shop.path();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(4096 * 3).unwrap();
    drop(file);
    let error = match open(&path) {
        Err(error) => error,
        Ok(store) => store.send(&chat.token, "Hi!", None, None).unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

#[test]
fn a_store_locked_by_another_writer_is_busy_after_the_time_out() {
    let shop = Shop::open();
    let other = Connection::open(shop.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let patience = std::time::Duration::from_millis(50);
    let options = OpenOptions { busy_timeout: patience, ..OpenOptions::default() };
    let store = Store::open(shop.path(), options).unwrap();
    let error = store.start(&Start::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(
        error.to_string(),
        "could not start the chat: the store stayed locked by another process; try again"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.start(&Start::default()).is_ok());
}

/// Stores as released versions made them. Grows with every version, never changes.
const FROZEN: [&str; 1] = [include_str!("fixtures/store-v1.sql")];

/// The schema of every released version opens and ends up as a fresh one.
#[test]
fn an_old_store_is_brought_up_to_date_with_its_chats() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = Shop::open();
    let schema = |path: &Path| -> Vec<(String, Option<String>)> {
        let connection = Connection::open(path).unwrap();
        let mut all = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    for frozen in FROZEN {
        let path = folder.path().join("old.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        old.execute_batch(frozen).unwrap();
        drop(old);
        let store = open(&path).unwrap();
        assert_eq!(store.desk().waiting(9).unwrap()[0].visitor, "an old friend");
        assert_eq!(schema(&path), schema(&fresh.path()));
    }
}

#[test]
fn both_durabilities_keep_what_was_sent() {
    for durability in [Durability::Full, Durability::Normal] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chat.db");
        let store = Store::open(&path, OpenOptions { durability, ..OpenOptions::default() }).unwrap();
        let chat = store.start(&Start { text: Some("Hi!"), ..Start::default() }).unwrap();
        drop(store);
        assert_eq!(open(&path).unwrap().chat(&chat.token).unwrap(), chat.chat);
    }
}
