"""Nobody in who does not belong, and nobody who can stop the others."""

from __future__ import annotations

from collections.abc import Callable

from harness.house import BOT, JOE, House
from harness.visitor import Visitor

STRANGER = "mallory@example.com"


def begin(house: House) -> tuple[Visitor, Callable[[], None]]:
    """A chat that Joe has accepted, and a check that lines still go both ways."""
    joe = house.agent(JOE)
    visitor = house.visitor()
    joe.next()
    joe.say(f"!ACCEPT {visitor.id}")
    joe.next()
    visitor.expect("Your chat has started.")

    def goes_on() -> None:
        visitor.say("Are you there?")
        joe.expect("Are you there?")
        joe.say("I am.")
        visitor.expect("I am.")

    return visitor, goes_on


def test_a_stranger_is_refused_politely_and_not_obeyed(open_house: Callable[..., House]) -> None:
    house = open_house(accounts=[STRANGER])
    mallory = house.agent(STRANGER)
    visitor = house.visitor()
    mallory.say(f"!ACCEPT {visitor.id}")
    refusal = mallory.next().text
    assert "Remote user" not in refusal and "!" not in refusal.replace("!HELP", ""), refusal
    visitor.poll()
    assert visitor.chat.poll().state == "waiting"
    joe = house.agent(JOE)
    joe.say(f"!ACCEPT {visitor.id}")
    visitor.expect("Your chat has started.")
    mallory.say(f"#{visitor.id} Give me your password.")
    mallory.ping()
    joe.say("Hello.")
    visitor.expect("Hello.")
    assert STRANGER in house.broker.child.said()


def test_a_stranger_is_never_allowed_to_see_the_bot(open_house: Callable[..., House]) -> None:
    house = open_house(accounts=[STRANGER])
    mallory = house.agent(STRANGER)
    mallory.send_raw(f"<presence type='subscribe' to='{BOT}'/>")
    _, goes_on = begin(house)
    goes_on()
    mallory.ping()
    assert not [full for full in mallory.presences if full.startswith(BOT + "/")]


def test_deeply_nested_elements_from_a_stranger_stop_nobody(open_house: Callable[..., House]) -> None:
    house = open_house(accounts=[STRANGER])
    _, goes_on = begin(house)
    goes_on()
    mallory = house.agent(STRANGER)
    nested = "<x xmlns='urn:example:deep'>" + "<a>" * 4000 + "</a>" * 4000 + "</x>"
    mallory.send_raw(f"<message type='headline' to='{BOT}'>{nested}</message>")
    mallory.ping()
    goes_on()
    assert house.broker.child.running()


def test_a_line_split_by_an_element_is_no_command(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    visitor = house.visitor()
    joe.next()
    joe.say(f"!ACCEPT {visitor.id}")
    joe.next()
    visitor.expect("Your chat has started.")
    joe.send_raw(f"<message type='chat' to='{BOT}'><body>!FIN<x xmlns='urn:x'/>ISH</body></message>")
    joe.send_raw(f"<message type='chat' to='{BOT}'><body>!FIN</body><body>ISH</body></message>")
    joe.say("Still open?")
    visitor.expect("Still open?")
