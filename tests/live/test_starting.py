"""What the broker says when it cannot start, and what `check` finds. Configs that need no server to be wrong are
tested beside the broker's own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness import broker
from harness.house import BOT, JOE, PASSWORD, House

UNTRUSTED = {"ca_file": ""}


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house(start_broker=False)


def config(house: House, **changes: str) -> Path:
    """The spec's config with some values changed; an empty value takes the line out."""
    values: Mapping[str, str] = {
        "sqlitedb": str(house.folder / "other.db"),
        "localusers": JOE,
        "username": BOT,
        "password": PASSWORD,
        "server": house.prosody.server,
        "ca_file": str(house.prosody.ca_file),
        **changes,
    }
    path = house.folder / "changed.ini"
    path.write_text("[Seshat]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value))
    return path


def sentence(done: CompletedProcess[str]) -> str:
    """The last thing said; the rest may be log lines, but never the password or a dump."""
    said = (done.stdout + done.stderr).strip().splitlines()
    assert said and PASSWORD not in done.stdout + done.stderr
    assert not any(mark in said[-1] for mark in ("{", "Error(", "Some(", "::")), said[-1]
    return said[-1]


def test_a_wrong_password_ends_it_with_one_sentence(house: House) -> None:
    for command in ([], ["check"]):
        done = broker.run(*command, config(house, password="guessed"))
        assert done.returncode != 0
        assert "password" in sentence(done) and "guessed" not in done.stdout + done.stderr


def test_a_host_the_server_does_not_know_ends_it_with_one_sentence(house: House) -> None:
    for command in ([], ["check"]):
        done = broker.run(*command, config(house, username="webchat@elsewhere.example"))
        assert done.returncode != 0
        assert "elsewhere.example" in sentence(done)


def test_an_untrusted_certificate_ends_it_with_one_sentence(house: House) -> None:
    for command in ([], ["check"]):
        done = broker.run(*command, config(house, **UNTRUSTED))
        assert done.returncode != 0
        assert "certificate" in sentence(done)


def test_check_says_when_nobody_answers(house: House) -> None:
    port = house.prosody.port
    house.prosody.stop()
    done = broker.run("check", config(house))
    assert done.returncode != 0
    assert str(port) in sentence(done)
    house.prosody.restart()


def test_check_is_content_with_the_specs_config(house: House) -> None:
    done = broker.run("check", house.broker.config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert JOE in done.stdout + done.stderr or BOT in done.stdout + done.stderr


def test_check_is_content_with_a_port_that_begins_with_tls(house: House) -> None:
    done = broker.run("check", config(house, tls="direct", server=f"127.0.0.1:{house.prosody.direct_tls_port}"))
    assert done.returncode == 0, done.stdout + done.stderr
