//! What SQLite and the C library offer only to unsafe code: locks that survive a fork, and the sync of the WAL.
#![expect(unsafe_code, reason = "SQLite's VFS and file controls have no safe face")]

use rusqlite::{Connection, ffi};
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Prepares SQLite once per process, before its first connection.
pub(super) fn prepare_process() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(all(target_os = "linux", feature = "bundled-sqlite"))]
        lock_by_file_description();
    });
}

/// Maps SQLite's POSIX locks, which belong to the process and vanish when *any* descriptor of the file is closed
/// in it, to open-file-description locks (fcntl(2)). Without this, another copy of SQLite in our process, or a
/// plain `open(db).read()`, silently drops our locks and committed rows are lost. Only our bundled copy is
/// changed: its function table is its own.
#[cfg(all(target_os = "linux", feature = "bundled-sqlite"))]
fn lock_by_file_description() {
    unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: *mut libc::flock) -> c_int {
        let command = match command {
            libc::F_SETLK => libc::F_OFD_SETLK,
            libc::F_SETLKW => libc::F_OFD_SETLKW,
            libc::F_GETLK => libc::F_OFD_GETLK,
            // SAFETY: passed on as it came; SQLite's other commands take an int or nothing in this register.
            other => return unsafe { libc::fcntl(fd, other, argument) },
        };
        // SAFETY: for lock commands SQLite passes a valid `struct flock`. The kernel wants `l_pid` to be 0.
        unsafe {
            (*argument).l_pid = 0;
            libc::fcntl(fd, command, argument)
        }
    }
    type Fcntl = unsafe extern "C" fn(c_int, c_int, *mut libc::flock) -> c_int;
    // SAFETY: called once, before any connection exists. The VFS is SQLite's own static object; the pointer is
    // stored as an untyped function pointer and called with exactly `Fcntl`'s arguments (os_unix.c, osFcntl).
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(c"unix".as_ptr());
        if let Some(set) = vfs.as_ref().and_then(|v| v.xSetSystemCall) {
            let ours = std::mem::transmute::<Fcntl, unsafe extern "C" fn()>(fcntl);
            set(vfs, c"fcntl".as_ptr(), Some(ours));
        }
    }
}

/// Waits until the disk has the write-ahead log of `connection`, and with it every commit made so far by anyone.
///
/// The commit itself ran at `synchronous=NORMAL` and has released the write lock, so others write meanwhile and
/// one sync may serve many commits. Returns SQLite's result code on failure.
pub(super) fn sync_wal(connection: &Connection) -> Result<(), c_int> {
    let mut wal: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the handle is open and used by this thread alone. SQLITE_FCNTL_JOURNAL_POINTER stores the WAL's
    // file object, which lives as long as the connection; in WAL mode after a commit it is open, and it is
    // asked before it is used.
    unsafe {
        let code = ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_JOURNAL_POINTER,
            ptr::addr_of_mut!(wal).cast::<c_void>(),
        );
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        let sync = wal.as_ref().and_then(|w| w.pMethods.as_ref()).and_then(|methods| methods.xSync);
        let Some(sync) = sync else { return Err(ffi::SQLITE_IOERR_FSYNC) };
        match sync(wal, ffi::SQLITE_SYNC_NORMAL | ffi::SQLITE_SYNC_DATAONLY) {
            ffi::SQLITE_OK => Ok(()),
            code => Err(code),
        }
    }
}

/// Registers what runs around every `fork()` of this process.
pub(super) fn at_fork(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) -> bool {
    // SAFETY: the handlers are plain functions of this library, which is never unloaded (Python and PHP keep
    // extension modules that registered handlers; a C program links it for good).
    unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) == 0 }
}

/// Is this the process that last called [`claim_process`], and not a child forked off it by whatever means?
///
/// Answered by a page of memory that the kernel empties in a child (madvise(2), MADV_WIPEONFORK): asking for the
/// process id would cost a tenth of a poll. Where there is no such page, it is asked for.
pub(super) fn is_own_process() -> bool {
    let page = MARK.load(Ordering::Acquire);
    if page.is_null() {
        return OWNER.load(Ordering::Relaxed) == std::process::id();
    }
    // SAFETY: the page was mapped by `map_mark`, is never unmapped, and a fork leaves it mapped.
    unsafe { (*page).load(Ordering::Relaxed) == MARKED }
}

/// From now on this process is the one that [`is_own_process`] means.
pub(super) fn claim_process() {
    OWNER.store(std::process::id(), Ordering::Relaxed);
    let mut page = MARK.load(Ordering::Acquire);
    if page.is_null() {
        page = map_mark();
        MARK.store(page, Ordering::Release);
    }
    if !page.is_null() {
        // SAFETY: as in `is_own_process`.
        unsafe { (*page).store(MARKED, Ordering::Relaxed) };
    }
}

static OWNER: AtomicU32 = AtomicU32::new(0);
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
const MARKED: u32 = 1;

#[cfg(target_os = "linux")]
fn map_mark() -> *mut AtomicU32 {
    const SIZE: usize = 4096;
    // SAFETY: a new private mapping at an address of the kernel's choice; if it cannot be marked, it is given back.
    unsafe {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let page = libc::mmap(ptr::null_mut(), SIZE, access, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        if page == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        if libc::madvise(page, SIZE, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, SIZE);
            return ptr::null_mut();
        }
        page.cast()
    }
}

#[cfg(not(target_os = "linux"))]
fn map_mark() -> *mut AtomicU32 {
    ptr::null_mut()
}

/// The text of every statement that is prepared on `connection`.
#[cfg(test)]
pub(super) fn prepared(connection: &Connection) -> Vec<String> {
    let mut texts = Vec::new();
    // SAFETY: the handle is open and used by this thread alone; each statement lives while its text is copied.
    unsafe {
        let mut statement = ffi::sqlite3_next_stmt(connection.handle(), ptr::null_mut());
        while !statement.is_null() {
            let text = std::ffi::CStr::from_ptr(ffi::sqlite3_sql(statement));
            texts.push(text.to_string_lossy().into_owned());
            statement = ffi::sqlite3_next_stmt(connection.handle(), statement);
        }
    }
    texts
}
