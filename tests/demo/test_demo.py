"""`make demo` as a newcomer meets it: one command, two pages, a chat between them, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.page import chromium, new_page, screenshot
from harness.process import PATIENCE, ROOT, Child, until
from harness.widget import Widget

#: The first run builds everything.
BUILDING = 1200.0


class Demo:
    """The running command, and the addresses it printed."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.child = Child("make demo", ["make", "demo"], folder / "demo.log", {"TMPDIR": str(self.temporary)}, ROOT)
        self.child.wait_for_line("Ctrl-C stops everything", BUILDING)
        said = self.child.said()
        self.joe = self._address(r"Joe, who answers: +(\S+)", said)
        self.shop = self._address(r"The shop's visitor: +(\S+)", said)

    @staticmethod
    def _address(pattern: str, said: str) -> str:
        found = re.search(pattern, said)
        assert found, said
        return found[1]

    def interrupt(self) -> int:
        """Ctrl-C at a terminal reaches the whole foreground group."""
        os.killpg(self.child.pid, signal.SIGINT)
        return self.child.wait()

    def processes(self) -> list[str]:
        """Everything alive that belongs to this demo: its parts know each other by the temporary folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/"):
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.temporary).encode() in environment and command:
                found.append(command)
        return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    yield running
    if running.child.running():
        running.interrupt()


class Converse:
    """Joe's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.composer = page.locator("textarea.chat-textarea")
        page.goto(url)
        self.composer.wait_for(timeout=PATIENCE * 1000)

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def expect(self, text: str | re.Pattern[str]) -> str:
        line = self.page.locator(".chat-msg__text").filter(has_text=text).last
        expect(line).to_be_visible(timeout=PATIENCE * 1000)
        return line.inner_text()


def availability(shop: str) -> str:
    with urllib.request.urlopen(f"{shop}seshat/availability", timeout=PATIENCE) as answer:
        return str(json.load(answer)["availability"])


def test_the_demo_leads_to_a_chat_on_both_pages_and_leaves_nothing_behind(demo: Demo) -> None:
    assert len(demo.processes()) > 4
    with chromium() as browser:
        asked: list[str] = []
        joes_page = new_page(browser)
        joes_page.on("requestfinished", lambda request: asked.append(request.url))
        joe = Converse(joes_page, demo.joe)
        until(lambda: availability(demo.shop) == "online", "Joe to be available")

        visitor = Widget(new_page(browser), demo.shop)
        visitor.start()
        offer = joe.expect("wants to start a conversation")
        screenshot(joe.page, "demo-offer")
        number = re.search(r"!ACCEPT (\d+)", offer)
        assert number, offer
        joe.say(f"!ACCEPT {number[1]}")
        visitor.expect("Your chat has started.")
        visitor.say("Does the Brae 3 fit a wet dog?")
        joe.expect("Does the Brae 3 fit a wet dog?")
        joe.say("It was made for one.")
        visitor.expect("It was made for one.")
        screenshot(joe.page, "demo-employee")
        screenshot(visitor.page, "demo-visitor")
        joe.say("!FINISH")
        visitor.expect("The chat is now closed.")
        joe.expect("The chat is now closed.")
        screenshot(visitor.page, "demo-closed")
        abroad = [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
        assert abroad == []

    demo.interrupt()
    until(lambda: demo.processes() == [], "every process to be gone")
    assert list(demo.temporary.iterdir()) == []
    assert "nothing is left" in demo.child.said()


def test_the_demo_stops_whole_when_a_part_of_it_dies(demo: Demo) -> None:
    pid = int(next(demo.temporary.glob("*/prosody/prosody.pid")).read_text())
    os.kill(pid, signal.SIGKILL)
    assert demo.child.wait() != 0
    assert "prosody has ended" in demo.child.said()
    until(lambda: demo.processes() == [], "every process to be gone")
    assert list(demo.temporary.iterdir()) == []
