"""Ten visitors and four agents at once: every line arrives, in order, and at nobody else's."""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from harness.agent import Agent
from harness.house import ANN, BOB, EVE, JOE, House
from harness.page import chromium, new_page
from harness.visitor import Visitor
from harness.widget import Widget

LINES = 8
#: Two of the ten use the real page; more browsers would only measure this machine.
PAGES = 2
VISITORS = 10


def test_ten_visitors_talk_to_four_agents_and_no_line_reaches_the_wrong_person(
    open_house: Callable[..., House],
) -> None:
    house = open_house(agents=(JOE, BOB, ANN, EVE))
    agents = [house.agent(address) for address in (JOE, BOB, ANN, EVE)]
    site = house.site()
    salt = secrets.token_hex(4)

    with chromium() as browser:
        pages = [Widget(new_page(browser), f"{site.url}/") for _ in range(PAGES)]
        for each in pages:
            each.start()
        offered = _numbers(agents[0], PAGES)
        visitors = [house.visitor(f"visitor{n}") for n in range(VISITORS - PAGES)]
        for agent in agents[1:]:
            _numbers(agent, PAGES)
        numbers = [*offered, *(visitor.id for visitor in visitors)]
        for agent in agents:
            assert _numbers(agent, VISITORS - PAGES) == numbers[PAGES:]

        # Three, three, two, two: everybody handles several, so every line says whose it is.
        handled: dict[Agent, list[int]] = defaultdict(list)
        for position, number in enumerate(numbers):
            agent = agents[position % len(agents)]
            agent.say(f"!ACCEPT {number}")
            agent.expect_like(rf"You are now handling chat #{number}\. .*")
            handled[agent].append(number)
        _read_the_rest(agents)

        def talk(visitor: Visitor) -> None:
            visitor.expect("Your chat has started.")
            for n in range(LINES):
                visitor.say(_line(salt, "visitor", visitor.id, n))

        def answer(agent: Agent) -> None:
            for n in range(LINES):
                for number in handled[agent]:
                    agent.say(f"#{number} {_line(salt, 'agent', number, n)}")

        with ThreadPoolExecutor(VISITORS + len(agents)) as everybody:
            jobs = [everybody.submit(talk, visitor) for visitor in visitors]
            jobs += [everybody.submit(answer, agent) for agent in agents]
            for number, each in zip(offered, pages, strict=True):
                each.expect("Your chat has started.")
                for n in range(LINES):
                    each.say(_line(salt, "visitor", number, n))
            for job in jobs:
                job.result()

        for agent in agents:
            heard: dict[int, list[str]] = {number: [] for number in handled[agent]}
            for _ in range(LINES * len(heard)):
                match = agent.expect_like(r"#(\d+) [^:]+: (.*)")
                heard[int(match[1])].append(match[2])
            assert heard == {
                number: [_line(salt, "visitor", number, n) for n in range(LINES)] for number in heard
            }

        for visitor in visitors:
            for n in range(LINES):
                visitor.expect(_line(salt, "agent", visitor.id, n))
            visitor.poll()
            assert len(visitor.heard()) == LINES
        for number, each in zip(offered, pages, strict=True):
            each.expect(_line(salt, "agent", number, LINES - 1))
            lines = each.lines()
            assert [line for line in lines if " agent " in line] == [
                _line(salt, "agent", number, n) for n in range(LINES)
            ]
            assert [line for line in lines if " visitor " in line] == [
                _line(salt, "visitor", number, n) for n in range(LINES)
            ]

        for agent in agents:
            agent.ping()
            assert agent.untaken() == [], agent.address
            assert agent.repeats == 0 and agent.bounced == []


def _line(salt: str, side: str, number: int, n: int) -> str:
    return f"{salt} {side} of {number}, line {n}"


def _numbers(agent: Agent, count: int) -> list[int]:
    """Reads `count` offers; returns the numbers of their chats."""
    offer = r"Remote user '.*' wants to start a conversation\. .*'!ACCEPT (\d+)'\."
    return [int(agent.expect_like(offer)[1]) for _ in range(count)]


def _read_the_rest(agents: list[Agent]) -> None:
    """Takes what else was said while everybody accepted: that chats were taken by somebody else."""
    for agent in agents:
        agent.ping()
        for text in agent.untaken():
            assert not re.match(r"#\d+ ", text), text
            agent.next()
