//! The file: whether it may be used, how it comes into being, and how a connection to it is set up.

use super::fault::{Fault, Outcome};
use super::{OpenOptions, migrate, pool, sys};
use crate::error::{Error, ErrorKind, Result};
use crate::token;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Pages of write-ahead log before a writer folds it into the file: at SQLite's own 1 000 the unlucky writer
/// waits twenty times longer (p99.9 6.1 against 0.3 ms).
const CHECKPOINT_PAGES: u32 = 4000;
/// Statements one connection keeps prepared: all there are.
const STATEMENTS: usize = 96;

/// Which file a path led to when the store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        FileId { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Is this still the file at `path`? SQLite itself would write on into an unlinked file.
    pub(super) fn is_still_at(self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| FileId::of(&metadata) == self)
    }
}

/// Checks `path`, makes the store when it is missing, and says which file it is.
pub(super) fn find_or_create(path: &Path, options: &OpenOptions) -> Result<FileId> {
    let what = what(path);
    let refuse = |kind, cause: String| Err(Error::new(kind, &what, cause));
    check_sqlite(&what)?;
    let folder = folder(path);
    let folder_data = fs::metadata(&folder).map_err(|e| {
        Error::new(ErrorKind::Io, &what, format!("its folder `{}`: {}", folder.display(), reason(&e)))
    })?;
    check_file_system(&folder, &what)?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Asked again after the log: another process may just have made both.
            if beside(path, "-wal").exists() && !path.exists() {
                return refuse(
                    ErrorKind::Corrupt,
                    format!(
                        "the file is missing but its `{}` is there; bring the file back, or move that one away",
                        beside(path, "-wal").display()
                    ),
                );
            }
            if !options.create {
                return refuse(ErrorKind::Io, "the file does not exist".into());
            }
            create(path, &folder, &folder_data, &what)?;
        }
        Err(error) => return refuse(ErrorKind::Io, reason(&error)),
        Ok(link) if link.is_symlink() && folder_data.permissions().mode() & 0o002 != 0 => {
            return refuse(
                ErrorKind::Io,
                "it is a symbolic link in a folder that everybody may write to".into(),
            );
        }
        Ok(_) => {}
    }
    let metadata = fs::metadata(path).map_err(|e| Error::new(ErrorKind::Io, &what, reason(&e)))?;
    if !metadata.is_file() {
        return refuse(ErrorKind::Io, "it is not a regular file".into());
    }
    if metadata.len() == 0 {
        return refuse(
            ErrorKind::Corrupt,
            "the file is empty, no store; remove it and Seshat makes a new one".into(),
        );
    }
    Ok(FileId::of(&metadata))
}

/// A connection to the store at `path`, ready for work.
pub(super) fn connect(path: &Path, options: &OpenOptions) -> Outcome<Connection> {
    sys::prepare_process();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    BUSY_TIMEOUT.set(options.busy_timeout);
    configure(&mut connection)?;
    migrate::bring_up_to_date(&connection, &what(path))?;
    Ok(connection)
}

fn configure(connection: &mut Connection) -> Outcome<()> {
    connection.busy_handler(Some(wait_for_the_others))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it every cleared binding costs a new query plan: 10.5 against 2.9 µs for an idle poll.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The write-ahead log stays when the last handle closes: a fork closes handles all the time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY;"
    ))?;
    Ok(())
}

thread_local! {
    static BUSY_TIMEOUT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static BUSY_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets how long this thread's next call waits for other writers.
pub(super) fn set_patience(timeout: Duration) {
    BUSY_TIMEOUT.set(timeout);
}

/// SQLite's own handler backs off to 100 ms and starves writers (16 of them: 307/s, worst wait 3.1 s). This one
/// starts at 100–200 µs and ends at 2–4 ms, with jitter so that waiters do not march in step.
fn wait_for_the_others(tries: i32) -> bool {
    if tries == 0 {
        BUSY_SINCE.set(Some(Instant::now()));
    }
    let waited = BUSY_SINCE.get().map_or(Duration::ZERO, |since| since.elapsed());
    if waited >= BUSY_TIMEOUT.get() {
        return false;
    }
    let ceiling = 200_u64 << (tries / 4).clamp(0, 4);
    let jitter = u64::from(waited.subsec_nanos()) % (ceiling / 2).max(1);
    std::thread::sleep(Duration::from_micros((ceiling / 2 + jitter).min(4000)));
    true
}

/// Makes a whole store beside the path and links it into place, so that nobody ever sees half of one.
fn create(path: &Path, folder: &Path, folder_data: &Metadata, what: &str) -> Result<()> {
    let failed = |e: io::Error| Error::new(ErrorKind::Io, what, reason(&e));
    let random = token::random_bytes()?;
    let draft =
        beside(path, &format!(".new-{:016x}", u64::from_le_bytes(std::array::from_fn(|i| random[i]))));
    // The web app and the broker often run as different users who share a folder through its group.
    let shared = folder_data.permissions().mode() & 0o2020 == 0o2020;
    let mode = if shared { 0o660 } else { 0o600 };
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft).map_err(failed)?;
    let draft = Draft(draft);
    // The mode asked for, whatever the umask.
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)?;
    drop(file);
    write_draft(&draft.0).map_err(|fault| fault.during(what))?;
    File::open(&draft.0).and_then(|file| file.sync_all()).map_err(failed)?;
    match fs::hard_link(&draft.0, path) {
        // Another process was faster: its store is as good.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other.map_err(failed)?,
    }
    drop(draft);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn write_draft(draft: &Path) -> Outcome<()> {
    sys::prepare_process();
    let _call = pool::at_work()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(draft, flags)?;
    // Neither can be changed later without writing the whole file again.
    connection.execute_batch("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL;")?;
    migrate::create(&connection)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let error = Error::new(
            ErrorKind::Io,
            format!("open store `{}`", draft.display()),
            "the file system does not support SQLite's write-ahead log",
        );
        return Err(Fault::Known(error));
    }
    connection.close().map_err(|(_, error)| Fault::from(error))
}

/// The unfinished store; removed whatever happens.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            // A leftover is harmless: it has a name of its own and is never opened.
            let _ = fs::remove_file(beside(&self.0, suffix));
        }
    }
}

/// SQLite lost committed transactions at a WAL reset before these releases.
fn check_sqlite(what: &str) -> Result<()> {
    let version = rusqlite::version_number();
    let fixed = version >= 3_051_003
        || (3_050_007..3_051_000).contains(&version)
        || (3_044_006..3_045_000).contains(&version);
    if fixed {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Version,
        what,
        format!("SQLite {} can lose data; 3.51.3 or newer is needed", rusqlite::version()),
    ))
}

/// Locks and shared memory do not work over the network, whatever the mount promises.
fn check_file_system(folder: &Path, what: &str) -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        // The magic numbers of statfs(2).
        const NETWORK: [(u32, &str); 6] = [
            (0x6969, "NFS"),
            (0x517B, "SMB"),
            (0xFE53_4D42, "SMB"),
            (0xFF53_4D42, "CIFS"),
            (0x0102_1997, "9P"),
            (0x5346_414F, "AFS"),
        ];
        let found = rustix::fs::statfs(folder)
            .map_err(|e| Error::new(ErrorKind::Io, what, format!("its folder: {e}")))?;
        let magic = found.f_type as u32;
        if let Some((_, name)) = NETWORK.iter().find(|(number, _)| *number == magic) {
            return Err(Error::new(
                ErrorKind::Io,
                what,
                format!("it is on a network file system ({name}); put it on a local disk"),
            ));
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (folder, what);
    Ok(())
}

pub(super) fn what(path: &Path) -> String {
    format!("open store `{}`", path.display())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The operating system's reason in plain words, without its number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        _ => error.to_string(),
    }
}
