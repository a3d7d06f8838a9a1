"""A store in a throwaway folder, and an agent who plays the broker's side of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import seshat
from seshat._seshat import Desk

JOE = "joe@example.com"


class Agent:
    """Joe, at the desk."""

    def __init__(self, store: seshat.Store) -> None:
        self.desk = Desk(store)

    def come_online(self) -> None:
        self.desk.set_agents([(JOE, "Joe")])
        self.desk.presence(JOE)
        self.desk.beat()

    def accept(self, chat: seshat.Chat) -> None:
        self.come_online()
        assert self.desk.accept(JOE, chat.id) == "done"

    def say(self, text: str) -> None:
        assert self.desk.say(JOE, text) == "done"

    def finish(self) -> None:
        assert self.desk.finish(JOE) == "done"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def store(path: Path) -> Iterator[seshat.Store]:
    with seshat.open(path, durability="normal") as store:
        yield store


@pytest.fixture
def joe(store: seshat.Store) -> Agent:
    return Agent(store)
