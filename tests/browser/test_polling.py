"""How often the page asks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import Visit
from browser.shop import Shop
from browser.window import Window
from playwright.sync_api import expect

HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def patient_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose server can hold polls open."""
    patient = Path(__file__).with_name("patient")
    made = Shop(tmp_path / "patient", {"PYTHONPATH": os.pathsep.join([str(patient), os.environ.get("PYTHONPATH", "")])})
    made.opens()
    with made.site:
        yield made
    made.store.close()


def after(window: Window, milliseconds: int) -> int:
    """How many polls go out while the page's clock jumps so far ahead."""
    before = window.count("GET /poll")
    window.page.clock.fast_forward(milliseconds)
    window.page.wait_for_timeout(300)
    return window.count("GET /poll") - before


def test_a_conversation_is_asked_about_every_two_seconds_without_any_help(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.says("Hello.")
    expect(window.message("Hello.")).to_be_visible(timeout=5000)
    before = window.count("GET /poll")
    window.page.wait_for_timeout(6500)
    assert 2 <= window.count("GET /poll") - before <= 4


def test_what_is_sent_brings_what_is_new_with_it(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.page.route("**/seshat/poll*", lambda route: route.abort())
    window.tolerate("Failed to load resource")
    shop.says("Hello.")
    window.say("Are you there?")
    expect(window.message("Hello.")).to_be_visible(timeout=1500)


def test_a_hidden_page_asks_every_twenty_seconds_and_at_once_when_it_is_back(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.page.wait_for_timeout(700)
    window.page.clock.install()
    window.page.evaluate(HIDE, True)
    assert after(window, 15_000) == 0
    assert after(window, 6_000) == 1
    shop.says("Hello.")
    window.page.evaluate(HIDE, False)
    expect(window.message("Hello.")).to_be_visible(timeout=1500)


def test_a_closed_window_and_a_long_silence_make_polls_rarer(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.launcher.click()
    window.page.wait_for_timeout(2500)
    window.page.clock.install()
    window.page.evaluate(HIDE, False)
    window.page.wait_for_timeout(300)
    assert after(window, 4_000) == 0
    assert after(window, 3_000) == 1


def test_a_line_that_comes_while_the_page_is_hidden_is_unread(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    title = window.page.title()
    window.page.evaluate(HIDE, True)
    shop.says("Hello?")
    window.page.evaluate("dispatchEvent(new Event('online'))")
    expect(window.page).to_have_title(f"(1) {title}")
    window.page.evaluate(HIDE, False)
    expect(window.page).to_have_title(title)


def test_where_the_server_can_wait_the_answer_comes_at_once(visit: Visit, patient_shop: Shop) -> None:
    window = visit(url=patient_shop.url)
    window.begin("Hi!")
    with window.page.expect_request(lambda request: "wait=5" in request.url):
        pass
    patient_shop.accepts()
    expect(window.title).to_have_text("Joe", timeout=1500)
    before = window.count("GET /poll")
    for n in range(3):
        said = time.monotonic()
        patient_shop.says(f"line {n}")
        expect(window.message(f"line {n}")).to_be_visible(timeout=1500)
        assert time.monotonic() - said < 1.0
    window.page.wait_for_timeout(3000)
    # One poll for each line and one that waits: held open, not asked again and again.
    assert window.count("GET /poll") - before <= 5
    window.page.close()
