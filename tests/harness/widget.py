"""The chat window on a page, used as a person would: by what it shows and where one types."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .process import PATIENCE

_ROWS = ".seshat-list > .seshat-msg .seshat-bubble, .seshat-list > .seshat-system"


class Widget:
    """The widget of one visitor's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)

    def start(self) -> None:
        """Clicks the page's link to start a chat, and returns when the chat waits for somebody."""
        self.page.locator("[data-seshat-start]").first.click()
        expect(self.page.locator(".seshat-sub")).to_have_text("Waiting for somebody to join", timeout=PATIENCE * 1000)

    def say(self, text: str) -> None:
        """Types a line and sends it."""
        composer = self.page.locator(".seshat-input")
        composer.fill(text)
        composer.press("Enter")

    def expect(self, text: str) -> None:
        """Waits until a line with exactly this text is on the page."""
        self.page.locator(_ROWS).get_by_text(text, exact=True).first.wait_for(timeout=PATIENCE * 1000)

    def lines(self) -> list[str]:
        """All that the conversation shows, in order, without days and times."""
        return self.page.locator(_ROWS).all_inner_texts()
