"""A shop page in Chromium with the chat window on it, used as a visitor would."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.process import PATIENCE, ROOT
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

expect.set_options(timeout=PATIENCE * 1000)

JQUERY = {
    "4": ROOT / "node_modules/jquery/dist/jquery.min.js",
    "3": ROOT / "node_modules/jquery3/dist/jquery.min.js",
    "slim": ROOT / "node_modules/jquery/dist/jquery.slim.min.js",
}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class Window:
    """One tab of one visitor. Everything the console complains about is kept; the fixture looks at it."""

    def __init__(
        self,
        context: BrowserContext,
        url: str,
        jquery: str = "4",
        alter: Callable[[str], str] | None = None,
        path: str = "/",
    ) -> None:
        self.url = url
        self.path = path
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        #: Calls of the chat's contract so far: "POST /chats", "GET /poll" …
        self.calls: list[str] = []
        self.complaints: list[str] = []
        self._tolerated: list[str] = []
        self.page.on("request", self._note)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if jquery != "4":
            self.page.route("**/jquery.min.js", lambda route: route.fulfill(path=JQUERY[jquery]))
        if alter or jquery == "3":
            self.page.route(lambda address: address == url + path, lambda route: self._altered(route, alter, jquery))
        self.page.goto(url + path)

    @staticmethod
    def _altered(route: Route, alter: Callable[[str], str] | None, jquery: str) -> None:
        """The shop's real page with something changed in it."""
        answer = route.fetch()
        headers = dict(answer.headers)
        if jquery == "3":
            # jQuery 3 itself writes markup; only jQuery 4 lives under Trusted Types.
            policy = headers["content-security-policy"]
            headers["content-security-policy"] = policy.replace("; require-trusted-types-for 'script'", "")
        route.fulfill(response=answer, body=alter(answer.text()) if alter else answer.text(), headers=headers)

    def _note(self, request: Request) -> None:
        path = request.url.removeprefix(self.url)
        if path.startswith("/seshat/") and "/assets/" not in path:
            self.calls.append(f"{request.method} {path.removeprefix('/seshat').partition('?')[0]}")

    # What there is.

    def _part(self, name: str) -> Locator:
        return self.page.locator(f".seshat-{name}")

    @property
    def root(self) -> Locator:
        return self.page.locator(".seshat")

    @property
    def launcher(self) -> Locator:
        return self._part("launcher")

    @property
    def panel(self) -> Locator:
        return self._part("panel")

    @property
    def title(self) -> Locator:
        return self._part("title")

    @property
    def sub(self) -> Locator:
        return self._part("sub")

    @property
    def banner(self) -> Locator:
        return self._part("banner")

    @property
    def badge(self) -> Locator:
        return self._part("badge")

    @property
    def input(self) -> Locator:
        return self._part("input")

    @property
    def typing(self) -> Locator:
        return self._part("typing")

    @property
    def bubbles(self) -> Locator:
        return self._part("bubble")

    @property
    def system(self) -> Locator:
        return self._part("system")

    @property
    def form(self) -> Locator:
        return self.page.locator("form.seshat-form")

    def message(self, text: str) -> Locator:
        """The row whose bubble says exactly this."""
        return self._part("msg").filter(has=self.page.get_by_text(text, exact=True))

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def count(self, call: str) -> int:
        return self.calls.count(call)

    # What one does.

    def open(self) -> None:
        self.launcher.click()
        expect(self.panel).to_be_visible()

    def type(self, text: str) -> None:
        self.input.press_sequentially(text)

    def say(self, text: str) -> None:
        """Types a line and sends it."""
        self.input.fill(text)
        self.input.press("Enter")

    def begin(self, text: str) -> None:
        """Opens the window and starts a chat with a first line."""
        self.open()
        self.say(text)
        expect(self.message(text)).to_contain_text("Sent")

    def look(self) -> None:
        """Comes back to the tab, which asks for what is new at once; again a little later, for the page that has
        only just asked does not."""
        self.page.evaluate("for (const ms of [0, 600]) setTimeout(() => dispatchEvent(new Event('focus')), ms)")

    def expect_message(self, text: str) -> Locator:
        self.look()
        row = self.message(text)
        expect(row).to_be_visible()
        return row

    def expect_system(self, text: str) -> None:
        self.look()
        expect(self.system.get_by_text(text, exact=True)).to_be_visible()

    def texts(self) -> list[str]:
        """All that was said, in order."""
        return self.bubbles.all_inner_texts()

    def tolerate(self, *patterns: str) -> None:
        """The console may say this: the test provokes it."""
        self._tolerated += patterns

    def unexpected(self) -> list[str]:
        return [said for said in self.complaints if not any(re.search(p, said) for p in self._tolerated)]

    def axe(self, rules_off: Sequence[str] = ()) -> list[str]:
        """What axe-core finds wrong with the widget, in one line each."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(Path(ROOT / "node_modules/axe-core/axe.min.js").read_text())
        found: Any = self.page.evaluate(
            """async (off) => {
              const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
              const { violations } = await axe.run({ include: ['.seshat'] }, { rules });
              return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' | ')}`);
            }""",
            list(rules_off),
        )
        return list(found)
