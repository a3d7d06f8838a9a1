"""One store on both sides of a fork."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import seshat

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")


def in_child(work: Callable[[], object]) -> int:
    """Runs `work` in a forked child and returns the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def wait_for(pid: int) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_store_works_on_both_sides_of_a_fork(store: seshat.Store) -> None:
    chat = store.start("customer", text="before")

    def child() -> None:
        for n in range(20):
            chat.send(f"child {n}")

    pid = in_child(child)
    for n in range(20):
        chat.send(f"parent {n}")
    wait_for(pid)
    said = [message.text for message in chat.poll().messages]
    assert said[0] == "before" and len(said) == 41
    assert [text for text in said if text.startswith("child")] == [f"child {n}" for n in range(20)]
    assert [text for text in said if text.startswith("parent")] == [f"parent {n}" for n in range(20)]


def test_a_child_outlives_its_parents_store_and_another_process_comes_and_goes(path: Path) -> None:
    """Plain SQLite loses committed rows here."""
    ready, go = os.pipe(), os.pipe()
    first = seshat.open(path, durability="normal")
    chat = first.start("customer", text="before")

    def child() -> None:
        chat.send("child 1")
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        for n in range(2, 7):
            chat.send(f"child {n}")

    pid = in_child(child)
    os.read(ready[0], 1)
    first.close()

    def stranger() -> None:
        with seshat.open(path) as other:
            other.start("somebody else")

    wait_for(in_child(stranger))
    os.write(go[1], b"x")
    wait_for(pid)
    with seshat.open(path) as again:
        said = [message.text for message in again.chat(chat.token).poll().messages]
    assert said == ["before", *(f"child {n}" for n in range(1, 7))]


def test_children_of_children(store: seshat.Store) -> None:
    chat = store.start("customer")

    def child() -> None:
        chat.send("child")
        wait_for(in_child(lambda: chat.send("grandchild")))

    wait_for(in_child(child))
    assert [message.text for message in chat.poll().messages] == ["child", "grandchild"]


def test_a_fork_while_other_threads_write(store: seshat.Store) -> None:
    import threading

    chat = store.start("customer")
    stop = threading.Event()
    sent = 0

    def write() -> None:
        nonlocal sent
        while not stop.is_set():
            chat.send("from the thread")
            sent += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(10):
            wait_for(in_child(lambda: chat.send(f"child {n}")))
    finally:
        stop.set()
        writer.join()
    assert chat.poll().last_seq == sent + 10
