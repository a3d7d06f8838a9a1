"""What can go wrong. Every class is a `SeshatError`; `kind` is its word for programs."""

from __future__ import annotations


class SeshatError(Exception):
    """Worded "could not <verb> <object>: <cause>"."""

    #: The kind of error: one word, the same in every language Seshat speaks.
    kind: str = "internal"
    #: The argument that is wrong, if it is about one.
    field: str | None = None


class InvalidError(SeshatError, ValueError):
    """An argument is wrong: empty, out of range, not what it should be. `field` names it."""

    kind = "invalid"


class TooLong(SeshatError, ValueError):
    """A text is longer than its limit. `field` names it."""

    kind = "too_long"


class NotFound(SeshatError, LookupError):
    """No such chat, or the token is nobody's."""

    kind = "not_found"


class ChatClosed(SeshatError):
    """The chat has ended; nothing more can be said in it."""

    kind = "closed"


class RateLimited(SeshatError):
    """Too much in too short a time."""

    kind = "limited"
    #: In how many seconds to come back.
    retry_after: float = 1.0


class Busy(SeshatError):
    """The store stayed locked by others past the time-out. Trying again is safe."""

    kind = "busy"


class StorageError(SeshatError):
    """The disk, a permission or the file system failed."""

    kind = "io"


class CorruptError(SeshatError):
    """Not a Seshat store, or a damaged one."""

    kind = "corrupt"


class VersionError(SeshatError):
    """The store was made by a newer Seshat, or SQLite is too old."""

    kind = "version"


class StaleError(SeshatError):
    """The process was forked behind the library's back, or the file was replaced under it."""

    kind = "stale"


class InternalError(SeshatError):
    """A bug in Seshat."""

    kind = "internal"


_BY_KIND = {
    error.kind: error
    for error in (
        InvalidError,
        TooLong,
        NotFound,
        ChatClosed,
        RateLimited,
        Busy,
        StorageError,
        CorruptError,
        VersionError,
        StaleError,
        InternalError,
    )
}


def _make(message: str, kind: str, field: str | None, retry_after: float | None) -> SeshatError:
    """The exception for an error of the core; called from Rust."""
    error = _BY_KIND[kind](message)
    error.field = field
    if isinstance(error, RateLimited) and retry_after is not None:
        error.retry_after = retry_after
    return error
