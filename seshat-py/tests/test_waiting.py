"""Waiting: threads, time-outs and signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

import seshat
from conftest import JOE, Agent

#: More than any machine needs; a test that takes this long has hung.
LONG = 30.0


def test_a_wait_in_vain_returns_the_state(store: seshat.Store) -> None:
    chat = store.start("customer", text="Hi!")
    begun = time.monotonic()
    state = chat.poll(after=1, wait=0.25)
    assert time.monotonic() - begun >= 0.25
    assert (state.messages, state.state) == ((), "waiting")
    assert chat.poll(after=1, wait=0.05, rev=state.rev) is None


def test_what_is_there_is_not_waited_for(store: seshat.Store) -> None:
    chat = store.start("customer", text="Hi!")
    begun = time.monotonic()
    assert len(chat.poll(wait=LONG).messages) == 1
    assert chat.poll(after=1, wait=LONG, rev=-1) is not None
    assert chat.poll(after=1, wait=0) is not None
    assert time.monotonic() - begun < LONG / 2


def test_a_wait_ends_with_a_message_from_another_thread(store: seshat.Store, joe: Agent) -> None:
    chat = store.start("customer", text="Hi!")
    joe.accept(chat)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chat.poll, 2, LONG)
        # Were the GIL held by the wait, this line would come after it.
        joe.say("Hello, customer.")
        assert [m.text for m in waiting.result(LONG).messages] == ["Hello, customer."]


def test_a_wait_ends_with_a_change_that_is_no_message(store: seshat.Store, joe: Agent) -> None:
    chat = store.start("customer", text="Hi!")
    joe.accept(chat)
    rev = chat.poll().rev
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chat.poll, 2, LONG, rev=rev)
        joe.desk.typing(JOE)
        state = waiting.result(LONG)
    assert state is not None and state.agent is not None and state.agent.typing and not state.messages


def test_many_threads_share_one_store_and_lose_nothing(store: seshat.Store) -> None:
    chats = [store.start(f"visitor {n}") for n in range(4)]

    def talk(chat: seshat.Chat, talker: int) -> list[int]:
        return [chat.send(f"line {n}", key=f"k{talker}-{n}").seq for n in range(50)]

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(talk, chats + chats, range(8)))
    for n, chat in enumerate(chats):
        assert sorted(said[n] + said[n + 4]) == list(range(1, 101))
        assert chat.poll().last_seq == 100


def test_a_store_closed_while_others_wait_lets_them_end(path: Path) -> None:
    store = seshat.open(path)
    chat = store.start("customer")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chat.poll, 0, 0.5)
        store.close()
        try:
            assert waiting.result(LONG).messages == ()
        except seshat.InvalidError:
            pass  # It had not begun yet.


def test_a_signal_handler_that_raises_ends_the_wait(store: seshat.Store) -> None:
    class Alarm(Exception):
        pass

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Alarm

    chat = store.start("customer")
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        begun = time.monotonic()
        with pytest.raises(Alarm):
            chat.poll(wait=LONG)
        assert time.monotonic() - begun < LONG / 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_signal_handler_that_returns_does_not(store: seshat.Store) -> None:
    chat = store.start("customer")
    rung = []

    def answer(_number: int, _frame: FrameType | None) -> None:
        rung.append(True)
        chat.send("from the handler")

    before = signal.signal(signal.SIGALRM, answer)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        state = chat.poll(wait=LONG)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rung and [m.text for m in state.messages] == ["from the handler"]


@pytest.mark.parametrize("through", ["poll", "web"])
def test_ctrl_c_ends_a_wait_at_once(path: Path, through: str) -> None:
    program = """
import signal, sys, seshat
# Whoever runs the tests in the background has Ctrl-C ignored, and Python would leave it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
store = seshat.open(sys.argv[1])
chat = store.start("customer")
web = seshat.Web(store, max_wait=50)
query = f"rev={chat.poll().rev}&wait=50"
print("waiting", flush=True)
try:
    if sys.argv[2] == "poll":
        chat.poll(wait=50)
    else:
        web.handle("GET", "/seshat/poll", query, [("Authorization", "Bearer " + chat.token)])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    command = [sys.executable, "-c", program, str(path), through]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout and child.stdout.readline() == "waiting\n"
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=LONG)
    assert out in ("interrupted\n", ""), "an interrupt before the wait ends the program too"
    assert child.returncode in (0, -signal.SIGINT) and time.monotonic() - begun < 5
