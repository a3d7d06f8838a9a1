"""Starts a whole Seshat on this machine and says where to look: `make demo`.

It is made of the same parts as the tests. Everything listens on loopback only and lives in one temporary folder;
Ctrl-C stops all of it and removes the folder.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from harness.broker import Broker  # noqa: E402
from harness.process import Child, Failed  # noqa: E402
from harness.prosody import Prosody  # noqa: E402
from harness.site import Site  # noqa: E402

# Certificates are made for this name, and every XMPP client finds the way to it.
DOMAIN = "localhost"
EMPLOYEE = f"joe@{DOMAIN}"
BOT = f"webchat@{DOMAIN}"


class EmployeePage(SimpleHTTPRequestHandler):
    """Serves Converse.js, the page around it, and Joe's account, to browsers on this machine."""

    def __init__(self, *arguments: object, account: dict[str, str], **more: object) -> None:
        self._account = account
        super().__init__(*arguments, **more)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path == "/account.json":
            body = json.dumps(self._account).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        converse = "/converse/"
        if path.startswith(converse):
            self.directory = str(ROOT / "node_modules" / "converse.js" / "dist")
            return super().translate_path(path.removeprefix(converse.rstrip("/")))
        self.directory = str(ROOT / "scripts" / "employee")
        return super().translate_path(path)

    def end_headers(self) -> None:
        # Converse.js would like to show its sponsors' logos; this page asks no host but this one.
        self.send_header(
            "Content-Security-Policy",
            "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
            f"connect-src 'self' {self._account['websocket']}",
        )
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def say(text: str) -> None:
    print(f"[demo] {text}", flush=True)


def interrupted(number: int, frame: FrameType | None) -> NoReturn:
    # Once is enough: what follows is the cleaning up, which a second Ctrl-C must not cut short.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="seshat-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def employee_page(account: dict[str, str]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(EmployeePage, account=account))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def run(started: ExitStack) -> NoReturn:
    folder = started.enter_context(temporary_folder())
    say("starting an XMPP server (Prosody) ...")
    prosody = Prosody(folder / "prosody", [DOMAIN])
    passwords = {address: secrets.token_urlsafe(9) for address in (EMPLOYEE, BOT)}
    for address, password in passwords.items():
        prosody.register(address, password)
    started.enter_context(prosody)

    say("starting the broker ...")
    database = folder / "chat.db"
    more = {"server": prosody.server, "ca_file": str(prosody.ca_file)}
    broker = Broker(folder / "broker", database, [EMPLOYEE], BOT, passwords[BOT], more)
    started.enter_context(broker)

    say("starting the example shop ...")
    site = started.enter_context(Site(folder / "site", database))
    account = {
        "address": EMPLOYEE,
        "password": passwords[EMPLOYEE],
        "websocket": prosody.websocket_url,
        "bot": BOT,
    }
    page = started.enter_context(employee_page(account))

    print(
        f"""
  Joe, who answers:    {page}
  The shop's visitor:  {site.url}/

Open Joe's page first, so that somebody is there; then start a chat in the shop. Joe reads
how to accept it: he replies !ACCEPT and the number, and !HELP tells him the rest.

Any other XMPP client can be Joe: address {EMPLOYEE}, password {passwords[EMPLOYEE]},
server 127.0.0.1, port {prosody.port}; the authority to trust is
{prosody.ca_file}

Ctrl-C stops everything and leaves nothing behind.
""",
        flush=True,
    )
    watch([prosody.child, broker.child, site.child])


def watch(children: list[Child]) -> NoReturn:
    """Waits for Ctrl-C, or for a part that should not have ended."""
    ends = {os.pidfd_open(child.pid): child for child in children}
    ended, _, _ = select.select(list(ends), [], [])
    child = ends[ended[0]]
    raise Failed(f"{child.name} has ended with {child.process.wait()}:\n{child.said()[-2000:]}")


def main() -> int:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupted)
    with ExitStack() as started:
        try:
            run(started)
        except KeyboardInterrupt:
            print()
            say("stopping ...")
        except Failed as failure:
            say(f"stopping: {failure}")
            return 1
    say("stopped; nothing is left.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
