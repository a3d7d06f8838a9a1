"""Leaving a message while nobody is there."""

from __future__ import annotations

import json

from browser.conftest import Visit
from browser.shop import Shop
from playwright.sync_api import Route, expect

NETWORK = r"Failed to load resource"


def test_with_nobody_there_the_window_is_a_form(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.open()
    expect(window.form).to_be_visible()
    expect(window.title).to_have_text("Leave a message")
    expect(window.sub).to_have_text("Not here right now")
    expect(window.form.get_by_label("Your name")).to_be_focused()
    expect(window.input).to_be_hidden()


def test_the_form_says_what_is_missing_before_anything_is_sent(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.open()
    email, text = window.form.get_by_label("Email"), window.form.get_by_label("Message")
    email.fill("ann@")
    window.button("Send message").click()
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("Please enter a complete email address.")
    expect(text).to_have_accessible_description("Please write a message.")
    email.fill("ann@example.com")
    expect(email).to_have_attribute("aria-invalid", "false")
    expect(window.form.get_by_text("Please enter a complete email address.")).to_be_hidden()
    assert window.calls == ["GET /availability"]


def test_a_message_left_is_there_when_somebody_comes(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.open()
    window.form.get_by_label("Your name").fill("Ann Example")
    window.form.get_by_label("Email").fill("ann@example.com")
    window.form.get_by_label("Message").fill("Do you have it in sand?")
    window.button("Send message").click()
    thanks = window.panel.get_by_text("Thank you! We have your message and will answer by email.")
    expect(thanks).to_be_focused()
    assert shop.left() == [("Ann Example", "ann@example.com", "Do you have it in sand?")]
    window.button("Write another message").click()
    expect(window.form.get_by_label("Message")).to_have_value("")
    expect(window.form.get_by_label("Email")).to_have_value("ann@example.com")


def test_what_the_server_says_of_a_field_stands_at_the_field(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.tolerate(NETWORK)
    window.open()
    # The page is content with it; the store is not.
    window.form.get_by_label("Email").fill("ann@.example.com")
    window.form.get_by_label("Message").fill("Hello")
    with window.page.expect_response("**/seshat/leave") as answer:
        window.button("Send message").click()
    assert answer.value.status == 422
    said = answer.value.json()["error"]["fields"]["email"]
    expect(window.form.get_by_label("Email")).to_have_accessible_description(said)
    expect(window.form.get_by_label("Email")).to_be_focused()


def test_a_form_that_could_not_be_sent_keeps_the_words_and_its_key(visit: Visit, shop: Shop) -> None:
    shop.closes()
    window = visit()
    window.tolerate(NETWORK)
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(json.loads(route.request.post_data or "")["key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    window.page.route("**/seshat/leave", lose_the_first)
    window.open()
    window.form.get_by_label("Email").fill("ann@example.com")
    window.form.get_by_label("Message").fill("Hello")
    window.button("Send message").click()
    expect(window.form.get_by_role("alert")).to_have_text("Not sent. Please try again.")
    expect(window.form.get_by_label("Message")).to_have_value("Hello")
    window.button("Send message").click()
    expect(window.button("Write another message")).to_be_visible()
    assert keys[0] == keys[1]
    assert [text for _, _, text in shop.left()] == ["Hello"]
