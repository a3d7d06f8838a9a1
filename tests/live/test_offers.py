"""Who is offered a chat, and when."""

from __future__ import annotations

from collections.abc import Callable

from harness.house import BOB, JOE, House
from harness.process import until


def offer(number: int, name: str = "customer") -> str:
    return (
        f"Remote user '{name}' wants to start a conversation. "
        f"To accept this request, reply with the message '!ACCEPT {number}'."
    )


def availability(house: House, wanted: str) -> None:
    until(lambda: bool(house.store.availability() == wanted), f"the store to say {wanted!r}")


def test_every_agent_who_is_there_is_offered_a_chat(open_house: Callable[..., House]) -> None:
    house = open_house()
    agents = [house.agent(JOE), house.agent(BOB)]
    availability(house, "online")
    visitor = house.visitor()
    for agent in agents:
        agent.expect(offer(visitor.id))


def test_an_agent_who_comes_late_is_offered_what_waits_in_order(open_house: Callable[..., House]) -> None:
    house = open_house()
    waiting = [house.visitor(name) for name in ("first", "second", "third")]
    joe = house.agent(JOE)
    for visitor in waiting:
        joe.expect(offer(visitor.id, visitor.name))


def test_an_agent_who_is_away_is_offered_nothing_until_back(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    availability(house, "online")
    joe.away()
    availability(house, "away")
    visitor = house.visitor()
    # Bob's offer shows that the round of offers is over.
    bob = house.agent(BOB)
    bob.expect(offer(visitor.id))
    joe.ping()
    assert joe.untaken() == []
    joe.available()
    joe.expect(offer(visitor.id))


def test_an_agent_is_there_while_one_of_their_clients_is(open_house: Callable[..., House]) -> None:
    house = open_house()
    desk = house.agent(JOE, "desk")
    phone = house.agent(JOE, "phone")
    availability(house, "online")
    desk.away("dnd")
    phone.ping()
    visitor = house.visitor()
    phone.expect(offer(visitor.id))
    phone.away("xa")
    availability(house, "away")
    desk.logout()
    phone.logout()
    availability(house, "offline")


def test_only_the_first_to_accept_gets_the_chat(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe, bob = house.agent(JOE), house.agent(BOB)
    availability(house, "online")
    visitor = house.visitor()
    joe.expect(offer(visitor.id))
    bob.expect(offer(visitor.id))
    joe.say(f"!accept {visitor.id}")
    joe.expect(f"You are now handling chat #{visitor.id}. Send '!FINISH' when you are done.")
    bob.say(f"!ACCEPT {visitor.id}")
    assert "joe" in bob.next().text.lower()
    bob.say("Am I on the visitor's page?")
    bob.next()
    visitor.expect("Your chat has started.")
    joe.say("Only I am.")
    visitor.expect("Only I am.")


def test_a_word_nobody_knows_is_answered_and_never_relayed(open_house: Callable[..., House]) -> None:
    house = open_house()
    joe = house.agent(JOE)
    visitor = house.visitor()
    joe.expect(offer(visitor.id))
    joe.say(f"!ACCEPT {visitor.id}")
    joe.expect(f"You are now handling chat #{visitor.id}. Send '!FINISH' when you are done.")
    joe.say("!FINSH")
    assert "!HELP" in joe.next().text
    joe.say("Still here?")
    visitor.expect("Your chat has started.")
    visitor.expect("Still here?")


def test_what_was_left_while_nobody_was_there_reaches_the_first_who_comes(open_house: Callable[..., House]) -> None:
    house = open_house()
    house.store.leave("Ann", "ann@mail.example", "Do you ship to Norway?")
    joe = house.agent(JOE)
    left = joe.next().text
    assert "Ann" in left and "ann@mail.example" in left and "Do you ship to Norway?" in left
