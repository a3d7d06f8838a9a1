"""The chat's routes as an ASGI 3 application: for uvicorn and its like, Starlette and FastAPI.

>>> import asyncio, os, seshat, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> store = seshat.open(os.path.join(folder.name, "chat.db"))
>>> app = create_app(store)
>>> scope = {"type": "http", "method": "GET", "path": "/seshat/availability", "headers": []}
>>> async def receive():
...     return {"type": "http.request"}
>>> async def send(event):
...     print(event.get("status") or event["body"])
>>> asyncio.run(app(scope, receive, send))
200
b'{"availability":"offline"}'
>>> store.close(); folder.cleanup()

In Starlette and FastAPI mount it where its `base` is: `app.mount("/seshat", create_app(store))`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any, Optional, Union

from seshat import Response, Stop, Store, Web
from seshat._threads import WAITS, Threads
from seshat.integrations import DRAIN, AnyUser, Proxies, respond

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def create_app(
    store: Store,
    *,
    user: Callable[[Scope], Union[AnyUser, Awaitable[AnyUser]]] | None = None,
    trusted_proxies: Iterable[str] = (),
    waits: int = WAITS,
    **options: Any,
) -> App:
    """The routes under `base` (default "/seshat"); everything else is answered with 404.

    `user` tells from the scope who is logged in; it may be async. `trusted_proxies` are the addresses or networks
    of proxies ("unix" for one behind a Unix socket) whose X-Forwarded-For and X-Forwarded-Proto count (leave it out
    where the server sees to that, as uvicorn does with --proxy-headers). `options` are those of `seshat.Web`. With
    `max_wait` above 0 polls wait for news: up to `waits` of them in a thread each; those beyond look once a second.
    """
    web = Web(store, **options)
    proxies = Proxies(trusted_proxies)
    threads = Threads(waits)
    may_wait: float = options.get("max_wait", 0.0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"could not serve the scope: its type {scope['type']!r} is not known")

    async def http(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive, web.max_body)
        if body is None:
            return
        who = user(scope) if user else None
        if inspect.isawaitable(who):
            who = await who
        headers = list(_headers(scope))
        query = scope.get("query_string", b"").decode("utf-8", "replace")
        call = partial(respond, web, scope["method"], _path(scope), query, headers, body)
        client = scope.get("client")
        call = partial(call, client=client[0] if client else "", scheme=scope.get("scheme", "http"))
        call = partial(call, proxies=proxies, user=who)
        # Only a poll that asks for it waits; the contract knows which request is one.
        if may_wait > 0 and scope["method"] == "GET" and "wait=" in query:
            response = await until_gone(call, receive)
        else:
            response = await threads.call(call)
        if response is not None:
            await _send(send, scope["method"], response)

    async def until_gone(call: Callable[..., Response], receive: Receive) -> Optional[Response]:
        """The answer, or None when nobody is left to read it: a page that has gone needs no thread."""

        def answer(stop: Stop) -> Response:
            return call(stop=stop)

        waiting = asyncio.ensure_future(threads.wait(answer, may_wait, lambda response: response.status == 204))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else None
        finally:
            waiting.cancel()
            gone.cancel()
            await asyncio.gather(waiting, gone, return_exceptions=True)

    async def lifespan(receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{event['type']}.complete"})
        threads.close()
        await send({"type": "lifespan.shutdown.complete"})

    return app


async def _send(send: Send, method: str, response: Response) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status != 204 and method != "HEAD":
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _body(receive: Receive, limit: int) -> Optional[bytes]:
    """The request's body, or one byte more than `limit` of it; None when the client has gone."""
    body, read, more = b"", 0, True
    while more and read < DRAIN:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        chunk: bytes = event.get("body", b"")
        read += len(chunk)
        body += chunk[: limit + 1 - len(body)]
        more = event.get("more_body", False)
    return body


async def _gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _path(scope: Scope) -> str:
    """The whole path: some servers and frameworks leave out what the application is mounted at, others do not."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path if not root or path == root or path.startswith(f"{root}/") else root + path


def _headers(scope: Scope) -> Iterable[tuple[str, str]]:
    cookies = []
    for name, value in scope.get("headers", ()):
        # HTTP/2 may spread cookies over several lines.
        if name == b"cookie":
            cookies.append(value.decode("latin-1"))
        else:
            yield name.decode("latin-1"), value.decode("latin-1")
    if cookies:
        yield "cookie", "; ".join(cookies)
