"""What goes wrong, and how it is raised."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import seshat
import seshat.errors
from seshat._seshat import ERROR_KINDS, Desk


def raised(call: Callable[[], Any]) -> seshat.SeshatError:
    with pytest.raises(seshat.SeshatError) as caught:
        call()
    return caught.value


def test_every_kind_of_error_has_its_own_class() -> None:
    by_kind = seshat.errors._BY_KIND
    assert sorted(by_kind) == sorted(ERROR_KINDS)
    assert len(set(by_kind.values())) == len(ERROR_KINDS)
    for kind, error in by_kind.items():
        assert issubclass(error, seshat.SeshatError) and error.kind == kind
        assert error.__name__ in seshat.__all__ and getattr(seshat, error.__name__) is error


def test_wrong_arguments_are_named(store: seshat.Store) -> None:
    chat = store.start("customer")
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("text", lambda: chat.send("")),
        ("text", lambda: chat.send(" \n ")),
        ("key", lambda: chat.send("x", key="")),
        ("key", lambda: chat.send("x", key="with space")),
        ("after", lambda: chat.poll(-1)),
        ("wait", lambda: chat.poll(wait=-1)),
        ("wait", lambda: chat.poll(wait=float("nan"))),
        ("seq", lambda: chat.read(99)),
        ("rating", lambda: chat.rate(2)),
        ("rating", lambda: chat.rate(300)),
        ("after", lambda: chat.poll(2**70)),
        ("after", lambda: chat.poll(-(2**70))),
        ("rev", lambda: chat.poll(rev=2**70)),
        ("limit", lambda: chat.poll(limit=2**32)),
        ("limit", lambda: chat.poll(limit=-1)),
        ("wait", lambda: chat.poll(wait=10**400)),
        ("seq", lambda: chat.read(2**70)),
        ("rating", lambda: chat.rate(2**70)),
        ("email", lambda: store.leave("Ann", "nowhere", "x")),
        ("base", lambda: store.snippet("no slash")),
        ("base", lambda: seshat.Web(store, base="/x/")),
        ("max_wait", lambda: seshat.Web(store, max_wait=-1.0)),
        ("max_wait", lambda: seshat.Web(store, max_wait=10**400)),
        ("poll_interval", lambda: seshat.Web(store, poll_interval=10**400)),
        ("max_body", lambda: seshat.Web(store, max_body=-1)),
        ("max_text_chars", lambda: seshat.Web(store, max_text_chars=2**70)),
        ("message_rate", lambda: seshat.Web(store, message_rate=(2**40, 10.0))),
        ("start_rate", lambda: seshat.Web(store, start_rate=(-1, 600.0))),
        ("start_rate", lambda: seshat.Web(store, start_rate=(5, 0.0005))),
        ("message_rate", lambda: seshat.Web(store, message_rate=(5, 700_000.0))),
        ("allowed_origins", lambda: seshat.Web(store, allowed_origins=["*"])),
        ("durability", lambda: seshat.open("x.db", durability="maybe")),  # type: ignore[arg-type]
        ("busy_timeout", lambda: seshat.open("x.db", busy_timeout=-1)),
        ("busy_timeout", lambda: seshat.open("x.db", busy_timeout=10**400)),
    ]
    for field, call in cases:
        error = raised(call)
        assert isinstance(error, seshat.InvalidError) and isinstance(error, ValueError)
        assert (error.kind, error.field) == ("invalid", field), str(error)
        assert str(error).startswith("could not "), str(error)


def test_wrong_types_are_type_errors(store: seshat.Store) -> None:
    chat: Any = store.start("customer")
    anything: Any = store
    for call in (
        lambda: chat.send(7),
        lambda: chat.send(b"bytes"),
        lambda: chat.send(None),
        lambda: chat.poll("1"),
        lambda: anything.start(7),
        lambda: anything.chat(None),
        lambda: anything.start("x", fields={1, 2}),
        lambda: anything.start("x", "positional text"),
        lambda: seshat.open(7),  # type: ignore[arg-type]
        lambda: seshat.Chat(),
    ):
        with pytest.raises(TypeError):
            call()


def test_fields_must_be_an_object(store: seshat.Store) -> None:
    error = raised(lambda: store.start("x", fields=[1]))  # type: ignore[arg-type]
    assert (error.kind, error.field) == ("invalid", "fields")


def test_too_long_texts(store: seshat.Store) -> None:
    chat = store.start("customer")
    error = raised(lambda: chat.send("x" * 4001))
    assert isinstance(error, seshat.TooLong) and isinstance(error, ValueError)
    assert error.field == "text"
    assert str(error) == "could not send the message: the text has 4001 characters, the limit is 4000"


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "\ud800", "' OR 1=1 --", "A" * 100_000])
def test_a_strange_token_is_nobodys(store: seshat.Store, token: str) -> None:
    store.start("customer")
    error = raised(lambda: store.chat(token))
    assert isinstance(error, seshat.NotFound) and isinstance(error, LookupError)
    if len(token) > 1:
        assert token not in str(error)


def test_nothing_more_is_said_in_a_closed_chat(store: seshat.Store) -> None:
    chat = store.start("customer")
    chat.finish()
    assert isinstance(raised(lambda: chat.send("x")), seshat.ChatClosed)


def test_an_address_may_start_only_so_many(store: seshat.Store) -> None:
    for _ in range(5):
        store.start("customer", address="192.0.2.1")
    error = raised(lambda: store.start("customer", address="192.0.2.1"))
    assert isinstance(error, seshat.RateLimited)
    assert 0 < error.retry_after <= 120
    assert isinstance(raised(lambda: store.leave("x", "a@b.c", "x", address="192.0.2.1")), seshat.RateLimited)
    store.start("customer", address="192.0.2.2")
    store.start("customer")


def test_a_store_locked_by_others_is_busy(path: Path) -> None:
    with seshat.open(path, busy_timeout=0.05) as store:
        chat = store.start("customer")
        # In another process: sqlite3 and seshat must not share one file within a process.
        hold = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('BEGIN IMMEDIATE'); print(1,flush=True); input()"
        command = [sys.executable, "-c", hold, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout and other.stdout.readline() == "1\n"
            assert isinstance(raised(lambda: chat.send("x")), seshat.Busy)
            assert chat.poll().last_seq == 0, "reading goes on"
            other.communicate("\n")
        assert chat.send("x").seq == 1


def test_files_that_are_no_stores_are_refused(tmp_path: Path) -> None:
    empty, text, foreign = (tmp_path / name for name in ("empty.db", "text.db", "foreign.db"))
    empty.touch()
    text.write_text("This is no database. " * 100)
    other = sqlite3.connect(foreign)
    other.execute("CREATE TABLE t(x)")
    other.commit()
    other.close()
    for bad in (empty, text, foreign):
        error = raised(lambda: seshat.open(bad))
        assert isinstance(error, seshat.CorruptError), (bad, error)
        assert bad.name in str(error)


def test_what_cannot_be_reached_is_a_storage_error(tmp_path: Path) -> None:
    for bad, why in ((tmp_path / "no" / "such.db", "folder"), (tmp_path, "file")):
        error = raised(lambda: seshat.open(bad))
        assert isinstance(error, seshat.StorageError) and why in str(error), error
    error = raised(lambda: seshat.open(tmp_path / "missing.db", create=False))
    assert isinstance(error, seshat.StorageError)
    assert not os.listdir(tmp_path)


def test_a_panic_is_an_internal_error_and_no_base_exception(store: seshat.Store) -> None:
    panic = getattr(Desk(store), "_panic", None)
    if panic is None:
        pytest.skip("a release build cannot be made to panic")
    error = raised(panic)
    assert isinstance(error, seshat.InternalError)
    assert str(error) == "a bug in Seshat, please report it: on purpose"
    assert store.availability() == "offline", "the store goes on"
