//! The process's SQLite connections, and what a fork means for them.
//!
//! SQLite handles must not cross a fork: the locks of parent and child would undo each other. So before a fork
//! all handles of the process are closed, and both sides open new ones on next use. One lock guards all pools;
//! it is held for a push or a pop, never while a handle is used, and across the fork itself.

use super::fault::{Fault, Outcome};
use super::sys;
use crate::error::{Error, ErrorKind};
use rusqlite::Connection;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// Idle handles one store keeps: as many as threads can usefully talk to one SQLite file at a time.
const MAX_IDLE: usize = 8;
/// How long a fork waits for calls of other threads to end: longer than any call waits for a lock.
const FORK_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct House {
    /// The process these handles belong to.
    pid: u32,
    /// Handles in use by some thread.
    out: usize,
    next_pool: u64,
    idle: HashMap<u64, Vec<Connection>>,
}

static HOUSE: Mutex<Option<House>> = Mutex::new(None);
static RETURNED: Condvar = Condvar::new();

thread_local! {
    /// The lock while this thread forks. The child's only thread is the one that forked, so each side can
    /// release what it finds here.
    static HELD: RefCell<Option<MutexGuard<'static, Option<House>>>> = const { RefCell::new(None) };
}

/// The handles of one store.
#[derive(Debug)]
pub(super) struct Pool {
    id: u64,
}

impl Pool {
    pub(super) fn new() -> Self {
        static REGISTERED: Once = Once::new();
        // A failed registration leaves the guard by process id, which refuses instead of reopening.
        REGISTERED.call_once(|| {
            sys::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
        });
        let mut guard = lock();
        let house = guard.get_or_insert_with(|| House { pid: std::process::id(), ..House::default() });
        let id = house.next_pool;
        house.next_pool += 1;
        house.idle.insert(id, Vec::new());
        Pool { id }
    }

    /// Runs `work` with a handle of this thread's own, made by `open` when none is idle. A handle is not used again
    /// after SQLite failed on it or while a transaction is open: nobody knows what state it is in.
    pub(super) fn with<T>(
        &self,
        open: impl FnOnce() -> Outcome<Connection>,
        work: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Outcome<T> {
        let taken = self.take()?;
        let _out = Out;
        let connection = match taken {
            Some(connection) => connection,
            None => open()?,
        };
        let result = work(&connection);
        if !matches!(result, Err(Fault::Sql(_))) && connection.is_autocommit() {
            self.give_back(connection);
        }
        result
    }

    /// Closes the idle handles, for when the file they belong to is gone.
    pub(super) fn close_idle(&self) {
        let closing = lock().as_mut().and_then(|house| house.idle.get_mut(&self.id).map(std::mem::take));
        drop(closing);
    }

    fn take(&self) -> Outcome<Option<Connection>> {
        let mut guard = lock();
        let Some(house) = guard.as_mut().filter(|house| house.pid == std::process::id()) else {
            return Err(Fault::Known(Error::new(
                ErrorKind::Stale,
                "use the store",
                "this process was forked without the C library's fork(); open the store in the child instead",
            )));
        };
        house.out += 1;
        Ok(house.idle.get_mut(&self.id).and_then(Vec::pop))
    }

    fn give_back(&self, connection: Connection) {
        let mut guard = lock();
        let idle = guard.as_mut().and_then(|house| house.idle.get_mut(&self.id));
        match idle {
            Some(idle) if idle.len() < MAX_IDLE => idle.push(connection),
            _ => {
                drop(guard);
                drop(connection);
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let closing = lock().as_mut().and_then(|house| house.idle.remove(&self.id));
        drop(closing);
    }
}

/// Counts a handle in use; a fork waits for it.
struct Out;

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(house) = lock().as_mut() {
            house.out = house.out.saturating_sub(1);
        }
        RETURNED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, Option<House>> {
    // What the lock guards is whole after every statement, so a panic elsewhere does not spoil it.
    HOUSE.lock().unwrap_or_else(PoisonError::into_inner)
}

extern "C" fn before_fork() {
    let mut guard = lock();
    let deadline = Instant::now() + FORK_PATIENCE;
    while guard.as_ref().is_some_and(|house| house.out > 0) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        guard = RETURNED.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    if let Some(house) = guard.as_mut() {
        house.idle.values_mut().for_each(Vec::clear);
    }
    HELD.with_borrow_mut(|held| *held = Some(guard));
}

extern "C" fn after_fork_in_parent() {
    HELD.with_borrow_mut(Option::take);
}

extern "C" fn after_fork_in_child() {
    if let Some(mut guard) = HELD.with_borrow_mut(Option::take)
        && let Some(house) = guard.as_mut()
    {
        house.pid = std::process::id();
        // Whoever had a handle out is a thread of the parent.
        house.out = 0;
    }
}
