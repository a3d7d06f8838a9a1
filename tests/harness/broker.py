"""The broker as it is built, with the spec's config file."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .process import PATIENCE, ROOT, Child

#: A broker that lost its server must be back by then.
RECONNECT = 90.0

# The spec's complete config file, word for word; what follows it tells a broker on this machine where to look.
_SPEC = """\
[Seshat]
sqlitedb = {database}
localusers = {agents}
username = {username}
password = {password}
"""


def binary(profile: str = "debug") -> Path:
    """Where cargo puts it."""
    target = os.environ.get("CARGO_TARGET_DIR")
    return (Path(target) if target else ROOT / "target") / profile / "seshat-broker"


class Broker:
    """One broker. `start` returns when it is online; use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        database: Path,
        agents: Sequence[str],
        username: str,
        password: str,
        more: Mapping[str, str] | None = None,
        profile: str = "debug",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.username = username
        self._binary = binary(profile)
        self.config = folder / "seshat.ini"
        self.log = folder / "broker.log"
        spec = _SPEC.format(
            database=database, agents=", ".join(agents), username=username, password=password
        )
        self.config.write_text(spec + "".join(f"{key} = {value}\n" for key, value in (more or {}).items()))
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        assert self._child is not None, "the broker was not started"
        return self._child

    def launch(self) -> Child:
        """Starts it without waiting for anything."""
        self._child = Child("seshat-broker", [self._binary, self.config], self.log)
        return self._child

    def start(self, timeout: float = PATIENCE) -> None:
        """Starts it and waits until it is online."""
        self.launch().wait_for_line("online as", timeout)

    def wait_until_online_again(self, times: int, timeout: float = RECONNECT) -> None:
        """Waits until it has come online `times` times since it was started."""
        self.child.wait_for(
            lambda: self.child.said().count("online as") >= times, f"being online {times} times", timeout
        )

    def stop(self) -> int:
        """SIGTERM: it says goodbye and ends. Returns the exit code."""
        return self.child.stop()

    def kill(self) -> None:
        """kill -9."""
        self.child.signal(signal.SIGKILL)
        self.child.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None and self._child.running():
            self._child.stop()


def run(*arguments: str | Path, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Runs `seshat-broker` with these arguments to its end; both outputs are kept."""
    return subprocess.run(
        [binary(), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
