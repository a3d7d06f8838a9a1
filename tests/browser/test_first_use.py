"""Before the chat is used, and the moment it is."""

from __future__ import annotations

import pytest
from browser.conftest import Visit
from browser.shop import Shop
from playwright.sync_api import expect


def test_a_page_that_is_only_read_asks_nothing(visit: Visit) -> None:
    window = visit()
    expect(window.launcher).to_be_visible()
    window.page.wait_for_load_state("networkidle")
    window.look()
    window.page.reload(wait_until="networkidle")
    assert window.calls == []


def test_opening_asks_once_who_is_there_and_leads_to_the_composer(visit: Visit) -> None:
    window = visit()
    window.open()
    expect(window.sub).to_have_text("Online")
    expect(window.system).to_have_text("Hello! How can we help?")
    expect(window.input).to_be_focused()
    window.launcher.click()
    expect(window.panel).to_be_hidden()
    window.open()
    expect(window.input).to_be_focused()
    assert window.calls == ["GET /availability"]


def test_a_desk_that_is_away_says_so_and_can_be_written_to(visit: Visit, shop: Shop) -> None:
    shop.goes_away()
    window = visit()
    window.open()
    expect(window.sub).to_have_text("Away for the moment")
    expect(window.input).to_be_visible()


def test_the_launcher_says_what_it_does_and_whether_it_is_done(visit: Visit) -> None:
    window = visit()
    expect(window.launcher).to_have_accessible_name("Open chat")
    expect(window.launcher).to_have_attribute("aria-expanded", "false")
    window.launcher.press("Enter")
    expect(window.launcher).to_have_attribute("aria-expanded", "true")
    expect(window.panel).to_have_accessible_name("Chat with us")


def test_escape_closes_and_gives_the_focus_back(visit: Visit) -> None:
    window = visit()
    window.open()
    expect(window.input).to_be_focused()
    window.page.keyboard.press("Escape")
    expect(window.panel).to_be_hidden()
    expect(window.launcher).to_be_focused()
    window.open()
    window.button("Close chat window").click()
    expect(window.panel).to_be_hidden()
    expect(window.launcher).to_be_focused()


def test_escape_outside_the_window_is_the_pages_own(visit: Visit) -> None:
    window = visit()
    window.open()
    window.page.locator("h1").click()
    window.page.keyboard.press("Escape")
    expect(window.panel).to_be_visible()


def test_a_link_starts_a_chat_before_anything_is_said(visit: Visit, shop: Shop) -> None:
    window = visit()
    link = window.page.locator("[data-seshat-start]").first
    link.click()
    expect(window.system).to_have_text("Thank you! Somebody will be with you soon. You are number 1.")
    chat = shop.accepts()
    window.expect_system("Your chat has started.")
    link.click()
    window.say("Hi!")
    expect(window.message("Hi!")).to_contain_text("Sent")
    assert window.count("POST /chats") == 1
    assert shop.heard() == ["Hi!"]
    assert shop.desk.waiting() == []
    assert chat == 1


def test_a_link_leads_to_the_form_when_nobody_is_there(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.page.locator("[data-seshat-start]").first.click()
    expect(window.form).to_be_visible()
    assert window.calls == ["GET /availability"]


def test_the_site_may_ask_for_a_name_or_bring_one(visit: Visit, shop: Shop) -> None:
    window = visit(alter=lambda html: html.replace("data-seshat ", "data-seshat data-ask-name "))
    window.open()
    name = window.panel.get_by_role("textbox", name="Your name")
    name.fill("Ann Example")
    window.say("Hello")
    expect(window.message("Hello")).to_contain_text("Sent")
    expect(name).to_have_count(0)
    other = visit(alter=lambda html: html.replace("data-seshat ", 'data-seshat data-name="Bob Example" '))
    other.begin("Good morning")
    offers = [one["visitor"] for one in shop.desk.claim() if one["kind"] == "offer" and one["to"].startswith("joe")]
    assert offers == ["Ann Example", "Bob Example"]


@pytest.mark.parametrize("jquery", ["4", "3", "slim"])
def test_every_jquery_from_3_5_to_4_will_do(visit: Visit, shop: Shop, jquery: str) -> None:
    window = visit(jquery=jquery)
    window.begin("Hi!")
    shop.accepts()
    shop.says("Hello.")
    window.expect_message("Hello.")


def test_a_page_can_drive_the_window_and_hear_of_it(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.page.evaluate(
        """() => {
          window.heard = [];
          const names = ['open', 'close', 'message', 'unread', 'state', 'error'];
          const note = (event) => heard.push([event.type, event.originalEvent.detail]);
          jQuery('[data-seshat]').on(names.map((name) => 'seshat:' + name).join(' '), note).seshat('open');
        }"""
    )
    expect(window.panel).to_be_visible()
    window.say("Hi!")
    expect(window.message("Hi!")).to_contain_text("Sent")
    shop.accepts()
    shop.says("Hello.")
    window.expect_message("Hello.")
    window.page.evaluate("() => jQuery('[data-seshat]').seshat('toggle')")
    expect(window.panel).to_be_hidden()
    shop.says("Still there?")
    window.look()
    expect(window.badge).to_have_text("1")
    heard = window.page.evaluate("() => heard")
    assert [(name, detail["state"]) for name, detail in heard if name == "seshat:state"] == [
        ("seshat:state", "waiting"),
        ("seshat:state", "open"),
    ]
    assert [detail["text"] for name, detail in heard if name == "seshat:message"] == [
        "Your chat has started.",
        "Hello.",
        "Still there?",
    ]
    assert [name for name, _ in heard if name in ("seshat:open", "seshat:close")] == ["seshat:open", "seshat:close"]
    assert ["seshat:unread", {"count": 1}] in heard
    window.page.evaluate("() => jQuery('[data-seshat]').seshat('destroy')")
    expect(window.root).to_have_count(0)
    expect(window.launcher).to_have_count(0)


def test_requests_go_through_the_sites_own_ajax_setup(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.page.evaluate(
        """() => {
          jQuery.ajaxSetup({ headers: { 'X-Shop': 'yes' } });
          window.shown = 0;
          jQuery(document).on('ajaxSend', () => (shown += 1));
        }"""
    )
    with window.page.expect_request("**/seshat/poll*") as poll, window.page.expect_request("**/chats") as start:
        window.begin("Hi!")
    assert poll.value.headers["x-shop"] == start.value.headers["x-shop"] == "yes"
    # Polls do not set off what a site shows while it is busy; what the visitor does, does.
    assert window.page.evaluate("() => shown") == window.count("POST /chats")


def test_the_frameworks_forgery_token_goes_along(visit: Visit, shop: Shop) -> None:
    window = visit(alter=lambda html: html.replace("</head>", '<meta name="csrf-token" content="t0ken"></head>'))
    with window.page.expect_request("**/seshat/chats") as sent:
        window.begin("Hi!")
    assert sent.value.headers["x-csrf-token"] == "t0ken"
