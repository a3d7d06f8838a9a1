"""An employee: a real XMPP client (slixmpp) in a thread of its own, driven by plain calls."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from slixmpp import JID, ClientXMPP

from .process import PATIENCE, Failed

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One message as the agent's window shows it."""

    sender: str
    text: str
    id: str


class Agent:
    """One client of one account. What it is told is kept in order; `expect` takes it from the front."""

    def __init__(
        self, address: str, password: str, port: int, ca_file: Path, resource: str = "desk", bot: str = ""
    ) -> None:
        self.address = address
        self.bot = bot
        #: Every line ever heard, in order, repeats dropped by their id as every decent client does.
        self.heard: list[Line] = []
        #: How many lines came a second time with the same id.
        self.repeats = 0
        #: Ids of our own lines that the server sent back as errors.
        self.bounced: list[str] = []
        #: The last word of every other client: full address to `available`, `away`, `dnd`, `xa`, `chat`, `gone`.
        self.presences: dict[str, str] = {}
        self.online = False
        self._failure = ""
        self._taken = 0
        self._ids: set[str] = set()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"agent {address}/{resource}", daemon=True)
        self._thread.start()
        self._client: ClientXMPP = self._call(lambda: self._make(resource, password, ca_file))
        self._port = port

    # --- The session ------------------------------------------------------------------------------------------

    def login(self) -> Agent:
        """Connects, verifies the server, logs in and is available. Approves whoever asks to see its presence."""
        self._call(lambda: self._client.connect("127.0.0.1", self._port))
        self._wait(lambda: self.online or self._failure, f"{self.address} to be online")
        if self._failure:
            self.logout()
            raise Failed(f"{self.address} could not log in: {self._failure}")
        return self

    def logout(self) -> None:
        """Leaves in an orderly way and ends the thread; nothing more when it has left already."""
        if self._loop.is_closed():
            return
        if self.online:
            self._call(lambda: self._client.disconnect(wait=2.0))
            self._wait(lambda: not self.online, f"{self.address} to be offline")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def away(self, show: str = "away") -> None:
        """Says it is away, `dnd` or `xa`."""
        self._call(lambda: self._client.send_presence(pshow=show))

    def available(self) -> None:
        self._call(lambda: self._client.send_presence())

    # --- Talking ----------------------------------------------------------------------------------------------

    def say(self, text: str, to: str = "") -> str:
        """Types a line into the bot's window, or somebody else's. Returns the stanza's id."""

        def send() -> str:
            message = self._client.make_message(mto=JID(to or self.bot), mbody=text, mtype="chat")
            message.send()
            return str(message["id"])

        return self._call(send)

    def send_raw(self, xml: str) -> None:
        """Sends anything at all."""
        self._call(lambda: self._client.send_raw(xml))

    def expect(self, text: str, timeout: float = PATIENCE) -> Line:
        """The next line must be exactly this."""
        line = self.next(timeout, text)
        assert line.text == text, f"{self.address} expected {text!r} but read {line.text!r}"
        return line

    def expect_like(self, pattern: str, timeout: float = PATIENCE) -> re.Match[str]:
        """The next line must match this whole."""
        line = self.next(timeout, pattern)
        match = re.fullmatch(pattern, line.text, re.DOTALL)
        assert match, f"{self.address} expected {pattern!r} but read {line.text!r}"
        return match

    def next(self, timeout: float = PATIENCE, awaited: str = "a line") -> Line:
        """Waits for the next line and takes it."""
        self._wait(lambda: len(self.heard) > self._taken, f"{self.address} to read {awaited!r}", timeout)
        line = self.heard[self._taken]
        self._taken += 1
        return line

    def untaken(self) -> list[str]:
        """What was heard but not asked for yet."""
        return [line.text for line in self.heard[self._taken :]]

    def ping(self) -> None:
        """A round trip to our own server: what it had sent us before has arrived after this."""

        async def trip() -> None:
            await self._client.plugin["xep_0199"].ping(JID(JID(self.address).server), timeout=PATIENCE)

        asyncio.run_coroutine_threadsafe(trip(), self._loop).result(PATIENCE)

    def wait_for_presence(self, address: str, shows: set[str], timeout: float = PATIENCE) -> None:
        """Waits until some client of the bare `address` last said one of `shows`."""

        def seen() -> bool:
            return any(f.split("/")[0] == address and s in shows for f, s in self.presences.items())

        self._wait(seen, f"{self.address} to see {address} {shows}", timeout)

    # --- In the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.close()

    def _make(self, resource: str, password: str, ca_file: Path) -> ClientXMPP:
        client = ClientXMPP(f"{self.address}/{resource}", password)
        client.ca_certs = ca_file
        client.enable_direct_tls = False
        client.register_plugin("xep_0199")
        client.add_event_handler("session_start", self._started)
        client.add_event_handler("message", self._message)
        client.add_event_handler("message_error", self._error)
        client.add_event_handler("presence", self._presence)
        client.add_event_handler("disconnected", self._gone)
        client.add_event_handler("failed_all_auth", lambda _: self._fail("the server refused the password"))
        client.add_event_handler("ssl_invalid_chain", lambda error: self._fail(f"certificate: {error}"))
        return client

    async def _started(self, _: Any) -> None:
        await self._client.get_roster()
        self._client.send_presence()
        with self._changed:
            self.online = True
            self._changed.notify_all()

    def _message(self, message: Any) -> None:
        if message["type"] not in ("chat", "normal") or not message["body"]:
            return
        line = Line(message["from"].bare, message["body"], message["id"])
        with self._changed:
            if line.id and line.id in self._ids:
                self.repeats += 1
            else:
                self._ids.add(line.id)
                self.heard.append(line)
            self._changed.notify_all()

    def _error(self, message: Any) -> None:
        with self._changed:
            self.bounced.append(message["id"])
            self._changed.notify_all()

    def _presence(self, presence: Any) -> None:
        kind = presence["type"]
        with self._changed:
            self.presences[presence["from"].full] = "gone" if kind == "unavailable" else kind
            self._changed.notify_all()

    def _gone(self, _: Any) -> None:
        with self._changed:
            self.online = False
            self._changed.notify_all()

    def _fail(self, why: str) -> None:
        with self._changed:
            self._failure = why
            self._changed.notify_all()

    # --- Between the threads ------------------------------------------------------------------------------------

    def _call(self, action: Callable[[], T]) -> T:
        """Runs something in the client's thread and returns what came of it."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(PATIENCE)

    def _wait(self, seen: Callable[[], Any], what: str, timeout: float = PATIENCE) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: bool(seen()), timeout):
                raise Failed(f"waited {timeout:g} s in vain for {what}; unread: {self.untaken()}")
