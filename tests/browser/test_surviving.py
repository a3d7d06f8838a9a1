"""What survives a reload, a closed window and another tab."""

from __future__ import annotations

from browser.conftest import Visit
from browser.shop import Shop
from harness.process import until
from playwright.sync_api import Route, expect

NO_STORAGE = """
  for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
"""


def test_the_open_window_the_chat_and_the_draft_survive_a_reload(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.says("Hello.")
    window.expect_message("Hello.")
    window.type("I was about to say")
    window.page.reload()
    expect(window.panel).to_be_visible()
    expect(window.message("Hello.")).to_be_visible()
    expect(window.input).to_have_value("I was about to say")
    # A reload is no wish to write: the page's own focus stays where it is.
    expect(window.input).not_to_be_focused()
    assert window.texts() == ["Hi!", "Hello."]
    window.input.press("Enter")
    expect(window.message("I was about to say")).to_contain_text("Sent")


def test_a_window_closed_on_one_page_stays_closed_on_the_next(visit: Visit) -> None:
    window = visit()
    window.begin("Hi!")
    window.launcher.click()
    window.page.get_by_role("link", name="Alto 2").first.click()
    expect(window.launcher).to_be_visible()
    expect(window.panel).to_be_hidden()


def test_unread_lines_are_counted_on_the_launcher_and_in_the_title(visit: Visit, shop: Shop) -> None:
    window = visit()
    title = window.page.title()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.launcher.click()
    shop.says("One")
    shop.says("Two")
    window.look()
    expect(window.badge).to_have_text("2")
    expect(window.page).to_have_title(f"(2) {title}")
    expect(window.launcher).to_have_accessible_name("Open chat, 2 unread")
    window.page.reload()
    expect(window.badge).to_have_text("2")
    expect(window.page).to_have_title(f"(2) {title}")
    with window.page.expect_request("**/seshat/events") as told:
        window.open()
    assert told.value.post_data_json == {"type": "read", "seq": 4}
    expect(window.badge).to_be_hidden()
    expect(window.page).to_have_title(title)
    window.page.reload()
    expect(window.message("Two")).to_be_visible()
    expect(window.badge).to_be_hidden()


def test_a_closed_chat_is_not_asked_about_until_the_window_is_opened(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.finishes()
    window.expect_system("The chat is now closed.")
    window.launcher.click()
    window.page.reload(wait_until="networkidle")
    before = len(window.calls)
    window.look()
    window.page.wait_for_load_state("networkidle")
    assert window.calls[before:] == []
    window.open()
    expect(window.system.last).to_have_text("The chat is now closed.")
    expect(window.button("New chat")).to_be_visible()
    assert window.calls[before:] == ["GET /poll"]


def test_a_message_on_its_way_survives_the_page(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    held: list[Route] = []
    window.page.route("**/seshat/messages", lambda route: held.append(route))
    window.say("On my way")
    until(lambda: window.page.evaluate("1") == 1 and bool(held), "the request")
    window.page.unroute("**/seshat/messages")
    window.page.reload()
    expect(window.message("On my way")).to_contain_text("Sent")
    shop.accepts()
    assert shop.heard() == ["Hi!", "On my way"]


def test_another_tab_shows_the_same_chat(visit: Visit, shop: Shop) -> None:
    first = visit()
    first.begin("Hi!")
    second = visit(context=first.page.context)
    second.open()
    expect(second.message("Hi!")).to_be_visible()
    second.say("From the other tab")
    expect(second.message("From the other tab")).to_contain_text("Sent")
    first.expect_message("From the other tab")
    assert shop.desk.waiting() == [1]


def test_a_tab_that_did_not_know_of_the_chat_joins_it_and_loses_no_word(visit: Visit, shop: Shop) -> None:
    first = visit()
    second = visit(context=first.page.context)
    second.open()
    expect(second.sub).to_have_text("Online")
    first.begin("Hi!")
    first.page.evaluate("localStorage.clear()")
    second.say("Hello from here")
    expect(second.message("Hello from here")).to_contain_text("Sent")
    assert second.texts() == ["Hi!", "Hello from here"]
    shop.accepts()
    assert shop.heard() == ["Hi!", "Hello from here"]


def test_a_new_chat_in_one_tab_replaces_the_old_one_in_the_other(visit: Visit, shop: Shop) -> None:
    first = visit()
    first.begin("Hi!")
    second = visit(context=first.page.context)
    second.open()
    expect(second.message("Hi!")).to_be_visible()
    first.button("End chat").click()
    first.panel.get_by_role("group").get_by_role("button", name="End chat").click()
    second.look()
    expect(second.sub).to_have_text("Chat closed")
    first.button("New chat").click()
    first.say("A new matter")
    expect(first.message("A new matter")).to_contain_text("Sent")
    assert first.texts() == ["A new matter"]
    second.page.reload()
    expect(second.message("A new matter")).to_be_visible()
    assert second.texts() == ["A new matter"]


def test_a_browser_without_storage_can_chat_all_the_same(visit: Visit, shop: Shop) -> None:
    window = visit(init=NO_STORAGE)
    window.begin("Hi!")
    shop.accepts()
    shop.says("Hello.")
    window.expect_message("Hello.")
    window.say("Bye")
    expect(window.message("Bye")).to_contain_text("Sent")
    assert shop.desk.waiting() == []
    assert window.texts() == ["Hi!", "Hello.", "Bye"]
