"""When something does not work: nothing lost, nothing doubled, and the visitor is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from browser.conftest import Visit
from browser.shop import Shop
from browser.window import Window
from harness.process import until
from playwright.sync_api import Route, expect

#: Chromium's own words for an answer that is an error, or none at all.
NETWORK = r"Failed to load resource"


def refuse(status: int, code: str = "x", **headers: str) -> Callable[[Route], None]:
    """Answers in the server's place."""
    body = json.dumps({"error": {"code": code, "message": "no"}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda route: route.fulfill(status=status, body=body, headers={**named, "Content-Type": "application/json"})


def wait(window: Window, seen: Callable[[], bool], what: str) -> None:
    """As `until`, while the browser's events are heard."""
    until(lambda: window.page.evaluate("1") == 1 and seen(), what)


def keys_of(sent: list[str | None]) -> set[object]:
    return {json.loads(body)["key"] for body in sent if body}


def test_a_message_that_fails_can_be_tried_again_and_is_said_once(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    sent: list[str | None] = []
    window.page.on("request", lambda r: sent.append(r.post_data) if r.url.endswith("/messages") else None)
    window.page.route("**/seshat/messages", lambda route: route.abort())
    window.say("Oh, one more thing…")
    row = window.message("Oh, one more thing…")
    expect(row).to_contain_text("Not sent.")
    window.page.unroute("**/seshat/messages")
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("Sent")
    expect(window.input).to_be_focused()
    assert len(sent) > 1
    assert len(keys_of(sent)) == 1
    shop.accepts()
    assert shop.heard() == ["Hi!", "Oh, one more thing…"]


def test_a_message_whose_answer_was_lost_is_not_doubled(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    lost: list[int] = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    window.page.route("**/seshat/messages", lose)
    window.say("Once only")
    expect(window.message("Once only")).to_contain_text("Sent")
    assert lost == [201]
    assert window.texts() == ["Hi!", "Once only"]
    shop.accepts()
    assert shop.heard() == ["Hi!", "Once only"]


def test_a_start_whose_answer_was_lost_makes_one_chat(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if not lost:
            # Without its cookie, as if the answer had never come.
            lost.append(route.fetch().status)
            window.page.context.clear_cookies()
            route.abort()
        else:
            route.continue_()

    window.page.route("**/seshat/chats", lose)
    window.open()
    window.say("Hi!")
    window.say("Anyone?")
    expect(window.message("Anyone?")).to_contain_text("Sent")
    assert lost == [201]
    assert shop.desk.waiting() == [1]
    shop.accepts()
    assert shop.heard() == ["Hi!", "Anyone?"]


def test_what_follows_a_failed_message_does_not_overtake_it(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    window.page.route("**/seshat/messages", lambda route: route.abort())
    window.say("One")
    window.say("Two")
    expect(window.message("One")).to_contain_text("Not sent.")
    expect(window.message("Two")).to_contain_text("Not sent.")
    window.page.unroute("**/seshat/messages")
    window.page.evaluate("dispatchEvent(new Event('online'))")
    expect(window.message("Two")).to_contain_text("Sent")
    shop.accepts()
    assert shop.heard() == ["Hi!", "One", "Two"]


def test_a_page_without_network_says_so_and_goes_on_when_it_is_back(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    window.page.context.set_offline(True)
    expect(window.banner).to_have_text("You are offline. Trying again…")
    window.say("From the train")
    shop.accepts()
    shop.says("Hello.")
    expect(window.message("From the train")).to_contain_text("Sending…")
    window.page.context.set_offline(False)
    expect(window.banner).to_be_hidden()
    expect(window.message("From the train")).to_contain_text("Sent")
    window.expect_message("Hello.")
    assert shop.heard() == ["Hi!", "From the train"]


def test_a_busy_server_is_asked_again_when_it_says(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    times: list[float] = []

    def busy(route: Route) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            refuse(503, "busy", Retry_After="3")(route)
        else:
            route.continue_()

    window.page.route("**/seshat/messages", busy)
    window.say("Patience")
    expect(window.message("Patience")).to_contain_text("Sent")
    assert 2.9 < times[1] - times[0] < 10
    assert shop.store.availability() == "online"


def test_a_poll_that_is_refused_waits_as_long_as_it_is_told(visit: Visit) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    times: list[float] = []

    def busy(route: Route) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            refuse(429, "rate_limited", Retry_After="6")(route)
        else:
            route.continue_()

    window.page.route("**/seshat/poll*", busy)
    wait(window, lambda: len(times) == 1, "the poll that is refused")
    # Not even coming back to the tab is a reason to ask earlier.
    window.look()
    wait(window, lambda: len(times) == 2, "the next poll")
    assert times[1] - times[0] > 5.9


def test_one_who_writes_too_fast_is_asked_for_patience_and_nothing_is_lost(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.open()
    said = [f"line {n}" for n in range(13)]
    for line in said:
        window.say(line)
    expect(window.banner).to_have_text("Too fast. One moment…")
    expect(window.message("line 12")).to_contain_text("Sent")
    expect(window.banner).to_be_hidden()
    shop.accepts()
    assert shop.heard() == said


def test_polls_that_fail_grow_rarer_and_say_so(visit: Visit) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    failed: list[float] = []

    def fail(route: Route) -> None:
        failed.append(time.monotonic())
        refuse(500)(route)

    window.page.route("**/seshat/poll*", fail)
    expect(window.banner).to_have_text("The connection is interrupted. Trying again…")
    wait(window, lambda: len(failed) == 3, "three polls")
    first, second, third = failed
    # 4 s and 8 s, each less up to half by jitter.
    assert 1.9 < second - first < 5
    assert 3.9 < third - second < 9
    window.page.unroute("**/seshat/poll*")
    window.look()
    expect(window.banner).to_be_hidden()


def test_a_chat_that_is_no_more_is_followed_by_a_new_one(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    window.page.context.clear_cookies()
    window.say("Are you there?")
    expect(window.message("Are you there?")).to_contain_text("Sent")
    assert window.texts() == ["Are you there?"]
    assert shop.desk.waiting() == [1, 2]


def test_a_poll_without_a_chat_leads_back_to_the_beginning(visit: Visit) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    window.page.context.clear_cookies()
    window.look()
    expect(window.system).to_have_text("Hello! How can we help?")
    expect(window.bubbles).to_have_count(0)


def test_words_that_come_after_the_end_open_the_next_chat(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    window.page.route("**/seshat/poll*", lambda route: route.abort())
    shop.finishes()
    window.say("Oh, one more thing…")
    row = window.message("Oh, one more thing…")
    expect(row).to_contain_text("Not sent.")
    window.page.unroute("**/seshat/poll*")
    window.look()
    expect(window.sub).to_have_text("Chat closed")
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("Sent")
    expect(window.sub).to_have_text("Waiting for somebody to join")
    assert window.texts() == ["Oh, one more thing…"]
    assert shop.desk.waiting() == [2]


def test_a_text_longer_than_the_site_takes_says_so(visit: Visit) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.begin("Hi!")
    window.page.route("**/seshat/messages", refuse(413, "too_long"))
    window.say("A very long story")
    expect(window.message("A very long story")).to_contain_text("Too long to send.")


def test_answers_that_come_out_of_order_change_nothing(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    window.expect_system("Your chat has started.")
    late: list[tuple[Route, str, int]] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        if answer.status == 200 and not late:
            late.append((route, answer.text(), answer.status))
        else:
            route.fulfill(response=answer)

    window.page.route("**/seshat/poll*", hold)
    shop.says("One")
    wait(window, lambda: bool(late), "a poll that has seen the first line")
    shop.says("Two")
    shop.finishes()
    # The answer to this brings both lines and the end, before the older answer comes.
    window.button("End chat").click()
    window.panel.get_by_role("group", name="End this chat?").get_by_role("button", name="End chat").click()
    expect(window.sub).to_have_text("Chat closed")
    for route, body, status in late:
        route.fulfill(status=status, body=body, content_type="application/json")
    window.expect_message("Two")
    expect(window.sub).to_have_text("Chat closed")
    assert window.texts() == ["Hi!", "One", "Two"]


def test_a_chat_that_may_not_be_reached_says_so_once_and_stops(visit: Visit) -> None:
    window = visit()
    window.tolerate(NETWORK)
    window.page.route("**/seshat/**", refuse(403, "forbidden_origin"))
    errors = "document.addEventListener('seshat:error', (e) => (window.error = e.detail.code))"
    window.page.evaluate(errors)
    window.open()
    expect(window.banner).to_have_text("The chat cannot be reached from this page.")
    assert window.page.evaluate("error") == "forbidden_origin"


def test_a_page_of_somebody_else_is_no_answer(visit: Visit) -> None:
    window = visit()
    window.page.route("**/seshat/availability", lambda route: route.fulfill(body="<h1>Log in to our Wi-Fi</h1>"))
    window.open()
    expect(window.banner).to_have_text("The connection is interrupted. Trying again…")
