"""The visitor's verbs, as a website calls them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import seshat
from conftest import JOE, Agent


def texts(state: seshat.State) -> list[str]:
    return [message.text for message in state.messages]


def test_the_store_is_made_when_missing_and_found_again(path: Path) -> None:
    with seshat.open(path) as store:
        token = store.start("customer", text="Where is my order?").token
        assert store.path == path
    with seshat.open(str(path), durability="full", create=False) as store:
        assert texts(store.chat(token).poll()) == ["Where is my order?"]


def test_a_chat_has_a_number_and_a_token(store: seshat.Store) -> None:
    first, second = store.start("Ann"), store.start()
    assert (first.id, second.id) == (1, 2)
    assert len(first.token) == 43 and first.token != second.token
    assert first.new
    again = store.chat(first.token)
    assert (again.id, again.token, again.new) == (1, first.token, False)


def test_repr_shows_no_secret(store: seshat.Store) -> None:
    chat = store.start("Ann", text="my password is xyzzy")
    assert repr(chat) == "Chat(id=1)"
    assert chat.token not in repr(chat) + repr(store) + repr(chat.poll())
    assert repr(chat.poll().messages[0]) == "Message(seq=1, sender='visitor', text='my password is xyzzy')"


def test_a_message_knows_who_when_and_what(store: seshat.Store) -> None:
    chat = store.start("customer")
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    message = chat.send("Hi!", key="k1")
    assert (message.seq, message.sender, message.text) == (1, "visitor", "Hi!")
    assert (message.key, message.code) == ("k1", None)
    assert message.at.tzinfo is timezone.utc
    assert before <= message.at <= datetime.now(timezone.utc) + timedelta(seconds=1)
    assert chat.poll().messages == (message,)
    assert hash(chat.poll().messages[0]) == hash(message)


def test_objects_are_frozen(store: seshat.Store) -> None:
    chat = store.start("customer", text="Hi!")
    state = chat.poll()
    for thing, name in ((chat, "token"), (state, "rev"), (state.messages[0], "text"), (store, "path")):
        with pytest.raises(AttributeError):
            setattr(thing, name, "other")
        with pytest.raises(AttributeError):
            setattr(thing, "anything", "new")


def test_the_same_key_is_the_same_message(store: seshat.Store) -> None:
    chat = store.start("customer", key="start-key-0123456")
    assert chat.send("Hi!", "k") == chat.send("Hi!", key="k")
    again = store.start("customer", key="start-key-0123456")
    assert (again.id, again.token, again.new) == (chat.id, chat.token, False)
    assert texts(chat.poll()) == ["Hi!"]


def test_a_state_is_all_a_visitor_can_see(store: seshat.Store, joe: Agent) -> None:
    chat = store.start("customer", text="Hi!")
    waiting = chat.poll()
    assert (waiting.id, waiting.state, waiting.position, waiting.reason) == (1, "waiting", 1, None)
    assert (waiting.agent, waiting.availability, waiting.last_seq) == (None, "offline", 1)

    joe.accept(chat)
    joe.desk.typing(JOE)
    state = chat.poll(after=1)
    assert (state.state, state.position, state.availability) == ("open", None, "online")
    assert state.agent is not None and (state.agent.name, state.agent.typing) == ("Joe", True)
    assert repr(state.agent) == "Agent(name='Joe', typing=True)"
    assert state.rev > waiting.rev
    assert [(m.sender, m.text, m.code) for m in state.messages] == [
        ("system", "Your chat has started.", "accepted")
    ]
    joe.say("Hello, customer.")
    said = chat.poll(after=2).messages[0]
    assert (said.sender, said.name, said.text) == ("agent", "Joe", "Hello, customer.")

    joe.finish()
    closed = chat.poll(after=3)
    assert (closed.state, closed.reason) == ("closed", "finished")
    assert texts(closed) == ["The chat is now closed."]


def test_poll_gives_nothing_when_the_rev_is_unchanged(store: seshat.Store) -> None:
    chat = store.start("customer", text="Hi!")
    state = chat.poll()
    assert chat.poll(after=1, rev=state.rev) is None
    assert chat.poll(after=0, rev=state.rev) is not None
    chat.send("Hello?")
    news = chat.poll(after=1, rev=state.rev)
    assert news is not None and texts(news) == ["Hello?"]


def test_poll_brings_at_most_the_limit_and_says_there_is_more(store: seshat.Store) -> None:
    chat = store.start("customer")
    for n in range(1, 151):
        chat.send(str(n))
    state = chat.poll()
    assert (len(state.messages), state.last_seq) == (100, 150)
    assert texts(chat.poll(after=100)) == [str(n) for n in range(101, 151)]
    assert texts(chat.poll(limit=2)) == ["1", "2"]


def test_typing_read_and_rate_are_taken(store: seshat.Store, joe: Agent) -> None:
    chat = store.start("customer", text="Hi!")
    joe.accept(chat)
    chat.typing()
    chat.typing(False)
    chat.read(2)
    chat.rate(1)
    assert chat.poll().rating == 1
    chat.finish()
    chat.rate(-1)
    assert (chat.poll().rating, chat.poll().reason) == (-1, "finished")


def test_finishing_twice_is_the_same_as_once(store: seshat.Store) -> None:
    chat = store.start("customer")
    chat.finish()
    rev = chat.poll().rev
    chat.finish()
    assert (chat.poll().rev, chat.poll().reason) == (rev, "abandoned")


def test_what_a_site_knows_goes_with_the_chat(store: seshat.Store, joe: Agent) -> None:
    store.start(
        "Ann",
        text="Hi!",
        email="ann@example.com",
        page="https://shop.example/tents",
        locale="de-AT",
        fields={"order": 7, "größe": ["M", None]},
    )
    joe.come_online()
    offers = [out for out in joe.desk.claim() if out["kind"] == "offer"]
    assert [(out["visitor"], out["chat"], out["to"]) for out in offers] == [("Ann", 1, JOE)]


def test_availability_follows_the_desk(store: seshat.Store, joe: Agent) -> None:
    assert store.availability() == "offline"
    joe.come_online()
    assert store.availability() == "online"
    joe.desk.presence(JOE, show="away")
    assert store.availability() == "away"
    joe.desk.beat(connected=False)
    assert store.availability() == "offline"


def test_a_left_message_reaches_the_agents(store: seshat.Store, joe: Agent) -> None:
    joe.desk.set_agents([(JOE, "Joe")])
    first = store.leave("Ann", "ann@example.com", "Call me", page="/", key="k")
    assert store.leave("Ann", "ann@example.com", "Call me", key="k") == first
    assert store.leave(None, "bob@example.com", "Me too") != first
    joe.come_online()
    left = [out for out in joe.desk.claim() if out["kind"] == "left"]
    assert [(out["visitor"], out["email"], out["text"]) for out in left] == [
        ("Ann", "ann@example.com", "Call me"),
        ("visitor", "bob@example.com", "Me too"),
    ]


def test_the_snippet_names_the_base(store: seshat.Store) -> None:
    assert '<div data-seshat data-base="/seshat"></div>' in store.snippet()
    assert store.snippet(base="/chat") == store.snippet("/seshat").replace("/seshat/", "/chat/").replace(
        '"/seshat"', '"/chat"'
    )


def test_a_closed_store_says_so(path: Path) -> None:
    store = seshat.open(path)
    chat = store.start("customer")
    assert not store.closed
    store.close()
    store.close()
    assert store.closed and repr(store) == "<seshat.Store closed>"
    for call in (store.availability, store.start, chat.poll, lambda: chat.send("x"), lambda: store.path):
        with pytest.raises(seshat.InvalidError, match="it is closed"):
            call()
    assert chat.id == 1, "what is known needs no store"


def test_leaving_the_context_closes_the_store_also_after_an_error(path: Path) -> None:
    with pytest.raises(RuntimeError), seshat.open(path) as store:
        raise RuntimeError
    assert store.closed
