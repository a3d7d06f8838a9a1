"""Child processes: started with a log file, waited for by what they say, stopped by pid."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How long anything may take that is normally done in well under a second; two cores may be busy compiling.
PATIENCE = 30.0
#: Between two looks at something that cannot be waited for (a file, a port).
GLANCE = 0.02


class Failed(Exception):
    """A part did not do what it should; the text says which, with the end of its log."""


def free_port() -> int:
    """A port nobody listens on right now. Another process can take it before we do: callers try again then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(seen: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Looks until `seen` is true; `what` says what did not come."""
    deadline = time.monotonic() + timeout
    while not seen():
        if time.monotonic() > deadline:
            raise Failed(f"waited {timeout:g} s in vain for {what}")
        time.sleep(GLANCE)


def answers(port: int) -> bool:
    """Does anything on loopback accept connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Child:
    """One child process, with its output in a file. It dies with the process that started it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._start = output.tell()
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                # A group of its own: Ctrl-C at a terminal reaches us alone, and we stop children in order.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        """What this process has written so far."""
        with self.log.open("rb") as output:
            output.seek(self._start)
            return output.read().decode(errors="replace")

    def running(self) -> bool:
        return self.process.poll() is None

    def wait_for(self, seen: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
        """Waits for `seen`, but no longer than the process lives."""
        try:
            until(lambda: seen() or not self.running(), what, timeout)
        except Failed as late:
            raise Failed(f"{self.name}: {late}\n{self._tail()}") from None
        if not seen():
            raise Failed(f"{self.name} ended with {self.process.returncode} before {what}\n{self._tail()}")

    def wait_for_line(self, pattern: str, timeout: float = PATIENCE) -> None:
        """Waits until its output matches."""
        self.wait_for(lambda: re.search(pattern, self.said()) is not None, f"{pattern!r} in its log", timeout)

    def signal(self, number: int) -> None:
        if self.running():
            self.process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Waits for the end; returns the exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {timeout:g} s\n{self._tail()}") from None

    def stop(self, timeout: float = PATIENCE) -> int:
        """Asks it to end, waits, returns the exit code; kills it if it does not listen."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.name} did not listen to SIGTERM for {timeout:g} s\n{self._tail()}") from None

    def kill(self) -> None:
        """Ends it the hard way."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def _tail(self) -> str:
        return "--- end of its log ---\n" + "\n".join(self.said().splitlines()[-25:])
