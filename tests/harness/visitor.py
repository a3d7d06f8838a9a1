"""A visitor without a browser: the Python package, driven like a page that polls."""

from __future__ import annotations

import time
from typing import Any

from .process import PATIENCE, Failed


class Visitor:
    """One chat from the visitor's side. What is read is kept in order; `expect` takes it from the front."""

    def __init__(self, store: Any, name: str, text: str | None = None) -> None:
        self.name = name
        self.chat = store.start(name, text=text)
        self.id: int = self.chat.id
        #: Every message of the chat so far, whoever it is from.
        self.read: list[Any] = []
        self._taken = 0

    def say(self, text: str) -> None:
        self.chat.send(text)

    def poll(self, wait: float = 0.0) -> None:
        """Reads what is new."""
        state = self.chat.poll(after=len(self.read), wait=wait)
        for message in state.messages if state else ():
            # Without gaps and without repeats: the place in the chat is the message's number.
            assert message.seq == len(self.read) + 1, f"{self.name} got {message.seq} after {len(self.read)}"
            self.read.append(message)

    def expect(self, text: str, timeout: float = PATIENCE) -> Any:
        """The next message that is not the visitor's own must be exactly this."""
        message = self.next(text, timeout)
        assert message.text == text, f"{self.name} expected {text!r} but read {message.text!r}"
        return message

    def next(self, awaited: str = "a message", timeout: float = PATIENCE) -> Any:
        """Waits for the next message from the other side and takes it."""
        deadline = time.monotonic() + timeout
        while True:
            while self._taken < len(self.read):
                message = self.read[self._taken]
                self._taken += 1
                if message.sender != "visitor":
                    return message
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed(f"{self.name} waited {timeout:g} s in vain for {awaited!r}")
            self.poll(wait=min(left, 1.0))

    def heard(self, sender: str = "agent") -> list[str]:
        """The texts so far from one side."""
        return [message.text for message in self.read if message.sender == sender]
