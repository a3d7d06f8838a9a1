//! The store: the one place that knows SQL and SQLite.
//!
//! What is above speaks in verbs (start, send, poll, accept, claim …) and sees no row, no transaction and no type
//! of SQLite's; another engine can stand beside this one. It must never know of agents' clients, pages or the web.

mod agents;
mod desk;
mod fault;
mod migrate;
mod open;
mod outbox;
#[cfg(test)]
mod plans;
mod poll;
mod pool;
mod rows;
mod sys;
mod visitor;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use fault::{Fault, Outcome};
use open::FileId;
use rows::Tx;
use rusqlite::Connection;
use rustix::time::ClockId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How sure a write is when its call returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives a power loss: the disk has confirmed it.
    #[default]
    Full,
    /// It survives a crash of any process, but the last moments may be lost with the power.
    Normal,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// How sure a write is when its call returns.
    pub durability: Durability,
    /// How long a call waits for other writers.
    pub busy_timeout: Duration,
    /// Make the file when it is missing.
    pub create: bool,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            durability: Durability::Full,
            busy_timeout: limits::BUSY_TIMEOUT,
            create: true,
            clock: Arc::new(SystemClock),
        }
    }
}

/// How often a running store looks whether its file is still the one at its path.
const FILE_CHECK: Duration = Duration::from_secs(1);

/// All chats of a site, in one SQLite file. Cheap to clone; clones are the same store.
///
/// Usable by many threads at once. Handles are closed before a fork and opened anew on both sides on next use.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    options: OpenOptions,
    file: FileId,
    pool: pool::Pool,
    name: String,
    secret: [u8; 32],
    /// When the file was last checked, by [`uptime`].
    checked: AtomicU64,
    /// What `checked` was when the broker's heartbeat was last looked at.
    listened: AtomicU64,
}

/// Whether a write waits for the disk, where the store's durability asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// Words and decisions: what a caller was told must survive.
    Yes,
    /// Passing signals, and marks that a restart puts right.
    No,
}

impl Store {
    /// Opens the store at `path`, making the file when it is missing: mode 0600, or 0660 in a folder that is
    /// group-writable and hands its group on (setgid).
    ///
    /// # Errors
    /// `Io`: the folder is missing, a permission is, the file system is a network's. `Corrupt`: the file is
    /// empty, foreign or damaged, or gone while its write-ahead log is still there. `Version`: a newer Seshat
    /// made it, or SQLite is older than 3.51.3.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Store> {
        // Made absolute: a process may change its folder later.
        let path = std::path::absolute(path.as_ref()).map_err(|e| {
            Error::new(ErrorKind::Io, format!("open store `{}`", path.as_ref().display()), e.to_string())
        })?;
        let pool = pool::Pool::new();
        let file = open::find_or_create(&path, &options)?;
        open::set_patience(options.busy_timeout);
        let what = open::what(&path);
        let (name, secret) =
            pool.with(|| open::connect(&path, &options), read_meta).map_err(|fault| fault.during(&what))?;
        Ok(Store(Arc::new(Inner {
            path,
            options,
            file,
            pool,
            name,
            secret,
            checked: AtomicU64::new(uptime()),
            listened: AtomicU64::new(0),
        })))
    }

    /// Where the store is, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    fn now(&self) -> i64 {
        self.0.options.clock.now()
    }

    /// Reads without a transaction: every statement sees what was committed when it began.
    fn reading<T>(&self, what: &str, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        self.check_file(what)?;
        let inner = &*self.0;
        open::set_patience(inner.options.busy_timeout);
        inner
            .pool
            .with(|| open::connect(&inner.path, &inner.options), work)
            .map_err(|fault| fault.during(what))
    }

    /// Writes in one immediate transaction. An error undoes all of it.
    fn writing<T>(&self, what: &str, sync: Sync, work: impl FnOnce(&Tx<'_>) -> Outcome<T>) -> Result<T> {
        let must_sync = sync == Sync::Yes && self.0.options.durability == Durability::Full;
        self.reading(what, |connection| {
            let result = transact(connection, self.now(), work)?;
            if must_sync {
                sys::sync_wal(connection).map_err(Fault::code)?;
            }
            Ok(result)
        })
    }

    fn check_file(&self, what: &str) -> Result<()> {
        let inner = &*self.0;
        let now = uptime();
        if now.saturating_sub(inner.checked.load(Ordering::Relaxed)) < FILE_CHECK.as_millis() as u64 {
            return Ok(());
        }
        if !inner.file.is_still_at(&inner.path) {
            inner.pool.close_idle();
            return Err(Error::new(
                ErrorKind::Stale,
                what,
                format!(
                    "the file `{}` was moved, removed or replaced while in use; put it back or restart the program",
                    inner.path.display()
                ),
            ));
        }
        inner.checked.store(now, Ordering::Relaxed);
        Ok(())
    }
}

/// Milliseconds from a clock that never jumps and costs next to nothing to read; a few of them late at times.
fn uptime() -> u64 {
    #[cfg(target_os = "linux")]
    let clock = ClockId::MonotonicCoarse;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let now = rustix::time::clock_gettime(clock);
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
}

fn transact<T>(connection: &Connection, now: i64, work: impl FnOnce(&Tx<'_>) -> Outcome<T>) -> Outcome<T> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let result = work(&Tx { connection, now });
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    // Should this fail, the pool closes the handle and with it the transaction.
    let ended = connection.prepare_cached(end).and_then(|mut statement| statement.execute([]));
    let result = result?;
    ended?;
    Ok(result)
}

fn read_meta(connection: &Connection) -> Outcome<(String, [u8; 32])> {
    let get = "SELECT value FROM meta WHERE name = ?1";
    let name = connection.query_row(get, ["store"], |row| row.get(0))?;
    let secret = connection.query_row(get, ["secret"], |row| row.get(0))?;
    Ok((name, secret))
}
