"""The threads in which an event loop's calls wait for disks and for news."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Optional, TypeVar

from seshat._seshat import Stop

T = TypeVar("T")

#: Threads for calls that end soon. One sync of the disk serves all writes that wait for it together.
_CALLS = 8
#: Threads for calls that wait for news, unless the site says otherwise.
WAITS = 64
#: Who finds all of those taken looks this often, in seconds.
_TURN = 1.0
#: The longest wait the core knows.
_MOST = 55.0


class _Pools(NamedTuple):
    pid: int
    calls: ThreadPoolExecutor
    waits: ThreadPoolExecutor
    #: As many as `waits` has threads. Given back by a thread that is free again, not by a task that was cancelled.
    free: threading.Semaphore


class Threads:
    """A bounded number of threads, begun when they are needed. Waits never keep calls from being answered."""

    def __init__(self, waits: int) -> None:
        if waits < 1:
            raise ValueError("waits must be 1 or more")
        self._waits = waits
        self._pools: Optional[_Pools] = None
        self._stops: set[Stop] = set()

    def _ours(self) -> _Pools:
        """This process's threads: those of the process it was forked from are not in it."""
        if self._pools is None or self._pools.pid != os.getpid():
            self._stops.clear()
            self._pools = _Pools(
                os.getpid(),
                ThreadPoolExecutor(_CALLS, "seshat-call"),
                ThreadPoolExecutor(self._waits, "seshat-wait"),
                threading.Semaphore(self._waits),
            )
        return self._pools

    async def call(self, work: Callable[[], T]) -> T:
        """Does `work`, which ends soon. When the task is cancelled, work that has begun goes on to its end."""
        return await asyncio.wrap_future(self._ours().calls.submit(work))

    async def wait(self, work: Callable[[Stop], T], seconds: float, in_vain: Callable[[T], bool]) -> T:
        """Does `work`, which waits for up to `seconds` and ends early when its Stop is set; cancelling the task
        sets it. While all threads wait already, it looks once in a while instead."""
        loop = asyncio.get_running_loop()
        until = loop.time() + min(seconds, _MOST)
        pools = self._ours()
        while not pools.free.acquire(blocking=False):
            at_once = Stop()
            at_once.set()
            seen = await self.call(lambda: work(at_once))
            left = until - loop.time()
            if left <= 0 or not in_vain(seen):
                return seen
            await asyncio.sleep(min(_TURN, left))
        stop = Stop()
        self._stops.add(stop)
        waiting = pools.waits.submit(work, stop)
        waiting.add_done_callback(lambda _: pools.free.release())
        # Part of the time may have gone by before there was a thread.
        over = loop.call_later(max(until - loop.time(), 0), stop.set)
        try:
            return await asyncio.wrap_future(waiting)
        finally:
            over.cancel()
            stop.set()
            self._stops.discard(stop)

    def end_waits(self) -> None:
        """Ends all waits as if their time were over."""
        for stop in list(self._stops):
            stop.set()

    def close(self) -> None:
        """Ends all waits, and the threads with them. Whatever comes later begins new ones."""
        self.end_waits()
        if self._pools is not None and self._pools.pid == os.getpid():
            self._pools.calls.shutdown(wait=False)
            self._pools.waits.shutdown(wait=False)
        self._pools = None
