"""The chat in a Django site: its CSRF middleware on, in this process and under a real gunicorn; the example site."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django
import pytest
from django import conf
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, override_settings
from django.test.utils import override_script_prefix
from django.urls import include, path as at

import seshat
from seshat.integrations import User
from servers import KEY, LONG, OWN, Server, call, get, gunicorn

EXAMPLE = Path(__file__).parents[2] / "examples" / "django"
CONTRACT = "seshat.integrations.django.urls"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

conf.settings.configure(
    SECRET_KEY="of no use",
    ALLOWED_HOSTS=["testserver", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["seshat.integrations.django"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", CSRF],
    TEMPLATES=TEMPLATES,
)
django.setup()


def page(request: HttpRequest) -> HttpResponse:
    """What a site's form posts to, and a page with the chat."""
    template = engines["django"].from_string("{% load seshat %}{% seshat name=name some_thing='x' %}")
    return HttpResponse(template.render({"name": request.GET.get("name", "")}))


urlpatterns = [at("", page), at("help/chat/", include(CONTRACT))]


@pytest.fixture
def client(path: Path) -> Iterator[Client]:
    with override_settings(SESHAT={"path": path, "durability": "normal"}):
        yield Client(enforce_csrf_checks=True)


def post(client: Client, where: str, body: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/help/chat{where}", body, "application/json", headers=OWN, **more)


def test_a_visit_from_start_to_end_with_the_csrf_middleware_on(client: Client) -> None:
    assert client.post("/").status_code == 403, "the middleware is on"
    started = post(client, "/chats", {"key": KEY, "text": "Grüße 🏕"})
    assert (started.status_code, started["Cache-Control"]) == (201, "no-store")
    assert "Path=/help/chat;" in started["Set-Cookie"] and "csrftoken" not in client.cookies
    client.cookies.load(started["Set-Cookie"])
    sent = post(client, "/messages", {"key": "m", "text": "Hello?", "after": 1})
    assert [m["text"] for m in sent.json()["messages"]] == ["Hello?"]
    idle = client.get("/help/chat/poll", {"after": 2, "rev": sent.json()["rev"]})
    assert (idle.status_code, idle.content, idle.has_header("Content-Type")) == (204, b"", False)
    assert client.get("/help/chat/nothing").json()["error"]["code"] == "not_found"
    assert client.delete("/help/chat/chats")["Allow"] == "POST"
    assert client.head("/help/chat/availability").content == b""
    assert client.get("/help/chat").status_code in (301, 404)


def test_other_sites_may_not_call(client: Client) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = client.post("/help/chat/chats", {"key": KEY}, "application/json", headers=headers)
        assert answer.status_code == 403
    form = client.post("/help/chat/chats", {"key": KEY}, headers=OWN)
    assert form.status_code == 415, "a form of another site can send no JSON"


def test_the_tag_prints_the_snippet_for_where_the_urls_are(client: Client, path: Path) -> None:
    page = client.get("/", {"name": "<Ann>"}).content.decode()
    with seshat.open(path) as store:
        assert page == store.snippet("/help/chat", name="<Ann>", some_thing="x")
    for address in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert client.get(address).status_code == 200
    with override_script_prefix("/shop/"):
        below = client.get("/").content.decode()
    assert 'data-base="/shop/help/chat"' in below


def user(request: HttpRequest) -> User | None:
    return User("Ann Example", "ann@example.com") if "ann" in request.GET else None


def test_options_come_from_the_settings(path: Path) -> None:
    options = {"path": path, "max_text_chars": 5, "trusted_proxies": ["127.0.0.1"], "start_rate": (1, 60.0)}
    for asked in (user, f"{__name__}.user"):
        with override_settings(SESHAT={**options, "user": asked}):
            headers = {**OWN, "X-Forwarded-For": f"203.0.113.{len(str(asked))}"}

            def leave(query: str) -> int:
                body = {"key": KEY + str(len(str(asked))), "text": "Call!"}
                where = f"/help/chat/leave{query}"
                return Client().post(where, body, "application/json", headers=headers).status_code

            assert (leave(""), leave("?ann=1")) == (422, 201)
            started = post(Client(), "/chats", {"key": KEY, "text": "123456"})
            assert started.status_code == 413


def test_settings_that_cannot_be_are_named(client: Client, path: Path) -> None:
    for given, cause in (
        ({}, "set SESHAT"),
        (None, "set SESHAT"),
        ({"path": path, "base": "/chat"}, "base"),
        ({"path": path, "no_such_option": 1}, "no_such_option"),
    ):
        with override_settings(SESHAT=given), pytest.raises(ImproperlyConfigured, match=cause):
            client.get("/help/chat/availability")


def test_a_body_that_is_too_long_is_answered(path: Path) -> None:
    with override_settings(SESHAT={"path": path, "max_body": 1000}, DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        assert post(Client(), "/chats", {"key": KEY, "text": "x" * 2000}).status_code == 413
        assert post(Client(), "/chats", {"key": KEY, "text": "x" * 500}).status_code == 201


@pytest.mark.parametrize("arguments", [("--workers", "2"), ("--threads", "8", "--preload")], ids=["sync", "threads"])
def test_the_example_site_works_under_gunicorn(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with gunicorn(tmp_path, None, "shop:app", "--chdir", str(EXAMPLE), *arguments) as server:
        status, page = get(server, "/")
        assert status == 200 and "csrfmiddlewaretoken" in page
        for address in re.findall(r'(?:href|src)="(/[^"]+)"', page):
            # The site's own jQuery is put there by whoever runs it.
            assert get(server, address)[0] == 200 or "jquery.min.js" in address, address
        assert _form(server) == 403, "a form without its token is refused"

        def visit(n: int) -> list[str]:
            status, _, cookie = call(server, "POST", "/chats", {"key": f"{KEY}-{n}", "text": f"{n}: 0"})
            assert status == 201
            for line in range(1, 8):
                message = {"key": f"m{line}", "text": f"{n}: {line}", "after": line}
                assert call(server, "POST", "/messages", message, cookie)[0] == 201
            _, state, _ = call(server, "GET", "/poll", cookie=cookie)
            return [message["text"] for message in state["messages"]]

        with ThreadPoolExecutor(4) as pool:
            for n, said in enumerate(pool.map(visit, range(4))):
                assert said == [f"{n}: {line}" for line in range(8)]


def _form(server: Server) -> int:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=LONG)
    connection.request("POST", "/", "tea=Fogbank", {"Content-Type": "application/x-www-form-urlencoded"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_example_is_short() -> None:
    lines = (EXAMPLE / "shop.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) < 60
