"""A browser for all, and a shop and its visitors for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.shop import Shop
from browser.window import DESKTOP, Window
from harness.page import chromium
from playwright.sync_api import Browser, BrowserContext

Visit = Callable[..., Window]
Picture = Callable[[Window, str], Path]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with somebody at the desk."""
    made = Shop(tmp_path)
    made.opens()
    with made.site:
        yield made
    made.store.close()


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Visit]:
    """Opens the shop's page: `context` for another tab of the same visitor, else Playwright's context options.

    At the end no page may have complained on its console, by a content security policy or otherwise.
    """
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def go(
        context: BrowserContext | None = None,
        init: str = "",
        jquery: str = "4",
        alter: Callable[[str], str] | None = None,
        path: str = "/",
        url: str = "",
        **options: Any,
    ) -> Window:
        if context is None:
            context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
            contexts.append(context)
            if init:
                context.add_init_script(init)
        windows.append(Window(context, url or shop.url, jquery, alter, path))
        return windows[-1]

    yield go
    unexpected = [said for window in windows for said in window.unexpected()]
    for context in contexts:
        context.close()
    assert unexpected == []


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """Keeps a picture of a window's page in the folder SESHAT_SCREENSHOTS, else in the test's own."""
    folder = Path(os.environ.get("SESHAT_SCREENSHOTS") or tmp_path)

    def take(window: Window, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        # Animations are driven to their end: the same picture every time.
        window.page.screenshot(path=path, animations="disabled")
        return path

    return take
