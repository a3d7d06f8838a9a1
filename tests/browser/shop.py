"""The shop behind the page: the real example site, and the desk where its people sit.

The broker's part is played through the store, so these tests need no XMPP server; the live tests have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import seshat
from harness.process import until
from harness.site import Site
from seshat._seshat import Desk

JOE = "joe@example.com"
ANN = "ann@example.com"


class Shop:
    """One shop with an empty store. Nobody is there until somebody comes."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.database = folder / "chat.db"
        self.site = Site(folder / "site", self.database, workers=1, env=env)
        self.store = seshat.open(self.database)
        self.desk = Desk(self.store)
        self.desk.set_agents([(JOE, "Joe"), (ANN, "Ann")])
        self.desk.beat(True)

    @property
    def url(self) -> str:
        return self.site.url

    def opens(self) -> None:
        """Joe comes to work."""
        self.desk.presence(JOE)

    def goes_away(self) -> None:
        self.desk.presence(JOE, show="away")

    def closes(self) -> None:
        self.desk.presence(JOE, show=None)

    def accepts(self, agent: str = JOE) -> int:
        """Takes the chat that waits longest."""
        until(lambda: bool(self.desk.waiting()), "a waiting chat")
        chat = self.desk.waiting()[0]
        assert self.desk.accept(agent, chat) == "done"
        return chat

    def says(self, text: str, agent: str = JOE) -> None:
        assert self.desk.say(agent, text) == "done"

    def types(self, typing: bool = True) -> None:
        self.desk.typing(JOE, typing)

    def finishes(self, agent: str = JOE) -> None:
        assert self.desk.finish(agent) == "done"

    def heard(self) -> list[str]:
        """What was relayed to the agents since the last look: their lines, in order."""
        claimed = self.desk.claim()
        self.desk.acknowledge([one["id"] for one in claimed])
        return [one["text"] for one in claimed if one["kind"] == "line"]

    def left(self) -> list[tuple[str, str, str]]:
        """Messages left while nobody was there, as Joe gets them when he comes: (name, email, text)."""
        self.opens()
        claimed = self.desk.claim()
        return [(one["visitor"], one["email"], one["text"]) for one in claimed if one["kind"] == "left" and one["to"] == JOE]
