//! What can go wrong inside the store, before it is put into words for the caller.

use crate::error::{Error, ErrorKind};
use rusqlite::ffi;
use rusqlite::types::FromSqlError;

/// Either already an [`Error`], or SQLite's, which becomes one when the call that failed is named.
#[derive(Debug)]
pub(super) enum Fault {
    Known(Error),
    Sql(rusqlite::Error),
}

pub(super) type Outcome<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Known(error)
    }
}

impl From<FromSqlError> for Fault {
    fn from(error: FromSqlError) -> Self {
        Fault::Sql(rusqlite::Error::from(error))
    }
}

impl Fault {
    /// SQLite's bare result code, for calls that bypass rusqlite.
    pub(super) fn code(code: i32) -> Self {
        Fault::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    /// The error for the caller: "could not `what`: …".
    pub(super) fn during(self, what: &str) -> Error {
        let error = match self {
            Fault::Known(error) => return error,
            Fault::Sql(error) => error,
        };
        let (kind, cause) = explain(&error);
        Error::new(kind, what, cause).with_source(error)
    }
}

fn explain(error: &rusqlite::Error) -> (ErrorKind, String) {
    let rusqlite::Error::SqliteFailure(failure, text) = error else {
        return (ErrorKind::Internal, format!("the store answered unexpectedly ({error})"));
    };
    let said = text.clone().unwrap_or_else(|| failure.to_string());
    match failure.extended_code & 0xFF {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => {
            (ErrorKind::Busy, "the store stayed locked by another process; try again".to_owned())
        }
        ffi::SQLITE_FULL => (ErrorKind::Io, "the disk is full; make room and try again".to_owned()),
        ffi::SQLITE_READONLY => {
            (ErrorKind::Io, format!("the store or its folder cannot be written ({said})"))
        }
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM | ffi::SQLITE_AUTH => {
            (ErrorKind::Io, format!("the file system failed ({said})"))
        }
        ffi::SQLITE_NOTADB => (ErrorKind::Corrupt, "the file is not a database".to_owned()),
        ffi::SQLITE_CORRUPT => {
            (ErrorKind::Corrupt, format!("the store is damaged ({said}); restore it from a backup"))
        }
        ffi::SQLITE_NOMEM => (ErrorKind::Io, "out of memory".to_owned()),
        _ => (ErrorKind::Internal, format!("SQLite refused ({said})")),
    }
}
