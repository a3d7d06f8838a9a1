"""The verbs for asyncio: the loop goes on turning, whatever they wait for."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import seshat
import seshat.aio
from conftest import JOE, Agent
from servers import LONG


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Runs an asynchronous test; one that hangs fails."""

    async def limited() -> None:
        await asyncio.wait_for(test(), LONG)

    asyncio.run(limited())


async def turns(count: int = 1000) -> None:
    """That many rounds of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def all_threads_are_free(store: seshat.aio.Store, waits: int) -> None:
    """Returns when no wait holds a thread any more."""
    free = store._threads._ours().free
    for _ in range(waits):
        await asyncio.get_running_loop().run_in_executor(None, free.acquire)
    free.release(waits)


def test_a_chat_from_start_to_end(path: Path) -> None:
    async def test() -> None:
        async with await seshat.aio.open(path, durability="normal") as store:
            assert (store.path, store.closed, await store.availability()) == (path, False, "offline")
            chat = await store.start("customer", text="Hi!", key="start-key-0123456")
            assert (chat.id, len(chat.token), chat.new) == (1, 43, True)
            assert (await chat.send("Hello?", key="k")).seq == 2
            assert (await chat.send("Hello?", key="k")).seq == 2
            again = await store.chat(chat.token)
            assert (again.id, again.token, again.new) == (1, chat.token, False)
            state = await again.poll()
            assert [message.text for message in state.messages] == ["Hi!", "Hello?"]
            assert await chat.poll(after=2, rev=state.rev) is None
            assert len((await chat.poll(limit=1)).messages) == 1
            await chat.typing()
            await chat.read(2)
            await chat.finish()
            await chat.rate(1)
            assert ((await chat.poll()).state, (await chat.poll()).rating) == ("closed", 1)
            assert await store.leave("Ann", "ann@example.com", "Call me") == 1
            assert 'data-base="/chat"' in store.snippet("/chat")
            assert chat.token not in repr(chat) + repr(store)
        assert store.closed
        await store.close()
        with pytest.raises(seshat.InvalidError, match="it is closed"):
            await chat.send("x")

    run(test)


def test_every_verb_takes_what_it_takes_without_asyncio() -> None:
    for ours, theirs in ((seshat.aio.Store, seshat.Store), (seshat.aio.Chat, seshat.Chat)):
        verbs = {name for name in dir(theirs) if not name.startswith("_")}
        assert {name for name in dir(ours) if not name.startswith("_")} == verbs
        for name in verbs:
            assert getattr(ours, name).__doc__, name
            if not callable(getattr(theirs, name)):
                continue
            shown = inspect.signature(getattr(theirs, name)).parameters
            # The task's cancellation is what ends a wait here.
            wanted = [(p.name, p.kind, p.default) for p in shown.values() if p.name not in ("self", "stop")]
            given = list(inspect.signature(getattr(ours, name)).parameters.values())[1:]
            assert [(p.name, p.kind, p.default) for p in given] == wanted, name


def test_the_loop_turns_while_a_poll_waits(store: seshat.Store) -> None:
    async def test() -> None:
        chat = await seshat.aio.Store(store).start("customer", text="Hi!")
        polls = [asyncio.create_task(chat.poll(after=1, wait=LONG)) for _ in range(20)]
        await turns()
        assert not any(poll.done() for poll in polls)
        await chat.send("Hello?")
        for poll in polls:
            assert [message.text for message in (await poll).messages] == ["Hello?"]

    run(test)


def test_the_loop_turns_while_a_write_waits_for_another_process(path: Path) -> None:
    hold = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('BEGIN IMMEDIATE'); print(1,flush=True); input()"
    command = [sys.executable, "-c", hold, str(path)]

    async def test() -> None:
        async with await seshat.aio.open(path, busy_timeout=LONG) as store:
            chat = await store.start("customer")
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
                assert other.stdout and other.stdout.readline() == "1\n"
                sending = asyncio.create_task(chat.send("Hi!"))
                await turns()
                assert (await chat.poll()).last_seq == 0, "other calls are answered meanwhile"
                assert not sending.done()
                other.communicate("\n")
            assert (await sending).seq == 1

    run(test)


def test_a_change_that_is_no_message_ends_a_wait(store: seshat.Store, joe: Agent) -> None:
    sync = store.start("customer", text="Hi!")
    joe.accept(sync)

    async def test() -> None:
        chat = await seshat.aio.Store(store).chat(sync.token)
        waiting = asyncio.create_task(chat.poll(after=2, wait=LONG, rev=sync.poll().rev))
        await turns(10)
        joe.desk.typing(JOE)
        state = await waiting
        assert state is not None and state.agent is not None and state.agent.typing

    run(test)


def test_a_wait_in_vain_returns_as_without_asyncio(store: seshat.Store) -> None:
    async def test() -> None:
        chat = await seshat.aio.Store(store).start("customer", text="Hi!")
        state = await chat.poll(after=1, wait=0.05)
        assert (state.messages, state.state) == ((), "waiting")
        assert await chat.poll(after=1, wait=0.05, rev=state.rev) is None
        assert len((await chat.poll(wait=LONG)).messages) == 1, "what is there is not waited for"
        for wait in (-1, float("nan")):
            with pytest.raises(seshat.InvalidError):
                await chat.poll(wait=wait)

    run(test)


def test_cancelling_a_poll_ends_its_wait(store: seshat.Store) -> None:
    async def test() -> None:
        ours = seshat.aio.Store(store, waits=2)
        chat = await ours.start("customer")
        for _ in range(3):
            polls = [asyncio.create_task(chat.poll(wait=55)) for _ in range(2)]
            while ours._threads._ours().free.acquire(blocking=False):
                ours._threads._ours().free.release()
                await asyncio.sleep(0)
            for poll in polls:
                poll.cancel()
            for poll in polls:
                with pytest.raises(asyncio.CancelledError):
                    await poll
            await all_threads_are_free(ours, 2)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(chat.poll(wait=55), 0.05)
        await all_threads_are_free(ours, 2)

    run(test)


def test_polls_beyond_the_threads_are_answered_too(store: seshat.Store) -> None:
    async def test() -> None:
        ours = seshat.aio.Store(store, waits=1)
        chats = [await ours.start(f"visitor {n}") for n in range(5)]
        polls = [asyncio.create_task(chat.poll(wait=LONG)) for chat in chats]
        await turns()
        for chat in reversed(chats):
            await chat.send("Hi!")
        for poll in polls:
            assert len((await poll).messages) == 1
        # One that finds no thread within its time ends in time.
        holder = asyncio.create_task(chats[0].poll(after=1, wait=LONG))
        await turns()
        state = await chats[1].poll(after=1, wait=0.05)
        assert state.messages == () and not holder.done()

    run(test)


def test_closing_ends_the_waits(path: Path) -> None:
    async def test() -> None:
        store = await seshat.aio.open(path)
        chat = await store.start("customer")
        waiting = asyncio.create_task(chat.poll(wait=55))
        while not store._threads._stops:
            await asyncio.sleep(0)
        await store.close()
        try:
            assert (await waiting).messages == ()
        except seshat.InvalidError:
            pass  # It had not begun yet.

    run(test)


def test_errors_are_raised_where_they_are_awaited(store: seshat.Store) -> None:
    async def test() -> None:
        ours = seshat.aio.Store(store)
        with pytest.raises(seshat.NotFound):
            await ours.chat("nobody's")
        chat = await ours.start("customer")
        with pytest.raises(seshat.TooLong):
            await chat.send("x" * 4001)
        bad: Any = chat
        with pytest.raises(TypeError):
            await bad.send(7)
        with pytest.raises(ValueError):
            seshat.aio.Store(store, waits=0)

    run(test)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_child_process_has_threads_of_its_own(path: Path) -> None:
    with seshat.open(path) as store:
        ours = seshat.aio.Store(store)

        async def talk() -> seshat.aio.Chat:
            chat = await ours.start("customer")
            waiting = asyncio.create_task(chat.poll(wait=LONG))
            await turns(10)
            await chat.send("Hi!")
            assert len((await waiting).messages) == 1
            return chat

        first = asyncio.run(talk())
        pid = os.fork()
        if not pid:
            try:
                assert asyncio.run(asyncio.wait_for(talk(), LONG)).id == first.id + 1
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert asyncio.run(talk()).id == first.id + 2


def test_a_stop_ends_a_wait_of_another_thread(store: seshat.Store) -> None:
    chat = store.start("customer", text="Hi!")
    stop = seshat.Stop()
    done: list[seshat.State] = []
    waiting = threading.Thread(target=lambda: done.append(chat.poll(after=1, wait=55, stop=stop)))
    waiting.start()
    assert (stop.is_set, repr(stop)) == (False, "<seshat.Stop>")
    stop.set()
    waiting.join(LONG)
    assert done[0].messages == () and stop.is_set
    assert len(chat.poll(wait=55, stop=stop).messages) == 1, "what is there is returned all the same"
    assert chat.poll(after=1, wait=55, stop=stop).messages == ()
