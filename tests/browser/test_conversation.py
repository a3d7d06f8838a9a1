"""Talking: what is said on both sides, and how it looks while it is on its way."""

from __future__ import annotations

import re

from browser.conftest import Visit
from browser.shop import ANN, Shop
from harness.process import until
from playwright.sync_api import Route, expect


def test_the_specs_sample_session(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    expect(window.title).to_have_text("Joe")
    shop.says("Hello, customer.")
    window.expect_message("Hello, customer.")
    window.say("Talk to you later!")
    expect(window.message("Talk to you later!")).to_contain_text("Sent")
    shop.finishes()
    window.expect_system("The chat is now closed.")
    assert shop.heard() == ["Hi!", "Talk to you later!"]
    assert window.texts() == ["Hi!", "Hello, customer.", "Talk to you later!"]


def test_those_who_wait_see_their_place_in_the_queue_move(visit: Visit, shop: Shop) -> None:
    earlier = shop.store.start("earlier")
    window = visit()
    window.begin("Hi!")
    waiting = window.system.last
    expect(waiting).to_have_text("Thank you! Somebody will be with you soon. You are number 2.")
    expect(window.sub).to_have_text("Waiting for somebody to join")
    earlier.finish()
    window.look()
    expect(waiting).to_have_text("Thank you! Somebody will be with you soon. You are number 1.")
    shop.closes()
    window.look()
    expect(window.banner).to_contain_text("Nobody is at the desk right now.")
    shop.opens()
    window.look()
    expect(window.banner).to_be_hidden()


def test_a_message_is_shown_before_the_server_has_it(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    held: list[Route] = []
    window.page.route("**/seshat/messages", lambda route: held.append(route))
    window.say("Is it still in stock?")
    row = window.message("Is it still in stock?")
    expect(row).to_contain_text("Sending…")
    expect(row).to_have_class(re.compile("is-pending"))
    expect(window.input).to_have_value("")
    until(lambda: window.page.evaluate("1") == 1 and bool(held), "the request")
    held[0].continue_()
    expect(row).to_contain_text("Sent")
    assert window.texts() == ["Hi!", "Is it still in stock?"]


def test_lines_said_in_a_hurry_arrive_in_order(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.open()
    said = [f"line {n}" for n in range(8)]
    for line in said:
        window.say(line)
    expect(window.message("line 7")).to_contain_text("Sent")
    shop.accepts()
    assert shop.heard() == said
    assert window.texts() == said


def test_lines_of_one_person_stand_together_under_one_time(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("One")
    shop.accepts()
    shop.says("Two")
    shop.says("Three")
    window.expect_message("Three")
    window.say("Four")
    expect(window.message("Four")).to_contain_text("Sent")
    shapes = window.page.eval_on_selector_all(
        ".seshat-msg", "rows => rows.map((r) => r.className.replace(/seshat-msg|is-(?!first|last|mine)\\w*/g, '').trim())"
    )
    assert [re.sub(r"\s+", " ", shape) for shape in shapes] == [
        "is-mine is-first is-last",
        "is-first",
        "is-last",
        "is-mine is-first is-last",
    ]
    expect(window.message("Two").locator("time")).to_have_count(0)
    expect(window.message("Three")).to_contain_text(re.compile(r"Joe · \d\d:\d\d"))
    expect(window.page.locator(".seshat-day")).to_have_text("Today")


def test_another_agent_speaks_under_their_own_name(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    chat = shop.accepts()
    shop.says("I am Joe.")
    shop.desk.requeue(chat)
    window.expect_system("Your agent had to leave. You are back in the queue.")
    shop.desk.presence(ANN)
    shop.accepts(ANN)
    shop.says("I am Ann.", ANN)
    expect(window.expect_message("I am Ann.")).to_contain_text("Ann")
    expect(window.title).to_have_text("Ann")
    expect(window.message("I am Joe.")).to_contain_text("Joe")


def test_seen_is_said_when_the_agent_has_answered(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    expect(window.message("Hi!")).to_contain_text("Sent")
    shop.heard()
    shop.says("Hello.")
    window.expect_message("Hello.")
    expect(window.message("Hi!")).to_contain_text("Seen")


def test_the_agents_writing_is_shown_while_it_lasts(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.types()
    window.look()
    expect(window.typing).to_contain_text("Joe is typing…")
    shop.says("Hello.")
    window.expect_message("Hello.")
    expect(window.typing).not_to_contain_text("typing")


def test_own_writing_is_told_sparingly_and_taken_back(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    bodies: list[object] = []
    window.page.on(
        "request",
        lambda request: bodies.append(request.post_data_json) if request.url.endswith("/events") else None,
    )
    window.type("nobody has accepted yet")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.type(", and now somebody has")
    window.input.fill("")
    until(lambda: window.page.evaluate("1") == 1 and len(bodies) == 2, "both signals")
    assert bodies == [{"type": "typing", "on": True}, {"type": "typing", "on": False}]


def test_enter_sends_and_shift_enter_begins_a_new_line(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.open()
    window.type("One")
    window.input.press("Shift+Enter")
    window.type("Two")
    window.input.press("Enter")
    expect(window.bubbles).to_have_text("One\nTwo", use_inner_text=True)
    expect(window.message("One\nTwo")).to_contain_text("Sent")
    shop.accepts()
    assert shop.heard() == ["One\nTwo"]
    expect(window.input).to_be_focused()


def test_enter_within_a_composition_belongs_to_the_input_method(visit: Visit) -> None:
    window = visit()
    window.open()
    window.type("にほん")
    window.input.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(window.bubbles).to_have_count(0)
    expect(window.input).to_have_value("にほん")


def test_nothing_but_white_space_is_not_sent(visit: Visit) -> None:
    window = visit()
    window.open()
    send = window.button("Send")
    expect(send).to_have_attribute("aria-disabled", "true")
    window.say("   \n ")
    send.click(force=True)
    expect(window.input).to_be_focused()
    expect(window.bubbles).to_have_count(0)
    window.type("x")
    expect(send).to_have_attribute("aria-disabled", "false")


def test_the_send_button_sends(visit: Visit) -> None:
    window = visit()
    window.open()
    window.type("Hi!")
    window.button("Send").click()
    expect(window.message("Hi!")).to_contain_text("Sent")


def test_only_web_addresses_become_links(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    said = "See https://example.com/a_(b)?c=d&e=f#g, (http://example.org/x). Not javascript:alert(1) or ftp://example.com"
    shop.says(said)
    row = window.expect_message(said)
    links = row.locator("a")
    expect(links).to_have_text(["https://example.com/a_(b)?c=d&e=f#g", "http://example.org/x"])
    for link in links.all():
        expect(link).to_have_attribute("target", "_blank")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_what_is_typed_while_reading_back_waits_below(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    for n in range(30):
        shop.says(f"A line of some length, number {n}")
    last = window.expect_message("A line of some length, number 29")
    expect(last).to_be_in_viewport()
    window.message("A line of some length, number 1").scroll_into_view_if_needed()
    expect(last).not_to_be_in_viewport()
    shop.says("And one more")
    window.look()
    jump = window.button("New messages")
    expect(jump).to_be_visible()
    jump.click()
    expect(window.message("And one more")).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_a_long_history_comes_whole_and_in_order(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    said = [f"answer {n}" for n in range(230)]
    for line in said:
        shop.says(line)
    window.page.reload()
    window.expect_message(said[-1])
    assert window.texts() == ["Hi!", *said]
