"""What could keep the broker offline or make it forget: huge texts, lines a server does not take, a locked store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from harness.agent import Agent
from harness.broker import RECONNECT
from harness.house import BOB, BOT, JOE, House
from harness.process import until
from harness.visitor import Visitor


def begin(house: House, joe: Agent, name: str = "customer") -> Visitor:
    """One more chat that Joe has accepted."""
    visitor = house.visitor(name)
    joe.next()
    joe.say(f"!ACCEPT {visitor.id}")
    joe.next()
    visitor.expect("Your chat has started.")
    return visitor


def test_thousands_of_short_lines_from_a_long_name_arrive_and_nothing_ends(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    anna = begin(house, joe, "&" * 100)
    ben = begin(house, joe, "ben")
    anna.say("a\n" * 1999 + "z")
    lines = joe.next().text.split("\n")
    assert lines[0] == f"#{anna.id} {'&' * 100}: a"
    assert lines[1:] == [f"#{anna.id}: a"] * 1998 + [f"#{anna.id}: z"]
    ben.say("Hello?")
    joe.expect(f"#{ben.id} ben: Hello?")
    assert "offline" not in house.broker.child.said()


def test_the_longest_queue_is_shown(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    for number in range(50):
        house.store.start(f"visitor {number}", page="https://shop.example/?" + "&" * 1970)
        joe.next()
    joe.say("!WAITING")
    shown = joe.next().text.split("\n")
    assert len(shown) == 51 and all(len(line) < 200 for line in shown)
    assert "offline" not in house.broker.child.said()


def test_a_line_the_server_ends_sessions_for_is_given_up_and_the_next_ones_arrive(
    open_house: Callable[..., House],
) -> None:
    house = open_house(start_broker=False)
    house.prosody.stop()
    config = house.prosody.config.read_text()
    house.prosody.config.write_text("c2s_stanza_size_limit = 10240\n" + config)
    house.prosody.restart()
    with house.broker:
        joe = house.agent(JOE)
        visitor = begin(house, joe)
        visitor.say("&" * 4000)
        visitor.say("Hello?")
        # Which comes first depends on how much the server still reads of a session it has ended.
        notice, line = sorted((joe.next(RECONNECT).text for _ in range(2)), key=lambda text: text == "Hello?")
        assert "could not be delivered" in notice and line == "Hello?"
        assert "gave up a line" in house.broker.child.said()
        joe.say("I am here.")
        visitor.expect("I am here.", RECONNECT)


def test_presence_that_met_a_locked_store_is_not_forgotten(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    until(lambda: bool(house.store.availability() == "online"), "Joe to be there")
    other = sqlite3.connect(house.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bob = house.agent(BOB)
    joe.logout()
    # The broker has met the lock when it says so.
    house.broker.child.wait_for_line("could not", 30)
    other.execute("COMMIT")
    other.close()
    visitor = house.visitor()
    bob.expect_like(rf"Remote user 'customer' .* '!ACCEPT {visitor.id}'\.", 30)
    bob.logout()
    until(lambda: bool(house.store.availability() == "offline"), "nobody to be there", 30)


def test_what_means_more_than_its_text_is_not_relayed(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    visitor = begin(house, joe)
    for payload, told in [
        ("<retract xmlns='urn:xmpp:message-retract:1' id='x'/>", "Nothing was taken back"),
        ("<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>", "encrypt"),
        ("<replace xmlns='urn:xmpp:message-correct:0' id='x'/>", "correction"),
        ("<reactions xmlns='urn:xmpp:reactions:0' id='x'/>", "reaction"),
    ]:
        joe.send_raw(f"<message type='chat' to='{BOT}'>{payload}<body>!FINISH</body></message>")
        assert told in joe.next().text
    joe.say("Still open?")
    visitor.expect("Still open?")
