//! The one error type: a kind for programs, a sentence for people, never a secret.

use std::time::Duration;

/// What went wrong, for programs. Every front maps each kind to an exception, a status or an HTTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is wrong: empty, out of range, not what it should be. [`Error::field`] names it.
    Invalid,
    /// A text is longer than its limit. [`Error::field`] names it.
    TooLong,
    /// No such chat, or the token is nobody's.
    NotFound,
    /// The chat has ended; nothing more can be said in it.
    Closed,
    /// Too much in too short a time. [`Error::retry_after`] says when to come back.
    Limited,
    /// The store stayed locked by others past the time-out. Trying again is safe.
    Busy,
    /// The disk, a permission or the file system failed.
    Io,
    /// Not a Seshat store, or a damaged one.
    Corrupt,
    /// The store was made by a newer Seshat, or SQLite is too old.
    Version,
    /// The process was forked behind the library's back, or the file was replaced under it.
    Stale,
    /// A bug in Seshat.
    Internal,
}

impl ErrorKind {
    /// Every kind there is; fronts prove their mapping complete with it.
    pub const ALL: [ErrorKind; 11] = [
        ErrorKind::Invalid,
        ErrorKind::TooLong,
        ErrorKind::NotFound,
        ErrorKind::Closed,
        ErrorKind::Limited,
        ErrorKind::Busy,
        ErrorKind::Io,
        ErrorKind::Corrupt,
        ErrorKind::Version,
        ErrorKind::Stale,
        ErrorKind::Internal,
    ];
}

/// An error of the library, worded `could not <verb> <object>: <cause>`.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}: {cause}")]
pub struct Error {
    kind: ErrorKind,
    what: String,
    cause: String,
    field: Option<&'static str>,
    retry_after: Option<Duration>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind`: `what` is verb and object ("open store `chat.db`"), `cause` the reason and, where
    /// there is one, the remedy.
    pub fn new(kind: ErrorKind, what: impl Into<String>, cause: impl Into<String>) -> Self {
        Error { kind, what: what.into(), cause: cause.into(), field: None, retry_after: None, source: None }
    }

    /// Names the argument that is wrong.
    #[must_use]
    pub fn with_field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Keeps the error beneath this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The reason alone, without "could not …".
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// The argument that is wrong: `text`, `key`, `name`, `email`, `after` …
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// For [`ErrorKind::Limited`]: how long to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
