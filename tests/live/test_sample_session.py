"""The spec's own conversation, word for word, through every part there is."""

from __future__ import annotations

from collections.abc import Callable

from harness.house import JOE, House
from harness.page import chromium, new_page, screenshot
from harness.widget import Widget


def test_the_sample_session_passes_word_for_word_from_chromium_to_an_xmpp_client(
    open_house: Callable[..., House],
) -> None:
    house = open_house()
    # The spec's visitor happens to be number 42: others were there before, and left before anyone came to work.
    for _ in range(41):
        house.visitor("earlier").chat.finish()
    joe = house.agent(JOE)
    site = house.site()

    with chromium() as browser:
        visitor = Widget(new_page(browser), f"{site.url}/")
        visitor.start()
        joe.expect(
            "Remote user 'customer' wants to start a conversation. "
            "To accept this request, reply with the message '!ACCEPT 42'."
        )
        joe.say("!ACCEPT 42")
        joe.expect("You are now handling chat #42. Send '!FINISH' when you are done.")
        visitor.expect("Your chat has started.")
        visitor.say("Hi!")
        joe.expect("Hi!")
        joe.say("Hello, customer.")
        visitor.expect("Hello, customer.")
        visitor.say("Talk to you later!")
        joe.expect("Talk to you later!")
        joe.say("!FINISH")
        joe.expect("The chat is now closed.")
        visitor.expect("The chat is now closed.")
        screenshot(visitor.page, "sample-session")
        assert joe.untaken() == []
        assert visitor.lines() == [
            "Your chat has started.",
            "Hi!",
            "Hello, customer.",
            "Talk to you later!",
            "The chat is now closed.",
        ]
