"""The example shop: examples/flask under gunicorn, as a real site would run it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from .process import ROOT, Child


class Site:
    """One site over one database. `start` returns when it answers; use it as a context manager."""

    def __init__(
        self, folder: Path, database: Path, workers: int = 2, env: Mapping[str, str] | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database = database
        self._log = folder / "site.log"
        self._workers = workers
        self._env = dict(env or {})
        self._child: Child | None = None
        self.url = ""

    @property
    def child(self) -> Child:
        assert self._child is not None, "the site was not started"
        return self._child

    def start(self) -> None:
        """Starts it and learns the port it got."""
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT / "examples" / "flask")]
        # Port 0: gunicorn says in its log which one it got, so nobody can take it in between.
        command += ["--bind", "127.0.0.1:0", "--workers", str(self._workers), "--threads", "8"]
        # A worker's heartbeat file belongs in memory; on a busy disk it gets the worker killed.
        command += ["--worker-tmp-dir", "/dev/shm", "--no-control-socket", "app:app"]
        self._child = Child("site", command, self._log, {**self._env, "SESHAT_DB": str(self.database)})
        listening = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
        self._child.wait_for_line(listening.pattern)
        self._child.wait_for_line("Booting worker")
        found = listening.search(self._child.said())
        assert found
        self.url = found[1]

    def stop(self) -> None:
        self.child.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None and self._child.running():
            self._child.stop()
