"""A whole installation for one test: server, broker, store, agents, and the site when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import seshat

from .agent import Agent
from .broker import Broker
from .prosody import Prosody
from .site import Site
from .visitor import Visitor

#: The spec's own two agents, and more for crowds.
JOE = "joe@example.com"
BOB = "bob@customerservice.example.com"
ANN = "ann@example.com"
EVE = "eve@customerservice.example.com"
#: The spec's own account for the bot.
BOT = "webchat@example.com"
PASSWORD = "mypassword"
HOSTS = ("example.com", "customerservice.example.com")


class House:
    """Starts server and broker at once; agents, visitors and the site come when they are called."""

    def __init__(
        self,
        folder: Path,
        agents: Sequence[str] = (JOE, BOB),
        accounts: Sequence[str] = (),
        start_broker: bool = True,
        profile: str = "debug",
    ) -> None:
        self.folder = folder
        self.database = folder / "seshat.db"
        self._started = ExitStack()
        self._store: Any = None
        self._agents: list[Agent] = []
        self.prosody = Prosody(folder / "prosody", HOSTS)
        for account in (BOT, *agents, *accounts):
            self.prosody.register(account, PASSWORD)
        more = {"server": self.prosody.server, "ca_file": str(self.prosody.ca_file)}
        self.broker = Broker(folder / "broker", self.database, agents, BOT, PASSWORD, more, profile)
        self._start_broker = start_broker

    @property
    def store(self) -> Any:
        """The store as a website opens it."""
        if self._store is None:
            self._store = seshat.open(str(self.database))
        return self._store

    def agent(self, address: str = JOE, resource: str = "desk") -> Agent:
        """An employee who has logged in and whom the broker has seen."""
        agent = Agent(address, PASSWORD, self.prosody.port, self.prosody.ca_file, resource, BOT)
        self._agents.append(agent)
        return agent.login()

    def visitor(self, name: str = "customer", text: str | None = None) -> Visitor:
        return Visitor(self.store, name, text)

    def site(self) -> Site:
        return self._started.enter_context(Site(self.folder / "site", self.database))

    def __enter__(self) -> Self:
        self._started.enter_context(self.prosody)
        if self._start_broker:
            self._started.enter_context(self.broker)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Agents leave while their server is still there.
        for agent in self._agents:
            agent.logout()
        self._started.close()
