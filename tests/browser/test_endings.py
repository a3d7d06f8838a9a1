"""How a chat ends, and what stands at its end."""

from __future__ import annotations

from pathlib import Path

from browser.conftest import Visit
from browser.shop import JOE, Shop
from harness.process import until
from playwright.sync_api import expect


def rating_in(shop: Shop) -> int:
    """The verdict as the store has it."""
    import sqlite3

    with sqlite3.connect(f"file:{shop.database}?mode=ro", uri=True) as store:
        rating: int = store.execute("SELECT rating FROM chat").fetchone()[0]
        return rating


def test_ending_asks_first_and_keeps_the_chat_if_one_would_rather(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    question = window.panel.get_by_role("group", name="End this chat?")
    window.button("End chat").click()
    expect(question).to_be_visible()
    expect(question.get_by_role("button", name="End chat")).to_be_focused()
    expect(window.input).to_be_hidden()
    window.button("Keep chatting").click()
    expect(question).to_be_hidden()
    expect(window.input).to_be_focused()
    window.button("End chat").click()
    window.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(window.panel).to_be_visible()
    assert shop.desk.finish(JOE) == "done"


def test_the_visitor_can_end_the_chat(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.button("End chat").click()
    window.panel.get_by_role("group").get_by_role("button", name="End chat").click()
    expect(window.system.last).to_have_text("The chat is now closed.")
    expect(window.sub).to_have_text("Chat closed")
    expect(window.title).to_be_focused()
    expect(window.input).to_be_hidden()
    assert shop.desk.finish(JOE) == "no_chat"
    # A closed chat is not asked about any more.
    polls = window.count("GET /poll")
    window.look()
    window.page.wait_for_timeout(1000)
    assert window.count("GET /poll") == polls


def test_one_can_leave_the_queue(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    window.button("End chat").click()
    window.panel.get_by_role("group").get_by_role("button", name="End chat").click()
    expect(window.sub).to_have_text("Chat closed")
    # Nobody answered: there is nothing to rate.
    expect(window.panel.get_by_role("group", name="How did we do?")).to_be_hidden()
    assert shop.desk.waiting() == []


def test_a_closed_chat_can_be_rated_and_the_verdict_taken_back(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.finishes()
    window.expect_system("The chat is now closed.")
    good, bad = window.button("Good"), window.button("Not good")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    until(lambda: rating_in(shop) == 1, "a good rating")
    bad.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(bad).to_have_attribute("aria-pressed", "true")
    until(lambda: rating_in(shop) == -1, "a bad rating")
    bad.click()
    until(lambda: rating_in(shop) == 0, "no rating")


def test_the_transcript_can_be_taken_home(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.says("Hello, customer.")
    shop.finishes()
    window.expect_system("The chat is now closed.")
    with window.page.expect_download() as download:
        window.panel.get_by_role("link", name="Transcript").click()
    assert download.value.suggested_filename == "chat-1.txt"
    text = Path(download.value.path()).read_text()
    assert "Hi!" in text
    assert "Joe: Hello, customer." in text
    expect(window.panel).to_be_visible()


def test_a_new_chat_begins_with_an_empty_page(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.finishes()
    window.expect_system("The chat is now closed.")
    window.button("New chat").click()
    expect(window.bubbles).to_have_count(0)
    expect(window.input).to_be_focused()
    window.say("Me again")
    expect(window.message("Me again")).to_contain_text("Sent")
    assert shop.desk.waiting() == [2]
    assert window.texts() == ["Me again"]


def test_a_declined_visitor_is_offered_to_leave_the_message(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Do you have it in sand?")
    shop.desk.cancel(JOE, 1)
    window.expect_system("Your chat request was declined. Please try again later.")
    expect(window.panel.get_by_role("link", name="Transcript")).to_be_hidden()
    window.button("Leave a message").click()
    expect(window.form).to_be_visible()
    expect(window.form.get_by_label("Message")).to_have_value("Do you have it in sand?")


def test_the_site_can_say_it_in_its_own_words(visit: Visit, shop: Shop) -> None:
    words = '{"notice_accepted":"Willkommen!","placeholder":"Schreiben Sie uns","title":"Hilfe"}'
    window = visit(alter=lambda html: html.replace("data-seshat ", f"data-seshat data-strings='{words}' "))
    window.open()
    expect(window.title).to_have_text("Hilfe")
    expect(window.input).to_have_attribute("placeholder", "Schreiben Sie uns")
    window.say("Hallo")
    shop.accepts()
    window.expect_system("Willkommen!")
