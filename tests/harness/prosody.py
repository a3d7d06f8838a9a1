"""A throwaway XMPP server: Debian's Prosody with its own folder, certificates, accounts and ports."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from . import certs
from .process import Child, Failed, answers, free_port

#: How often to try other ports when somebody took ours between choosing and listening.
_TRIES = 5

_CONFIG = """
-- Made by tests/harness/prosody.py; lives as long as the folder around it.
run_as_root = {as_root}
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {c2s} }}
c2s_direct_tls_ports = {{ {direct_tls} }}
http_ports = {{ {http} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
-- Pages come from 127.0.0.1, whatever the XMPP domain is called.
http_default_host = "{first_host}"
consider_websocket_secure = true
consider_bosh_secure = true

modules_enabled = {{
    "roster", "saslauth", "tls", "disco", "carbons", "pep", "private", "smacks", "mam", "offline", "ping",
    "vcard4", "vcard_legacy", "blocklist", "bookmarks", "websocket", "bosh", "time", "version",
}}
modules_disabled = {{ "s2s" }}
authentication = "internal_hashed"
storage = "internal"
c2s_require_encryption = true
-- No shaping: what is measured here is Seshat, and tests should not wait for the server's politeness.
limits = {{ }}
ssl = {{ certificate = "{certificate}", key = "{key}" }}
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/prosody.log" }} }}
"""


class Prosody:
    """One server. `start` returns when clients can connect; use it as a context manager."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        self.folder = folder
        self.hosts = tuple(hosts)
        self._data = folder / "data"
        self._data.mkdir(parents=True)
        self._child: Child | None = None
        self.config = folder / "prosody.cfg.lua"
        self.certificates = certs.make(folder / "certs", [*self.hosts, "localhost"])
        self._choose_ports()

    def _choose_ports(self) -> None:
        self.port, self.direct_tls_port, self.http_port = free_port(), free_port(), free_port()
        text = _CONFIG.format(
            as_root="true" if os.geteuid() == 0 else "false",
            folder=self.folder,
            c2s=self.port,
            direct_tls=self.direct_tls_port,
            http=self.http_port,
            first_host=self.hosts[0],
            certificate=self.certificates.leaf,
            key=self.certificates.key,
        )
        self.config.write_text(text + "".join(f'VirtualHost "{host}"\n' for host in self.hosts))

    @property
    def ca_file(self) -> Path:
        """What clients must trust."""
        return self.certificates.authority

    @property
    def server(self) -> str:
        """host:port for the broker's key `server`."""
        return f"127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/xmpp-websocket"

    @property
    def child(self) -> Child:
        assert self._child is not None, "Prosody was not started"
        return self._child

    def register(self, address: str, password: str) -> None:
        """Makes an account, whether or not the server runs."""
        name, host = address.split("@")
        done = subprocess.run(
            ["prosodyctl", "--config", self.config, "register", name, host, password],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise Failed(f"could not register {address}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Starts it on fresh ports, and returns when they answer."""
        for _ in range(_TRIES):
            if self._launch():
                return
            self._choose_ports()
        raise Failed(f"could not start Prosody: every port was taken {_TRIES} times over")

    def restart(self) -> None:
        """Starts it again on the ports it had."""
        if not self._launch():
            raise Failed("could not restart Prosody: somebody took its port")

    def _launch(self) -> bool:
        log = self.folder / "prosody.log"
        seen_before = log.stat().st_size if log.exists() else 0

        def new_log() -> str:
            return log.read_bytes()[seen_before:].decode(errors="replace") if log.exists() else ""

        child = Child("prosody", ["prosody", "--config", self.config, "-F"], self.folder / "prosody.out")
        ports = (self.port, self.direct_tls_port, self.http_port)
        child.wait_for(
            lambda: "Failed to open server port" in new_log() or all(answers(port) for port in ports),
            "its ports to answer",
        )
        if "Failed to open server port" in new_log():
            child.kill()
            return False
        self._child = child
        return True

    def stop(self) -> None:
        """Ends it in an orderly way: clients are told."""
        self.child.stop()

    def kill(self) -> None:
        """Ends it without a word to anybody."""
        self.child.kill()

    def pause(self) -> None:
        """Freezes it: connections stay, nothing answers."""
        self.child.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None and self._child.running():
            self._child.stop()
