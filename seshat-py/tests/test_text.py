"""Texts from all over the world, and texts that are none."""

from __future__ import annotations

import pytest

import seshat
from conftest import Agent

WORLD = [
    "Grüße aus Österreich",
    "Привет, где мой заказ?",
    "שלום عليكم \u202eabc\u202c",
    "こんにちは 👩‍👩‍👧‍👦 🏕️",
    "e\u0301 and \u00e9 stay what they are",
    "𝕳𝖎 \U0010ffff",
    "tab\tand\nnew line",
    "<script>alert(1)</script> & ]]> '\" `; DROP TABLE message; --",
    "!ACCEPT 1",
    "%s {0} ${x} \\ud83c \\x00",
]


@pytest.mark.parametrize("text", WORLD)
def test_text_comes_back_as_it_was_said(store: seshat.Store, joe: Agent, text: str) -> None:
    chat = store.start(name=text.replace("\n", " ").replace("\t", " ")[:50], text=text)
    assert chat.send(text).text == text
    joe.accept(chat)
    joe.say(text)
    assert [m.text for m in chat.poll().messages if m.sender != "system"] == [text] * 3
    assert [out["text"] for out in joe.desk.claim() if out["kind"] == "line"] == [text] * 2


def test_what_xml_forbids_leaves_a_visible_mark(store: seshat.Store) -> None:
    chat = store.start("customer")
    assert chat.send("a\0b\x1b[31m\uffff").text == "a\ufffdb\ufffd[31m\ufffd"


def test_half_a_surrogate_pair_is_no_text(store: seshat.Store) -> None:
    chat = store.start("customer")
    for call, field in (
        (lambda: chat.send("\ud800"), "text"),
        (lambda: chat.send("x", key="\udfff"), "key"),
        (lambda: store.start("\ud83c"), "name"),
        (lambda: store.leave("x", "a@b.\ud83c", "x"), "email"),
    ):
        with pytest.raises(seshat.InvalidError) as caught:
            call()
        assert caught.value.field == field
    assert chat.poll().last_seq == 0


def test_the_limit_counts_characters(store: seshat.Store) -> None:
    chat = store.start("customer")
    assert len(chat.send("🏕" * 4000).text) == 4000
    with pytest.raises(seshat.TooLong):
        chat.send("🏕" * 4001)
