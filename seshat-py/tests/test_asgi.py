"""The chat's routes under ASGI: called as a server calls them, and under a real uvicorn."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Optional

import pytest

import seshat
from seshat.integrations import User
from seshat.integrations.asgi import App, create_app
from servers import KEY, LONG, OWN, Server, call, get, uvicorn

Answer = tuple[int, dict[str, str], bytes]


def ask(app: App, method: str, path: str, body: Any = None, **scope: Any) -> Answer:
    """One request, its body in two pieces."""
    data = b"" if body is None else json.dumps(body).encode()
    events = [
        {"type": "http.request", "body": data[:10], "more_body": True},
        {"type": "http.request", "body": data[10:], "more_body": False},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0) if events else await asyncio.Event().wait()

    async def send(event: Any) -> None:
        sent.append(event)

    path, _, query = path.partition("?")
    headers = {"content-type": "application/json", "host": "shop.example", **OWN, **scope.pop("headers", {})}
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), **scope}
    scope["headers"] = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope["headers"] += [(b"cookie", cookie.encode()) for cookie in scope.pop("cookies", ())]
    asyncio.run(asyncio.wait_for(app(scope, receive, send), LONG))
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


def test_a_visit_from_start_to_end(store: seshat.Store) -> None:
    app = create_app(store)
    status, headers, body = ask(app, "POST", "/seshat/chats", {"key": KEY, "text": "Grüße 🏕"})
    assert (status, headers["content-length"]) == (201, str(len(body)))
    assert json.loads(body)["messages"][0]["text"] == "Grüße 🏕"
    cookies = ["other=1", headers["set-cookie"].split(";")[0]]
    status, _, body = ask(app, "POST", "/seshat/messages", {"key": "m", "text": "Hello?", "after": 1}, cookies=cookies)
    assert (status, [m["text"] for m in json.loads(body)["messages"]]) == (201, ["Hello?"])
    idle = ask(app, "GET", f"/seshat/poll?after=2&rev={json.loads(body)['rev']}", cookies=cookies)
    assert (idle[0], idle[2]) == (204, b"")
    assert not {"content-length", "content-type"} & idle[1].keys()
    assert ask(app, "HEAD", "/seshat/availability")[::2] == (200, b"")
    assert ask(app, "POST", "/seshat/chats", {"key": KEY}, headers={"Sec-Fetch-Site": "cross-site"})[0] == 403
    for path in ("/", "/seshat", "/seshat/", "/other", "/seshat/pöll"):
        assert ask(app, "GET", path)[0] == 404


@pytest.mark.parametrize(
    ("root_path", "given"),
    [("", "/help/chat"), ("/help", "/chat"), ("/help", "/help/chat"), ("/help/chat", ""), ("/help/chat", "/help/chat")],
)
def test_the_path_counts_from_the_top_however_it_is_mounted(store: seshat.Store, root_path: str, given: str) -> None:
    app = create_app(store, base="/help/chat")
    assert ask(app, "GET", f"{given}/availability", root_path=root_path)[0] == 200


def test_a_body_that_is_too_long_is_not_kept(store: seshat.Store) -> None:
    app = create_app(store, max_body=1000)
    assert ask(app, "POST", "/seshat/chats", {"key": KEY, "text": "x" * 2000})[0] == 413
    assert ask(app, "POST", "/seshat/chats", {"key": KEY, "text": "x" * 500})[0] == 201


def test_the_site_says_who_is_logged_in(store: seshat.Store) -> None:
    def user(scope: Any) -> Optional[User]:
        found: Optional[User] = scope["session"].get("user")
        return found

    async def slow_user(scope: Any) -> Optional[User]:
        await asyncio.sleep(0)
        return user(scope)

    ann = {"user": User("Ann Example", "ann@example.com")}
    for n, asked in enumerate((user, slow_user)):
        app = create_app(store, user=asked)
        leave = {"key": f"{KEY}-{n}", "text": "no address given"}
        assert ask(app, "POST", "/seshat/leave", leave, session=ann)[0] == 201
        assert ask(app, "POST", "/seshat/leave", leave, session={})[0] == 422


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(store: seshat.Store) -> None:
    app = create_app(store, trusted_proxies=["10.0.0.0/8"], start_rate=(1, 600.0))

    def start(key: str, peer: str, forwarded: str) -> Answer:
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
        return ask(app, "POST", "/seshat/chats", {"key": KEY + key}, headers=headers, client=(peer, 1))

    assert start("a", "10.0.0.1", "203.0.113.1")[1]["set-cookie"].endswith("; Secure")
    assert start("b", "10.0.0.1", "203.0.113.2")[0] == 201
    assert start("c", "10.0.0.1", "6.6.6.6, 203.0.113.2")[0] == 429, "forged"
    assert not start("d", "192.0.2.1", "203.0.113.3")[1]["set-cookie"].endswith("; Secure")
    assert start("e", "192.0.2.1", "203.0.113.4")[0] == 429, "forged"


def test_a_client_that_goes_away_ends_its_poll(store: seshat.Store) -> None:
    chat = store.start("customer")
    app = create_app(store, max_wait=55, waits=1)

    async def visit() -> None:
        gone = asyncio.Event()
        events: list[Any] = [{"type": "http.request"}]
        sent: list[Any] = []

        async def receive() -> Any:
            if events:
                return events.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(event: Any) -> None:
            sent.append(event)

        query = f"rev={chat.poll().rev}&wait=55".encode()
        headers = [(b"authorization", f"Bearer {chat.token}".encode())]
        scope = {"type": "http", "method": "GET", "path": "/seshat/poll", "query_string": query, "headers": headers}
        polling = asyncio.ensure_future(app(scope, receive, send))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not polling.done(), "the loop turns meanwhile"
        gone.set()
        await polling
        assert sent == []

    asyncio.run(asyncio.wait_for(visit(), LONG))


def test_a_lifespan_begins_and_ends(store: seshat.Store) -> None:
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(create_app(store)({"type": "lifespan"}, receive, send))  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_other_protocols_are_turned_away(store: seshat.Store) -> None:
    sent: list[str] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(create_app(store)({"type": "websocket"}, receive, send))  # type: ignore[arg-type]
    assert sent == ["websocket.close"]
    with pytest.raises(ValueError, match="carrier-pigeon"):
        asyncio.run(create_app(store)({"type": "carrier-pigeon"}, receive, send))  # type: ignore[arg-type]


SITE = """
    import os, sys, seshat
    from seshat.integrations.asgi import create_app
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Mount, Route

    store = seshat.open(os.environ["SESHAT_DB"], durability="normal")
    chat = create_app(store, max_wait=50, waits=2, message_rate=None, start_rate=None)

    async def page(request):
        return HTMLResponse(store.snippet())

    async def app(scope, receive, send):
        await chat(scope, receive, send)
        if scope["type"] == "http":
            print("done:", scope["method"], file=sys.stderr, flush=True)

    mounted = Starlette(routes=[Route("/", page), Mount("/seshat", chat)])
"""


def site(folder: Path, app: str, *arguments: str) -> AbstractContextManager[Server]:
    return uvicorn(folder, SITE, f"site_of_test:{app}", *arguments)


@pytest.mark.parametrize(
    ("app", "arguments"), [("app", ("--http", "h11")), ("mounted", ("--workers", "2"))], ids=["bare", "starlette"]
)
def test_under_uvicorn_nothing_is_lost_or_doubled(tmp_path: Path, app: str, arguments: tuple[str, ...]) -> None:
    with site(tmp_path, app, *arguments) as server:

        def visit(n: int) -> list[str]:
            status, _, cookie = call(server, "POST", "/chats", {"key": f"{KEY}-{n}", "text": f"{n}: 0"})
            assert status == 201
            for line in range(1, 20):
                message = {"key": f"m{line}", "text": f"{n}: {line}", "after": line}
                for _ in range(2):
                    assert call(server, "POST", "/messages", message, cookie)[0] == 201
            _, state, _ = call(server, "GET", "/poll", cookie=cookie)
            return [message["text"] for message in state["messages"]]

        with ThreadPoolExecutor(6) as pool:
            for n, said in enumerate(pool.map(visit, range(6))):
                assert said == [f"{n}: {line}" for line in range(20)]


def test_under_uvicorn_more_polls_wait_than_there_are_threads(tmp_path: Path) -> None:
    with site(tmp_path, "app") as server, ThreadPoolExecutor(8) as pool:
        _, state, cookie = call(server, "POST", "/chats", {"key": KEY, "text": "Hi!"})
        query = f"/poll?after=1&rev={state['rev']}&wait=50"
        waiting = [pool.submit(call, server, "GET", query, None, cookie) for _ in range(6)]
        assert call(server, "GET", "/availability")[0] == 200
        call(server, "POST", "/messages", {"key": "m", "text": "Hello?"}, cookie)
        for poll in waiting:
            status, news, _ = poll.result(LONG)
            assert (status, news["messages"][0]["text"]) == (200, "Hello?")


def test_under_uvicorn_a_mounted_chat_is_where_the_snippet_says(tmp_path: Path) -> None:
    with site(tmp_path, "mounted") as server:
        status, page = get(server, "/")
        assert status == 200
        for address in (part.split('"')[0] for part in page.split('src="')[1:]):
            assert get(server, address)[0] == 200


@pytest.mark.parametrize("goes_while", ["polling", "sending"])
def test_under_uvicorn_a_client_that_goes_away_is_let_go(tmp_path: Path, goes_while: str) -> None:
    with site(tmp_path, "app") as server:
        _, state, cookie = call(server, "POST", "/chats", {"key": KEY, "text": "Hi!"})
        head = f"Host: x\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
        if goes_while == "polling":
            begun = f"GET /seshat/poll?after=1&rev={state['rev']}&wait=50 HTTP/1.1\r\n{head}\r\n"
        else:
            length = "Content-Type: application/json\r\nContent-Length: 100\r\n"
            begun = f'POST /seshat/messages HTTP/1.1\r\n{head}{length}\r\n{{"key":'
        for _ in range(3):
            with socket.create_connection((server.host, server.port)) as client:
                client.sendall(begun.encode())
                # Its request has reached the application when one sent after it is answered.
                assert call(server, "GET", "/availability")[0] == 200
        # More of them than there are threads: each was done with long before its 50 seconds were over.
        begun_at = time.monotonic()
        done = [server.said.readline() for _ in range(7)]
        assert time.monotonic() - begun_at < LONG
        assert done.count("done: GET\n") + done.count("done: POST\n") == 7
        assert call(server, "POST", "/messages", {"key": "m", "text": "Still there?"}, cookie)[0] == 201


def test_under_uvicorn_a_body_that_is_too_long_is_answered(tmp_path: Path) -> None:
    with site(tmp_path, "app") as server:
        status, error, _ = call(server, "POST", "/chats", b" " * 1_000_000)
        assert (status, error["error"]["code"]) == (413, "too_long")
