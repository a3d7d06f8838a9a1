"""The chat's routes under WSGI: checked by wsgiref's validator, and under a real gunicorn."""

from __future__ import annotations

import io
import logging
import os
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse

import seshat
from seshat.integrations import Proxies, User
from seshat.integrations.wsgi import create_app, read_body
from servers import KEY, OWN, Server, call, gunicorn


class Buffered(Client):
    """Reads and closes every answer, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


def post(client: Client, path: str, body: dict[str, Any], **more: Any) -> TestResponse:
    return client.post(f"/seshat{path}", json=body, headers=OWN, **more)


@pytest.fixture
def client(store: seshat.Store) -> Client:
    return Buffered(validator(create_app(store)))


def test_a_visit_from_start_to_end(client: Client) -> None:
    started = post(client, "/chats", {"key": KEY, "name": "Ann", "text": "Grüße 🏕"})
    assert started.status == "201 Created"
    assert started.headers["Content-Length"] == str(len(started.data))
    state = started.get_json()
    assert [m["text"] for m in state["messages"]] == ["Grüße 🏕"]

    sent = post(client, "/messages", {"key": "m1", "text": "Hello?", "after": 1})
    assert [m["text"] for m in sent.get_json()["messages"]] == ["Hello?"]
    idle = client.get(f"/seshat/poll?after=2&rev={sent.get_json()['rev']}")
    assert (idle.status_code, idle.data) == (204, b"")
    assert "Content-Length" not in idle.headers and "Content-Type" not in idle.headers

    assert post(client, "/events", {"type": "end"}).get_json()["chat"]["state"] == "closed"
    transcript = client.get("/seshat/transcript")
    assert transcript.mimetype == "text/plain" and "Grüße 🏕" in transcript.get_data(as_text=True)
    assert post(client, "/messages", {"key": "m2", "text": "x"}).status == "409 Conflict"


def test_head_has_no_body(client: Client) -> None:
    answer = client.head("/seshat/availability")
    assert (answer.status_code, answer.data) == (200, b"")


def test_everything_else_is_not_found(client: Client) -> None:
    for path in ("/", "/seshat", "/seshat/", "/other", "/seshat/pöll"):
        assert client.get(path).status_code == 404


def test_assets_are_the_widgets_files(client: Client, store: seshat.Store) -> None:
    for address in re.findall(r'(?:href|src)="([^"]+)"', store.snippet()):
        answer = client.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
        assert len(answer.data) > 1000


def test_other_sites_may_not_call(client: Client) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = client.post("/seshat/chats", json={"key": KEY}, headers=headers)
        assert answer.status_code == 403
    own = client.post("/seshat/chats", json={"key": KEY}, headers={"Origin": "http://localhost"})
    assert own.status_code == 201


def test_the_site_says_who_is_logged_in(store: seshat.Store) -> None:
    def user(environ: Any) -> User | str | None:
        known: dict[str, User | str] = {"ann": User("Ann Example", "ann@example.com"), "bob": "Bob"}
        return known.get(environ["REMOTE_USER"])

    client = Client(create_app(store, user=user))
    for n, (remote_user, name) in enumerate([("ann", "Ann Example"), ("bob", "Bob"), ("", "Page")]):
        start = {"key": f"{KEY}-{n}", "name": "Page"}
        post(Client(create_app(store, user=user)), "/chats", start, environ_overrides={"REMOTE_USER": remote_user})
    leave = {"key": KEY, "text": "no address given"}
    assert post(client, "/leave", leave, environ_overrides={"REMOTE_USER": "ann"}).status_code == 201
    assert post(client, "/leave", leave, environ_overrides={"REMOTE_USER": "bob"}).status_code == 422


def test_a_user_without_an_email_may_chat(store: seshat.Store) -> None:
    client = Client(create_app(store, user=lambda environ: User("Ann Example", "")))
    assert post(client, "/chats", {"key": KEY}).status_code == 201
    leave = {"key": KEY, "text": "Hello?"}
    assert post(client, "/leave", leave).status_code == 422
    assert post(client, "/leave", {**leave, "email": "ann@example.com"}).status_code == 201


def test_options_reach_the_contract(store: seshat.Store) -> None:
    client = Client(
        create_app(store, base="/chat", cookie="visitor", message_rate=(1, 60.0), max_text_chars=5, max_wait=25.0)
    )
    started = client.post("/chat/chats", json={"key": KEY}, headers=OWN)
    assert started.headers["Set-Cookie"].startswith("visitor=") and "Path=/chat;" in started.headers["Set-Cookie"]
    assert started.get_json()["poll"]["wait"] == 25

    def say(key: str, text: str) -> TestResponse:
        return client.post("/chat/messages", json={"key": key, "text": text}, headers=OWN)

    assert say("a", "123456").status_code == 413
    assert say("b", "12345").status_code == 201
    limited = say("c", "12345")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "60")
    with pytest.raises(TypeError):
        create_app(store, no_such_option=1)


def test_a_body_that_is_too_long_is_not_kept(store: seshat.Store) -> None:
    client = Buffered(validator(create_app(store, max_body=1000)))
    assert post(client, "/chats", {"key": KEY, "text": "x" * 2000}).status_code == 413
    assert post(client, "/chats", {"key": KEY, "text": "x" * 500}).status_code == 201


@pytest.mark.parametrize(
    ("environ", "body"),
    [
        ({"CONTENT_LENGTH": "5"}, b"01234"),
        ({"CONTENT_LENGTH": "99"}, b"0123456789a"),
        ({"CONTENT_LENGTH": ""}, b""),
        ({}, b""),
        ({"CONTENT_LENGTH": "nonsense"}, b""),
        ({"CONTENT_LENGTH": "-1"}, b""),
        ({"wsgi.input_terminated": True}, b"0123456789a"),
    ],
)
def test_only_what_was_announced_is_read(environ: dict[str, Any], body: bytes) -> None:
    assert read_body({"wsgi.input": io.BytesIO(b"0123456789abcdef"), **environ}, 10) == body


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(store: seshat.Store) -> None:
    def starts(trusted: list[str], peer: str, forwarded: Callable[[int], str]) -> list[int]:
        app = create_app(store, trusted_proxies=trusted)
        answers = []
        for n in range(6):
            key = f"{KEY}-{peer}-{len(trusted)}-{n}"
            environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded(n)}
            answers.append(post(Client(app), "/chats", {"key": key}, environ_overrides=environ).status_code)
        return answers

    assert starts([], "192.0.2.1", lambda n: f"198.51.100.{n}") == [201] * 5 + [429], "forged"
    assert starts(["10.0.0.0/8"], "10.0.0.1", lambda n: f"198.51.100.{n}") == [201] * 6
    assert starts(["10.0.0.0/8"], "10.0.0.2", lambda n: f"6.6.6.{n}, 203.0.113.9") == [201] * 5 + [429], "forged"


def test_a_trusted_proxy_says_whether_it_was_https(store: seshat.Store) -> None:
    client = Client(create_app(store, trusted_proxies=["127.0.0.1"]))

    def start(n: int, peer: str) -> str:
        environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": "https"}
        fresh = Client(client.application)
        return post(fresh, "/chats", {"key": f"{KEY}-{n}"}, environ_overrides=environ).headers["Set-Cookie"]

    assert start(1, "127.0.0.1").endswith("; Secure")
    assert not start(2, "192.0.2.1").endswith("; Secure")


def test_proxies_are_a_list() -> None:
    with pytest.raises(TypeError):
        Proxies("127.0.0.1")
    with pytest.raises(ValueError):
        Proxies(["localhost"])
    assert Proxies(["127.0.0.1"]).client("127.0.0.1", "") == "127.0.0.1"
    assert not Proxies(["127.0.0.1"]).trusts("")
    assert not Proxies(["unix"]).trusts("127.0.0.1")


def test_a_proxy_may_write_ports() -> None:
    proxies = Proxies(["10.0.0.0/8", "2001:db8::/32"])
    assert proxies.client("10.0.0.1:99", "9.9.9.9:1, 10.0.0.2:2, [2001:db8::1]:3") == "9.9.9.9:1"
    assert proxies.client("10.0.0.1", "[2001:db8::1]") == "[2001:db8::1]"


def test_a_proxy_may_come_through_a_unix_socket(store: seshat.Store) -> None:
    def starts(trusted: list[str], forwarded: Callable[[int], str]) -> list[int]:
        app = create_app(store, trusted_proxies=trusted)
        answers = []
        for n in range(6):
            key = f"{KEY}-{forwarded(0)}-{len(trusted)}-{n}"
            environ = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": forwarded(n)}
            answers.append(post(Client(app), "/chats", {"key": key}, environ_overrides=environ).status_code)
        return answers

    assert starts([], lambda n: f"198.51.100.{n}") == [201] * 5 + [429], "forged, and all of them are one"
    assert starts(["unix"], lambda n: f"198.51.100.{n}") == [201] * 6
    assert starts(["unix"], lambda n: f"9.9.9.9:{1000 + n}") == [201] * 5 + [429], "a port is no address"


def test_what_fails_inside_is_logged_and_not_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with seshat.open(path) as store:
        client = Client(create_app(store))
        os.replace(path, path.with_suffix(".gone"))
        # The library looks once a second whether its file is still there.
        with caplog.at_level(logging.ERROR, "seshat"):
            for _ in range(200):
                answer = client.get("/seshat/availability")
                if answer.status_code != 200:
                    break
                signal.sigtimedwait([], 0.02)
        assert answer.status_code == 500
        assert "chat.db" in caplog.text and "chat.db" not in answer.get_data(as_text=True)


SITE = """
    import os, seshat
    from seshat.integrations.wsgi import create_app

    store = seshat.open(os.environ["SESHAT_DB"], durability="normal")
    store.availability()  # The master has used it before it forks.
    app = create_app(store, max_wait=20, message_rate=None, start_rate=None)
"""


def site(folder: Path, *arguments: str) -> AbstractContextManager[Server]:
    return gunicorn(folder, SITE, "site_of_test:app", *arguments)


@pytest.mark.parametrize(
    "arguments",
    [("--workers", "3"), ("--workers", "3", "--preload"), ("--workers", "2", "--preload", "--threads", "4")],
    ids=["sync", "sync-preload", "threads-preload"],
)
def test_under_gunicorn_nothing_is_lost_or_doubled(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with site(tmp_path, *arguments) as where:

        def visit(n: int) -> list[str]:
            status, _, cookie = call(where, "POST", "/chats", {"key": f"{KEY}-{n}", "text": f"{n}: 0"})
            assert status == 201
            for line in range(1, 20):
                message = {"key": f"m{line}", "text": f"{n}: {line}", "after": line}
                for _ in range(2):
                    assert call(where, "POST", "/messages", message, cookie)[0] == 201
            _, state, _ = call(where, "GET", "/poll", cookie=cookie)
            return [message["text"] for message in state["messages"]]

        with ThreadPoolExecutor(6) as pool:
            for n, said in enumerate(pool.map(visit, range(6))):
                assert said == [f"{n}: {line}" for line in range(20)]


def test_under_gunicorn_a_long_poll_is_answered_when_there_is_news(tmp_path: Path) -> None:
    with site(tmp_path, "--workers", "2", "--threads", "4") as where, ThreadPoolExecutor(4) as pool:
        _, state, cookie = call(where, "POST", "/chats", {"key": KEY, "text": "Hi!"})
        query = f"/poll?after=1&rev={state['rev']}&wait=20"
        waiting = [pool.submit(call, where, "GET", query, None, cookie) for _ in range(3)]
        call(where, "POST", "/messages", {"key": "m", "text": "Hello?"}, cookie)
        for poll in waiting:
            status, news, _ = poll.result(30)
            assert (status, news["messages"][0]["text"]) == (200, "Hello?")


def test_under_gunicorn_a_body_that_is_too_long_is_answered(tmp_path: Path) -> None:
    with site(tmp_path) as where:
        status, error, _ = call(where, "POST", "/chats", b" " * 1_000_000)
        assert (status, error["error"]["code"]) == (413, "too_long")
