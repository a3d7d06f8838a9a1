"""The chat's routes as a WSGI application (PEP 3333).

>>> import seshat, tempfile, os
>>> folder = tempfile.TemporaryDirectory()
>>> store = seshat.open(os.path.join(folder.name, "chat.db"))
>>> app = create_app(store, base="/chat")
>>> environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/chat/availability"}
>>> b"".join(app(environ, lambda status, headers: print(status)))
200 OK
b'{"availability":"offline"}'
>>> store.close(); folder.cleanup()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.client import responses
from typing import TYPE_CHECKING, Any

from seshat import Response, Store, Web
from seshat.integrations import DRAIN, AnyUser, Proxies, respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(
    store: Store,
    *,
    user: Callable[[WSGIEnvironment], AnyUser] | None = None,
    trusted_proxies: Iterable[str] = (),
    **options: Any,
) -> WSGIApplication:
    """The routes under `base` (default "/seshat"); everything else is answered with 404.

    `user` tells from the environ who is logged in. `trusted_proxies` are the addresses or networks of proxies
    ("unix" for one behind a Unix socket) whose X-Forwarded-For and X-Forwarded-Proto count. `options` are those
    of `seshat.Web`. Set `max_wait` only where the server can hold many requests open: threads or greenlets, not
    sync workers.
    """
    web = Web(store, **options)
    proxies = Proxies(trusted_proxies)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        who = user(environ) if user else None
        response = answer(web, environ, read_body(environ, web.max_body), proxies, who)
        status = f"{response.status} {responses.get(response.status, 'Unknown')}"
        headers = response.headers
        if response.status != 204 and environ["REQUEST_METHOD"] != "HEAD":
            headers.append(("Content-Length", str(len(response.body))))
        start_response(status, headers)
        return [response.body] if response.body else []

    return app


def answer(
    web: Web,
    environ: WSGIEnvironment,
    body: bytes,
    proxies: Proxies,
    user: AnyUser = None,
    base: str | None = None,
) -> Response:
    """Answers one request."""
    return respond(
        web,
        environ["REQUEST_METHOD"],
        _utf8(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")),
        _utf8(environ.get("QUERY_STRING", "")),
        list(_headers(environ)),
        body,
        client=environ.get("REMOTE_ADDR", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
        proxies=proxies,
        user=user,
        base=base,
    )


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The request's body, or one byte more than `limit` of it."""
    stream = environ.get("wsgi.input")
    if stream is None:
        return b""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if environ.get("wsgi.input_terminated"):
        length = max(length, limit + 1)
    body: bytes = stream.read(max(0, min(length, limit + 1)))
    left = min(length, DRAIN) - len(body)
    while len(body) > limit and left > 0 and (chunk := stream.read(min(left, 65536))):
        left -= len(chunk)
    return body


def _headers(environ: WSGIEnvironment) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
    if "CONTENT_TYPE" in environ:
        yield "CONTENT-TYPE", environ["CONTENT_TYPE"]


def _utf8(text: str) -> str:
    """PEP 3333 hands bytes over as if they were Latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
