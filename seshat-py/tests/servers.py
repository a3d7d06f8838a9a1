"""Real web servers over a store in a throwaway folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

#: More than any machine needs; a test that takes this long has hung.
LONG = 30.0
KEY = "a-start-key-of-a-page"
#: What a browser says of a request by a page of the same site.
OWN = {"Sec-Fetch-Site": "same-origin"}


class Server(NamedTuple):
    host: str
    port: int
    #: What it says after it has begun to listen.
    said: IO[str]


@contextmanager
def gunicorn(folder: Path, source: str | None, app: str, *arguments: str) -> Iterator[Server]:
    """gunicorn over `app`, which may be in the module `site_of_test` made of `source`."""
    options = ["--bind", "127.0.0.1:0", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
    options += ["--graceful-timeout", "5", *arguments]
    with _served(folder, source, ["gunicorn", *options, app], r"Listening at: http://([\d.]+):(\d+)") as server:
        yield server


@contextmanager
def uvicorn(folder: Path, source: str, app: str, *arguments: str) -> Iterator[Server]:
    """The same for uvicorn."""
    options = ["--host", "127.0.0.1", "--port", "0", "--no-access-log", "--timeout-graceful-shutdown", "5"]
    with _served(folder, source, ["uvicorn", *options, *arguments, app], r"on http://([\d.]+):(\d+)") as server:
        if "--workers" in arguments:
            # The parent has the port, but it is a worker that listens.
            while "startup complete" not in server.said.readline():
                pass
        yield server


@contextmanager
def _served(folder: Path, source: str | None, command: list[str], listening: str) -> Iterator[Server]:
    if source is not None:
        (folder / "site_of_test.py").write_text(textwrap.dedent(source))
    env = {**os.environ, "SESHAT_DB": str(folder / "chat.db"), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", *command]
    with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            said = ""
            for line in server.stderr:
                said += line
                if found := re.search(listening, line):
                    yield Server(found[1], int(found[2]), server.stderr)
                    break
            else:
                pytest.fail(f"the server did not start: {said}")
        finally:
            server.terminate()
            server.communicate()


def call(
    server: Server, method: str, path: str, body: Any = None, cookie: str = "", base: str = "/seshat"
) -> tuple[int, Any, str]:
    """One request of the widget: status, what came back, and the cookie that was set."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=LONG)
    headers = {"Content-Type": "application/json", **OWN, **({"Cookie": cookie} if cookie else {})}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, f"{base}{path}", None if body is None else data, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text or "null"), (answer.headers["Set-Cookie"] or "").split(";")[0]


def get(server: Server, path: str) -> tuple[int, str]:
    """A page as a browser would ask for it."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=LONG)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text
