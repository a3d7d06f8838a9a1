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
    /// Calls that are under way.
    calls: usize,
    /// How many threads are about to fork and wait for them; new calls wait for these.
    forking: usize,
    /// The idle handles of each pool, by its place; a place is used again when its pool is gone.
    pools: Vec<Option<Vec<Connection>>>,
}

impl House {
    fn call_is_over(&mut self) {
        self.calls = self.calls.saturating_sub(1);
        if self.forking > 0 {
            CHANGED.notify_all();
        }
    }

    fn idle(&mut self, place: usize) -> Option<&mut Vec<Connection>> {
        self.pools.get_mut(place).and_then(Option::as_mut)
    }
}

static HOUSE: Mutex<Option<House>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

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
        let mut call = Call::begin(|house| house.idle(self.place).and_then(Vec::pop))?;
        let connection = match call.holds.take().flatten() {
            Some(connection) => connection,
            None => open()?,
        };
        let result = work(&connection);
        if !matches!(result, Err(Fault::Sql(_))) && connection.is_autocommit() {
            call.end(|house| match house.idle(self.place) {
                Some(idle) if idle.len() < MAX_IDLE => {
                    idle.push(connection);
                    None
                }
                _ => Some(connection),
            });
        }
        result
    }

    /// Closes the idle handles, for when the file they belong to is gone.
    pub(super) fn close_idle(&self) {
        close(|house| house.idle(self.place).map(std::mem::take));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        close(|house| house.pools.get_mut(self.place).and_then(Option::take));
    }
}

/// Closes handles that are taken out of the house. In a process they do not belong to they are left alone: closing
/// them there would undo locks of the process they do belong to.
fn close(take: impl FnOnce(&mut House) -> Option<Vec<Connection>>) {
    if let Ok(mut call) = Call::begin(take) {
        drop(call.holds.take());
    }
}

/// Marks a stretch of time in which SQLite is at work, for work that needs no pool.
pub(super) fn at_work() -> Outcome<impl Drop> {
    Call::begin(|_| ())
}

/// While it lives, no fork happens: SQLite must not be copied in the middle of anything.
struct Call<T> {
    /// What the begin took out of the house.
    holds: Option<T>,
}

impl<T> Call<T> {
    /// Begins, unless the process is a stranger to the house. Waits for forks that are about to happen: else they
    /// would wait for ever in a process that is busy.
    fn begin(take: impl FnOnce(&mut House) -> T) -> Outcome<Self> {
        let mut guard = lock();
        while sys::is_own_process() && guard.as_ref().is_some_and(|house| house.forking > 0) {
            guard = CHANGED.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(house) = guard.as_mut().filter(|_| sys::is_own_process()) else {
            return Err(Fault::Known(Error::new(
                ErrorKind::Stale,
                "use the store",
                "this process was forked without the C library's fork(), or while a call of its parent would not \
                 end; fork before the store is used, or start a program of its own in the child",
            )));
        };
        house.calls += 1;
        Ok(Call { holds: Some(take(house)) })
    }

    /// Ends with one last look into the house. What `put` gives back is closed without the lock, but before the call
    /// counts as over.
    fn end<R>(self, put: impl FnOnce(&mut House) -> Option<R>) {
        let mut guard = lock();
        if let Some(house) = guard.as_mut() {
            let surplus = put(house);
            if surplus.is_some() {
                drop(guard);
                drop(surplus);
            } else {
                house.call_is_over();
                std::mem::forget(self);
            }
        }
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        drop(self.holds.take());
        if let Some(house) = lock().as_mut() {
            house.call_is_over();
        }
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
        house.forking += 1;
    }
    while guard.as_ref().is_some_and(|house| house.calls > 0) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        guard = CHANGED.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    if let Some(house) = guard.as_mut() {
        house.pools.iter_mut().flatten().for_each(Vec::clear);
    }
    HELD.with_borrow_mut(|held| *held = Some(guard));
}

extern "C" fn after_fork_in_parent() {
    if let Some(mut guard) = HELD.with_borrow_mut(Option::take)
        && let Some(house) = guard.as_mut()
    {
        house.forking = house.forking.saturating_sub(1);
        CHANGED.notify_all();
    }
}

extern "C" fn after_fork_in_child() {
    if let Some(mut guard) = HELD.with_borrow_mut(Option::take)
        && let Some(house) = guard.as_mut()
    {
        house.forking = 0;
        // A handle that was in use when patience ended is open here too, and shares its locks with the parent's:
        // such a child stays unclaimed, and is refused.
        if house.calls == 0 {
            sys::claim_process();
        }
    }
}
