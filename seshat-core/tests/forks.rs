//! What a fork, or another SQLite in our process, must not cost: a committed row. Each scenario loses rows when
//! its guard (handles closed before a fork, locks by open file description, the process id) is taken away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly, its helpers too"
)]
#![expect(unsafe_code, reason = "fork() has no safe face")]

mod common;

use common::Shop;
use rusqlite::Connection;
use seshat_core::{ErrorKind, OpenOptions, Start, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A fork closes the handles of every store of the process, so these tests would hide each other's faults.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child process that runs `work` and leaves.
struct Child(libc::pid_t);

impl Child {
    fn fork(work: impl FnOnce()) -> Child {
        // SAFETY: the child runs only this closure and `_exit`; glibc's malloc is usable after fork().
        let pid = unsafe { libc::fork() };
        Child::run(pid, work)
    }

    /// A fork the C library does not hear of.
    fn clone_raw(work: impl FnOnce()) -> Child {
        // SAFETY: as above, and the child takes no lock that another thread may hold.
        let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) } as libc::pid_t;
        Child::run(pid, work)
    }

    fn run(pid: libc::pid_t, work: impl FnOnce()) -> Child {
        assert!(pid >= 0);
        if pid == 0 {
            let fine = catch_unwind(AssertUnwindSafe(work)).is_ok();
            // SAFETY: ends the child without running the parent's exit handlers.
            unsafe { libc::_exit(i32::from(!fine)) };
        }
        Child(pid)
    }

    fn join(self) {
        let mut status = 0;
        // SAFETY: waits for a child of this process.
        unsafe { libc::waitpid(self.0, &raw mut status, 0) };
        assert_eq!(status, 0, "the child failed");
    }
}

fn count(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let fine: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
    connection.query_row("SELECT count(*) FROM chat", [], |row| row.get(0)).unwrap()
}

fn start_five(store: &Store) {
    for _ in 0..5 {
        store.start(&Start::default()).unwrap();
    }
}

/// Somebody with an ordinary SQLite comes by: whoever thinks it is the last to leave folds the log into the file
/// and deletes it.
fn ordinary_visit(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let _: i64 = connection.query_row("SELECT count(*) FROM chat", [], |row| row.get(0)).unwrap();
}

#[test]
fn both_sides_of_a_fork_go_on_with_the_same_store() {
    let _alone = alone();
    let shop = Shop::open();
    for _ in 0..20 {
        start_five(&shop.store);
        let child = Child::fork(|| start_five(&shop.store));
        start_five(&shop.store);
        child.join();
    }
    assert_eq!(count(&shop.path()), 300);
}

/// More threads than handles are kept, and none of them ever pauses by itself.
#[test]
fn a_fork_while_many_threads_write_is_soon_done_and_loses_nothing() {
    let _alone = alone();
    let shop = Shop::open();
    let forks_are_over = AtomicBool::new(false);
    let started = AtomicI64::new(0);
    let mut longest = Duration::ZERO;
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while !forks_are_over.load(Ordering::Relaxed) {
                    shop.store.start(&Start::default()).unwrap();
                    started.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..15 {
            let begun = Instant::now();
            let child = Child::fork(|| start_five(&shop.store));
            longest = longest.max(begun.elapsed());
            child.join();
        }
        forks_are_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(count(&shop.path()), started.into_inner() + 15 * 5);
    // Not a measurement: without the turn that a fork is given it waits out its whole patience of ten seconds.
    assert!(longest < Duration::from_secs(8), "a fork took {longest:?}");
}

#[test]
fn nothing_is_lost_when_the_parent_leaves_first_and_another_process_comes_and_goes() {
    let _alone = alone();
    let shop = Shop::open();
    let path = shop.path();
    Child::fork(|| {
        let store = Store::open(&path, OpenOptions::default()).unwrap();
        start_five(&store);
        // The grandchild outlives the process whose handles it inherited.
        let grandchild = Child::fork(|| {
            start_five(&store);
            std::thread::sleep(std::time::Duration::from_millis(150));
            start_five(&store);
        });
        drop(store.clone());
        std::thread::sleep(std::time::Duration::from_millis(50));
        Child::fork(|| ordinary_visit(&path)).join();
        grandchild.join();
    })
    .join();
    assert_eq!(count(&path), 15);
}

#[cfg(target_os = "linux")]
#[test]
fn another_sqlite_in_our_process_that_comes_and_goes_costs_nothing() {
    let _alone = alone();
    let shop = Shop::open();
    let path = shop.path();
    start_five(&shop.store);
    // As Python's sqlite3 module would, or a curious `open(db).read()`.
    drop(std::fs::read(&path).unwrap());
    Child::clone_raw(|| exec_ordinary_visit(&path)).join();
    start_five(&shop.store);
    assert_eq!(count(&path), 10);
}

/// An ordinary SQLite must be one whose locks are POSIX locks, so it runs in a program of its own.
#[cfg(target_os = "linux")]
fn exec_ordinary_visit(path: &Path) {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \
                  c.execute('select count(*) from chat').fetchone(); c.close()";
    let status = std::process::Command::new("python3").args(["-c", script]).arg(path).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_fork_behind_the_c_librarys_back_is_refused() {
    let _alone = alone();
    let shop = Shop::open();
    start_five(&shop.store);
    Child::clone_raw(|| {
        let error = shop.store.start(&Start::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stale);
        assert!(error.to_string().contains("was forked without the C library's fork()"));
    })
    .join();
    assert_eq!(count(&shop.path()), 5);
}
