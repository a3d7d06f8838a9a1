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
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// Idle handles one store keeps: as many as threads can usefully talk to one SQLite file at a time.
const MAX_IDLE: usize = 8;
/// How long a fork waits for calls of other threads to end: longer than any call waits for a lock.
const FORK_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct House {
    /// Calls that use a handle just now.
    out: usize,
    /// Somebody is about to fork and waits for them.
    forking: bool,
    /// The idle handles of each pool, by its place; a place is used again when its pool is gone.
    pools: Vec<Option<Vec<Connection>>>,
}

impl House {
    fn idle(&mut self, place: usize) -> Option<&mut Vec<Connection>> {
        self.pools.get_mut(place).and_then(Option::as_mut)
    }
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
    place: usize,
}

impl Pool {
    pub(super) fn new() -> Self {
        static REGISTERED: Once = Once::new();
        // A failed registration leaves the mark of the process, which refuses instead of reopening.
        REGISTERED.call_once(|| {
            sys::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
        });
        let mut guard = lock();
        let house = guard.get_or_insert_with(|| {
            sys::claim_process();
            House::default()
        });
        let place = house.pools.iter().position(Option::is_none).unwrap_or(house.pools.len());
        house.pools.resize_with(house.pools.len().max(place + 1), || None);
        house.pools[place] = Some(Vec::new());
        Pool { place }
    }

    /// Runs `work` with a handle of this thread's own, made by `open` when none is idle. A handle is not used again
    /// after SQLite failed on it or while a transaction is open: nobody knows what state it is in.
    pub(super) fn with<T>(
        &self,
        open: impl FnOnce() -> Outcome<Connection>,
        work: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut out = self.take()?;
        let connection = match out.connection.take() {
            Some(connection) => connection,
            None => open()?,
        };
        let result = work(&connection);
        if !matches!(result, Err(Fault::Sql(_))) && connection.is_autocommit() {
            out.connection = Some(connection);
        }
        result
    }

    /// Closes the idle handles, for when the file they belong to is gone.
    pub(super) fn close_idle(&self) {
        let closing = lock().as_mut().and_then(|house| house.idle(self.place).map(std::mem::take));
        drop(closing);
    }

    fn take(&self) -> Outcome<Out> {
        let mut guard = lock();
        let Some(house) = guard.as_mut().filter(|_| sys::is_own_process()) else {
            return Err(Fault::Known(Error::new(
                ErrorKind::Stale,
                "use the store",
                "this process was forked without the C library's fork(); open the store in the child instead",
            )));
        };
        house.out += 1;
        Ok(Out { place: self.place, connection: house.idle(self.place).and_then(Vec::pop) })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let closing =
            lock().as_mut().and_then(|house| house.pools.get_mut(self.place).and_then(Option::take));
        drop(closing);
    }
}

/// A thread's use of a pool; a fork waits for its end. The handle in it then is the one to be kept.
struct Out {
    place: usize,
    connection: Option<Connection>,
}

impl Drop for Out {
    fn drop(&mut self) {
        let mut guard = lock();
        let Some(house) = guard.as_mut() else { return };
        house.out = house.out.saturating_sub(1);
        if house.forking {
            RETURNED.notify_all();
        }
        if let Some(idle) = house.idle(self.place)
            && idle.len() < MAX_IDLE
        {
            idle.extend(self.connection.take());
        }
        // A handle that is one too many is closed after the lock is released: fields are dropped last.
    }
}

fn lock() -> MutexGuard<'static, Option<House>> {
    // What the lock guards is whole after every statement, so a panic elsewhere does not spoil it.
    HOUSE.lock().unwrap_or_else(PoisonError::into_inner)
}

extern "C" fn before_fork() {
    let mut guard = lock();
    let deadline = Instant::now() + FORK_PATIENCE;
    if let Some(house) = guard.as_mut() {
        house.forking = true;
    }
    while guard.as_ref().is_some_and(|house| house.out > 0) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        guard = RETURNED.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    if let Some(house) = guard.as_mut() {
        house.forking = false;
        house.pools.iter_mut().flatten().for_each(Vec::clear);
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
        sys::claim_process();
        // Whoever had a handle out is a thread of the parent.
        house.out = 0;
    }
}
