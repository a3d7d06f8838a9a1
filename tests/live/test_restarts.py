"""Parts die and come back; what was said is neither lost nor doubled."""

from __future__ import annotations

from collections.abc import Callable

from harness.agent import Agent
from harness.broker import RECONNECT
from harness.house import BOT, JOE, House
from harness.process import until
from harness.visitor import Visitor


def begin(house: House) -> tuple[Agent, Visitor]:
    """A chat that Joe has accepted."""
    joe = house.agent(JOE)
    visitor = house.visitor()
    joe.next()
    joe.say(f"!ACCEPT {visitor.id}")
    joe.next()
    visitor.expect("Your chat has started.")
    return joe, visitor


def test_sigterm_says_goodbye_and_exits_0(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, _ = begin(house)
    joe.wait_for_presence(BOT, {"available", "chat"})
    assert house.store.availability() == "online"
    assert house.broker.stop() == 0
    joe.wait_for_presence(BOT, {"gone"})
    assert house.store.availability() == "offline"


def test_a_broker_restarted_in_mid_chat_loses_nothing(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, visitor = begin(house)
    visitor.say("before")
    joe.expect("before")
    house.broker.stop()
    visitor.say("while it was down")
    joe.say("said to nobody")
    joe.ping()
    house.broker.start()
    joe.expect("while it was down")
    visitor.expect("said to nobody")
    joe.say("after")
    visitor.expect("after")
    visitor.say("after")
    joe.expect("after")


def test_a_broker_killed_in_a_flood_of_lines_loses_and_doubles_none(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, visitor = begin(house)
    lines = [f"line {n}" for n in range(300)]
    for number, line in enumerate(lines):
        visitor.say(line)
        if number == 150:
            joe.expect(lines[0])
            house.broker.kill()
    house.broker.start()
    for line in lines[1:]:
        joe.expect(line)
    visitor.say("the end")
    joe.expect("the end")


def test_agents_lines_survive_a_killed_broker_exactly_once(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, visitor = begin(house)
    lines = [f"line {n}" for n in range(100)]
    for number, line in enumerate(lines):
        joe.say(line)
        if number == 50:
            joe.ping()
            house.broker.kill()
    joe.ping()
    house.broker.start()
    for line in lines:
        visitor.expect(line)
    joe.say("the end")
    visitor.expect("the end")


def test_a_killed_server_is_found_again_and_lines_go_on(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, visitor = begin(house)
    house.prosody.kill()
    until(lambda: bool(house.store.availability() == "offline"), "the store to say offline", RECONNECT)
    visitor.say("into the dark")
    house.prosody.restart()
    house.broker.wait_until_online_again(2)
    again = house.agent(JOE, "again")
    again.expect("into the dark", RECONNECT)
    again.say("light")
    visitor.expect("light", RECONNECT)


def test_a_server_that_stands_still_for_a_while_loses_nothing(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, visitor = begin(house)
    house.prosody.pause()
    for n in range(20):
        visitor.say(f"line {n}")
    house.prosody.resume()
    for n in range(20):
        joe.expect(f"line {n}", RECONNECT)
