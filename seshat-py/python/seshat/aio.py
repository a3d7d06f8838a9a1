"""The same verbs for asyncio: every call that may wait is awaited, and none blocks the event loop.

>>> import asyncio, os, tempfile, seshat.aio
>>> async def main(folder):
...     async with await seshat.aio.open(os.path.join(folder, "chat.db")) as store:
...         chat = await store.start("customer", text="Where is my order?")
...         waiting = asyncio.create_task(chat.poll(after=1, wait=30))
...         await chat.send("It should have come on Friday.")
...         return (await waiting).messages[0].text
>>> with tempfile.TemporaryDirectory() as folder:
...     asyncio.run(main(folder))
'It should have come on Friday.'

Cancelling a poll ends its wait. Cancelling any other call leaves open whether it was done: repeat it with the same
`key`, and it is done once.

Calls run in a few threads, each wait in one of up to `waits` more. Polls beyond those are answered, too, but look
for news only once a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

import seshat
from seshat import Message, State
from seshat._threads import WAITS, Threads

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Chat", "Store", "open"]


async def open(
    path: str | PathLike[str],
    *,
    durability: Literal["full", "normal"] = "full",
    busy_timeout: float = 5.0,
    create: bool = True,
    waits: int = WAITS,
) -> Store:
    """Opens the store at `path`, making the file when it is missing. At most `waits` polls hold a thread at once."""
    threads = Threads(waits)
    opening = partial(seshat.open, path, durability=durability, busy_timeout=busy_timeout, create=create)
    return Store(await threads.call(opening), _threads=threads)


class Store:
    """All chats of a site, for asyncio. `Store(store)` shares an open `seshat.Store`."""

    def __init__(self, store: seshat.Store, *, waits: int = WAITS, _threads: Threads | None = None) -> None:
        self._store = store
        self._threads = _threads or Threads(waits)

    @property
    def path(self) -> Path:
        """Where the store is, as an absolute path."""
        return self._store.path

    @property
    def closed(self) -> bool:
        """Has it been closed?"""
        return self._store.closed

    async def start(
        self,
        name: str | None = None,
        *,
        text: str | None = None,
        email: str | None = None,
        page: str | None = None,
        locale: str | None = None,
        fields: Mapping[str, Any] | None = None,
        key: str | None = None,
        address: str | None = None,
    ) -> Chat:
        """Starts a chat and puts it in the queue."""
        start = partial(self._store.start, name, text=text, email=email, page=page, locale=locale)
        chat = await self._threads.call(partial(start, fields=fields, key=key, address=address))
        return Chat(chat, self._threads)

    async def chat(self, token: str) -> Chat:
        """The chat of this token."""
        return Chat(await self._threads.call(partial(self._store.chat, token)), self._threads)

    async def availability(self) -> Literal["online", "away", "offline"]:
        """Is anyone there: "online", "away" or "offline"."""
        return await self._threads.call(self._store.availability)

    async def leave(
        self,
        name: str | None,
        email: str,
        text: str,
        *,
        page: str | None = None,
        key: str | None = None,
        address: str | None = None,
    ) -> int:
        """Leaves a message for the agents, who get it as soon as they are there. Returns its number."""
        leave = partial(self._store.leave, name, email, text, page=page, key=key, address=address)
        return await self._threads.call(leave)

    def snippet(self, base: str = "/seshat", **settings: str) -> str:
        """The HTML a page needs to have the chat; see `seshat.Store.snippet`."""
        return self._store.snippet(base, **settings)

    async def close(self) -> None:
        """Ends all waits and closes the store. Closing it twice is the same as once."""
        self._threads.end_waits()
        await self._threads.call(self._store.close)
        self._threads.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, *_exc: type[BaseException] | BaseException | TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return repr(self._store).replace("<seshat.", "<seshat.aio.", 1)


class Chat:
    """One chat, held by its token, for asyncio. Get one from `Store.start` or `Store.chat`."""

    def __init__(self, chat: seshat.Chat, threads: Threads) -> None:
        self._chat = chat
        self._threads = threads

    @property
    def id(self) -> int:
        """The number agents see as `#42`."""
        return self._chat.id

    @property
    def token(self) -> str:
        """The visitor's secret: whoever holds it is the visitor."""
        return self._chat.token

    @property
    def new(self) -> bool:
        """Was it made by the call that returned it? False when its key had been used before."""
        return self._chat.new

    async def send(self, text: str, key: str | None = None) -> Message:
        """Says something. When it returns, the message is stored."""
        return await self._threads.call(partial(self._chat.send, text, key))

    @overload
    async def poll(
        self, after: int = 0, wait: float = 0.0, *, rev: None = None, limit: int = 0
    ) -> State: ...
    @overload
    async def poll(
        self, after: int = 0, wait: float = 0.0, *, rev: int, limit: int = 0
    ) -> State | None: ...
    async def poll(
        self, after: int = 0, wait: float = 0.0, *, rev: int | None = None, limit: int = 0
    ) -> State | None:
        """What is new after message `after`, as `seshat.Chat.poll` has it: `wait` is how many seconds to wait for
        a message or a change, 55 at most. Cancelling ends the wait."""
        if not wait > 0:
            return await self._threads.call(lambda: self._chat.poll(after, wait, rev=rev, limit=limit))
        first: State | None = None
        known = rev
        if known is None:
            # Without a `rev` of the caller's, the first look is what later ones are compared with.
            first = await self._threads.call(lambda: self._chat.poll(after, limit=limit))
            if first.messages:
                return first
            known = first.rev
        news = await self._threads.wait(
            lambda stop: self._chat.poll(after, wait, rev=known, limit=limit, stop=stop),
            wait,
            lambda state: state is None,
        )
        return news or first

    async def typing(self, typing: bool = True) -> None:
        """The visitor is writing, or has stopped. Forgotten after ten seconds."""
        await self._threads.call(partial(self._chat.typing, typing))

    async def read(self, seq: int) -> None:
        """The visitor has seen everything up to and with message `seq`."""
        await self._threads.call(partial(self._chat.read, seq))

    async def finish(self) -> None:
        """The visitor ends the chat. Ending it twice is the same as once."""
        await self._threads.call(self._chat.finish)

    async def rate(self, rating: int) -> None:
        """The visitor's verdict: 1 good, -1 not good, 0 takes it back. Also after the end."""
        await self._threads.call(partial(self._chat.rate, rating))

    def __repr__(self) -> str:
        return repr(self._chat)
